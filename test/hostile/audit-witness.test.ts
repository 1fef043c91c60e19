import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAuditLog, readNotes, verifierOf, verifyAudit, verifyFast } from '../../src/audit/index.ts';
import { publicKeyIn } from '../../src/audit/signing.ts';
import { filesOf, restart, restore, scratch, unsynced } from '../support/audit/index.ts';

/** A log of three runs, its key, and the checkpoints that somebody took elsewhere in time. */
async function witnessed(dir: string) {
  for (const _run of [1, 2, 3]) {
    await using log = await openAuditLog({ dir, fs: unsynced, checkpointEvery: { records: 16, ms: 60_000 } });
    for (let nth = 0; nth < 20; nth += 1) log.enqueue({ kind: 'effect', op: `op-${nth}` });
    await log.flush();
  }
  const folder = join(dir, 'checkpoints');
  const texts = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const notes = texts.flatMap((text) => readNotes(text));
  return {
    notes,
    kept: notes.map((note) => ({ name: `${note.size}.note`, note })),
    keys: [verifierOf(await publicKeyIn(dir))],
  };
}

const codes = async (dir: string, options: Parameters<typeof verifyAudit>[1]) => [
  (await verifyAudit(dir, options)).exitCode,
  (await verifyFast(dir, options)).exitCode,
];

test('every checkpoint that was kept agrees with the log that made it, with and without the key', async () => {
  using log = scratch();
  const { notes, kept, keys } = await witnessed(log.dir);
  expect(notes.length).toBeGreaterThan(5);
  expect(await codes(log.dir, { kept, keys })).toEqual([0, 0]);
  expect(await codes(log.dir, { kept })).toEqual([0, 0]);
});

test('wherever the log was cut before a checkpoint that was kept, it is a gap that names the checkpoint', async () => {
  using log = scratch();
  const { kept, keys } = await witnessed(log.dir);
  const files = filesOf(log.dir);
  const [first, second, [name, third] = ['', Buffer.of()]] = files;
  if (!first || !second) throw new Error('Three runs make three files.');
  const newest = kept.slice(-1);
  const size = newest[0]?.note.size;
  const lines = third.toString().split(/(?<=\n)/);
  for (let count = 0; count < lines.length - 1; count += 1) {
    const rest = Buffer.from(lines.slice(0, count).join(''));
    restore(log.dir, [first, second, ...(count > 0 ? [[name, rest] as const] : [])]);
    // Without the note, nothing is missed.
    expect((await verifyAudit(log.dir)).exitCode).toBe(0);
    const report = await verifyAudit(log.dir, { kept: newest, keys });
    expect(report, `${count} lines`).toMatchObject({ exitCode: 3, problems: [{ kind: 'gap', file: `${size}.note` }] });
    expect(report.problems[0]?.what).toBe(
      `The checkpoint ${size}.note covers ${size} records; here are ${report.records}: the rest was cut off.`,
    );
    expect((await verifyFast(log.dir, { kept: newest, keys })).exitCode).toBe(3);
  }
  // The last record is the one that carries the checkpoint, and not covered by it.
  restore(log.dir, [first, second, [name, Buffer.from(lines.slice(0, -1).join(''))]]);
  expect(await codes(log.dir, { kept: newest, keys })).toEqual([0, 0]);
});

test('a log that was written anew, with the key and under the name of the old one, is not the one that was signed', async () => {
  using log = scratch();
  const { kept, keys } = await witnessed(log.dir);
  const [[name, bytes] = ['', Buffer.of()]] = filesOf(log.dir);
  const genesis = bytes.subarray(0, bytes.indexOf('\n') + 1);
  // Whoever has the account has the signing key as well: the new log is perfect in itself.
  restore(log.dir, [[name, genesis]]);
  rmSync(join(log.dir, 'checkpoints'), { recursive: true });
  for (const _run of [1, 2, 3, 4]) {
    await using anew = await openAuditLog({ dir: log.dir, fs: unsynced });
    for (let nth = 0; nth < 30; nth += 1) anew.enqueue({ kind: 'effect', op: `other-${nth}` });
  }
  expect(await codes(log.dir, { keys })).toEqual([0, 0]);
  expect(await codes(log.dir, { kept, keys })).toEqual([1, 1]);
  expect((await verifyAudit(log.dir, { kept, keys })).problems[0]?.what).toMatch(
    /covers \d+ records, and these are not them\.$/,
  );
});

test('a checkpoint of another log, and one that nobody signed, are no good word for this one', async () => {
  using log = scratch();
  using other = scratch();
  const { keys, kept } = await witnessed(log.dir);
  await restart(other.dir);
  const elsewhere = await witnessed(other.dir);
  const strange = 'is of another log, or this log was replaced: no key of it signed that.';
  for (const options of [{ kept: elsewhere.kept }, { kept: elsewhere.kept, keys }]) {
    expect(await codes(log.dir, options)).toEqual([1, 1]);
    expect((await verifyAudit(log.dir, options)).problems[0]?.what).toContain(strange);
  }
  const [one] = kept;
  if (!one) throw new Error('There is one.');
  const forged = { name: 'forged', note: { ...one.note, text: one.note.text.replace('\n16\n', '\n17\n'), size: 17 } };
  expect(await codes(log.dir, { kept: [forged], keys })).toEqual([1, 1]);
});
