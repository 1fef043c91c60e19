import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type AuditFs, type AuditOptions, openAuditLog, verifyAudit, verifyFast } from '../../../src/audit/index.ts';
import { readNote, verifierOf } from '../../../src/audit/note.ts';
import { publicKeyIn } from '../../../src/audit/signing.ts';
import { filesOf, restart, restore, scratch, unsynced } from '../../support/audit/index.ts';

afterEach(() => {
  vi.useRealTimers();
});

const open = (dir: string, more: Partial<AuditOptions> = {}) => openAuditLog({ dir, fs: unsynced, ...more });
const effect = { kind: 'effect', op: 'op' } as const;

const keyOf = async (dir: string) => verifierOf(await publicKeyIn(dir));

function sizes(dir: string): readonly number[] {
  const notes = filesOf(dir).flatMap(([, bytes]) => [...bytes.toString().matchAll(/"note":"([^"]*)"/g)]);
  return notes.map(([, note]) => readNote(JSON.parse(`"${note}"`))?.size ?? Number.NaN);
}

test('there is one after so many records, at every new file and at the end; each is a file too', async () => {
  using folder = scratch();
  const { dir } = folder;
  {
    await using log = await open(dir, { checkpointEvery: { records: 16, ms: 60_000 } });
    const seqs = await Promise.all(Array.from({ length: 40 }, () => log.append(effect)));
    // The number is the record's own, also when a checkpoint was made before it.
    expect(seqs).toEqual([...Array(42).keys()].map((nth) => nth + 1).filter((seq) => seq !== 16 && seq !== 32));
  }
  await restart(dir);
  expect(sizes(dir)).toEqual([16, 32, 43, 44, 45]);
  const report = await verifyAudit(dir, { keys: [await keyOf(dir)] });
  expect(report).toMatchObject({ ok: true, checkpoints: 5, key: await publicKeyIn(dir) });
  const names = readdirSync(join(dir, 'checkpoints'));
  expect(names.at(-1)).toBe('000000000045.note');
  expect(readNote(readFileSync(join(dir, 'checkpoints', names.at(-1) ?? ''), 'utf8'))).toMatchObject({ size: 45 });
});

test('there is one a minute, as long as there is anything new', async () => {
  using folder = scratch();
  const log = await open(folder.dir);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  for (const waits of [0, 30_000]) {
    vi.advanceTimersByTime(waits);
    await log.append(effect);
  }
  expect(sizes(folder.dir)).toEqual([]);
  vi.advanceTimersByTime(30_000);
  await log.flush();
  expect(sizes(folder.dir)).toEqual([3]);
  vi.advanceTimersByTime(600_000);
  await log.flush();
  expect(sizes(folder.dir)).toEqual([3]);
  log.enqueue(effect);
  vi.advanceTimersByTime(60_000);
  await log.flush();
  expect(sizes(folder.dir)).toEqual([3, 5]);
  vi.useRealTimers();
  await log[Symbol.asyncDispose]();
});

test('none leaves the house before the records that it covers are on the disk', async () => {
  using folder = scratch();
  const delivered: (number | undefined)[] = [];
  let failing = false;
  const fs: AuditFs = {
    ...unsynced,
    async create(path) {
      const file = await unsynced.create(path);
      const sync = async () => {
        if (failing) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      return { ...file, sync };
    },
  };
  const target = { name: 'elsewhere', deliver: async (note: string) => void delivered.push(readNote(note)?.size) };
  const log = await open(folder.dir, { fs, targets: [target], checkpointEvery: { records: 16, ms: 60_000 } });
  await Promise.all(Array.from({ length: 20 }, () => log.append(effect)));
  await vi.waitFor(() => expect(delivered).toEqual([16]));
  failing = true;
  await Promise.allSettled(Array.from({ length: 20 }, () => log.append(effect)));
  await log[Symbol.asyncDispose]();
  expect(sizes(folder.dir)).toContain(32);
  expect(delivered).toEqual([16]);
});

test('a start reads no older files, and its tree is the tree of all of them', async () => {
  using folder = scratch();
  const { dir } = folder;
  for (const _life of [1, 2, 3]) {
    await using log = await open(dir);
    for (let nth = 0; nth < 5; nth += 1) await log.append(effect);
  }
  const whole = filesOf(dir);
  restore(dir, [...whole.slice(0, 2).map(([name]) => [name, Buffer.from('not read')] as const), ...whole.slice(2)]);
  await restart(dir);
  restore(dir, [...whole, ...filesOf(dir).slice(3)]);
  expect(await verifyAudit(dir, { keys: [await keyOf(dir)] })).toMatchObject({ ok: true, files: 4, problems: [] });
});

test('a start goes on from the newest file alone when all others are in an archive', async () => {
  using folder = scratch();
  const { dir } = folder;
  for (const _life of [1, 2]) await restart(dir);
  const archived = filesOf(dir).slice(0, 1);
  restore(dir, filesOf(dir).slice(1));
  await restart(dir);
  expect(await verifyAudit(dir)).toMatchObject({ exitCode: 3, problems: [{ kind: 'gap' }] });
  restore(dir, [...archived, ...filesOf(dir)]);
  expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 6 });
});

test('a log whose tree nobody knows any more is not gone on with', async () => {
  using folder = scratch();
  const { dir } = folder;
  for (const _life of [1, 2]) await restart(dir);
  const [, [name, bytes] = ['', Buffer.of()]] = filesOf(dir);
  restore(dir, [[name, bytes.subarray(0, 100)]]);
  await expect(open(dir)).rejects.toMatchObject({
    code: 'AUDIT_UNAVAILABLE',
    message: expect.stringContaining('bring its older files back'),
  });
});

test('with a public key, only its signatures count', async () => {
  using folder = scratch();
  using other = scratch();
  await restart(folder.dir);
  await restart(other.dir);
  const keys = [await keyOf(other.dir)];
  const stranger = 'Record 1 carries a checkpoint that none of the given keys signed.';
  for (const verify of [verifyAudit, verifyFast])
    expect(await verify(folder.dir, { keys })).toMatchObject({ exitCode: 1, problems: [{ seq: 1, what: stranger }] });
});

test('a key that takes over is vouched for by the one before it', async () => {
  using folder = scratch();
  const { dir } = folder;
  await restart(dir);
  const old = await keyOf(dir);
  const path = join(dir, 'signing.key');
  renameSync(path, `${path}.old`);
  await restart(dir);
  await restart(dir);
  const next = await keyOf(dir);
  expect(next.text).not.toBe(old.text);
  expect(await verifyAudit(dir, { keys: [old] })).toMatchObject({ ok: true, key: next.text });
  expect(await verifyAudit(dir)).toMatchObject({ ok: true, key: next.text });
  // Who has the new key alone is told of what it did not sign.
  expect(await verifyAudit(dir, { keys: [next] })).toMatchObject({ exitCode: 1, problems: [{ seq: 1 }] });
});

test('a key that takes over without the one before it is a stranger', async () => {
  using folder = scratch();
  const { dir } = folder;
  await restart(dir);
  const old = await keyOf(dir);
  rmSync(join(dir, 'signing.key'));
  await restart(dir);
  const problems = [{ what: 'Record 2 carries a checkpoint that none of the given keys signed.' }, { seq: 3 }];
  expect(await verifyAudit(dir, { keys: [old] })).toMatchObject({ exitCode: 1, problems });
  expect(await verifyAudit(dir, { keys: [old, await keyOf(dir)] })).toMatchObject({ ok: true });
});

test('what is no signing key is refused, and not replaced', async () => {
  using folder = scratch();
  const path = join(folder.dir, 'signing.key');
  writeFileSync(path, 'nothing', { mode: 0o600 });
  await expect(open(folder.dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(readFileSync(path, 'utf8')).toBe('nothing');
  rmSync(path);
  await restart(folder.dir);
  expect(existsSync(path)).toBe(true);
});
