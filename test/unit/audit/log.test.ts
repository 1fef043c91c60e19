import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AuditOptions, type AuditRecord, openAuditLog, verifyAudit } from '../../../src/audit/index.ts';
import { filesOf, restart, scratch, unsynced } from '../../support/audit/index.ts';

const open = (dir: string, more: Partial<AuditOptions> = {}) => openAuditLog({ dir, fs: unsynced, ...more });

async function recordsOf(dir: string): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  await verifyAudit(dir, { onRecord: (record) => void records.push(record) });
  return records;
}

test('an append answers the number of its record, and the record is in the file by then', async () => {
  using folder = scratch();
  await using log = await openAuditLog({ dir: folder.dir });
  expect(await log.append({ kind: 'intent', op: 'op-1', act: 'vm_start' })).toBe(1);
  expect(await log.append({ kind: 'outcome', op: 'op-1', data: { code: 'ok' } })).toBe(2);
  expect(await recordsOf(folder.dir)).toMatchObject([
    { kind: 'genesis' },
    { op: 'op-1', act: 'vm_start' },
    { kind: 'outcome' },
  ]);
});

test('an entry that nobody waits for keeps its place, and is durable after a flush', async () => {
  using folder = scratch();
  await using log = await open(folder.dir);
  log.enqueue({ kind: 'decision', act: 'first' });
  const second = log.append({ kind: 'decision', act: 'second' });
  log.enqueue({ kind: 'decision', act: 'third' });
  await log.flush();
  expect(await second).toBe(2);
  expect((await recordsOf(folder.dir)).map(({ act }) => act)).toEqual([undefined, 'first', 'second', 'third']);
});

test('a flush with nothing to wait for is over at once', async () => {
  using folder = scratch();
  await using log = await open(folder.dir);
  await log.flush();
  expect(await recordsOf(folder.dir)).toHaveLength(1);
});

test('only the owner can read it', async () => {
  using folder = scratch();
  const dir = join(folder.dir, 'audit');
  await using _log = await openAuditLog({ dir });
  const modes = [dir, join(dir, '000000000001.jsonl'), join(dir, 'lock')].map((path) => statSync(path).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

test('a folder in which others may write is refused', async () => {
  using folder = scratch();
  chmodSync(folder.dir, 0o777);
  await expect(open(folder.dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a second writer is refused until the first has closed', async () => {
  using folder = scratch();
  const first = await open(folder.dir);
  await expect(open(folder.dir)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(open(folder.dir)).rejects.toMatchObject({ code: 'CONFLICT' });
  await first[Symbol.asyncDispose]();
  await restart(folder.dir);
});

test('after closing, nothing is taken any more', async () => {
  using folder = scratch();
  const log = await open(folder.dir);
  await log[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
  await expect(log.append({ kind: 'effect' })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  log.enqueue({ kind: 'decision' });
  expect(await recordsOf(folder.dir)).toHaveLength(2);
});

test('every start is a file, and says what it was told about the start', async () => {
  using folder = scratch();
  for (const version of ['0.1.0', '0.2.0'])
    await (await open(folder.dir, { boot: { version } }))[Symbol.asyncDispose]();
  expect(filesOf(folder.dir).map(([name]) => name)).toEqual(['000000000001.jsonl', '000000000002.jsonl']);
  expect(await recordsOf(folder.dir)).toMatchObject([
    { kind: 'genesis', data: { format: 'labaudit/v1', file: 1, open: [], boot: { version: '0.1.0' } } },
    { kind: 'checkpoint', data: { closed: true, open: [] } },
    { kind: 'segment', data: { file: 2, boot: { version: '0.2.0' } } },
    { kind: 'checkpoint' },
  ]);
});

test('a full file is followed by the next, and the chain goes on', async () => {
  using folder = scratch();
  const times = [...Array(20).keys()].map((second) => new Date(Date.UTC(2026, 10, 20, 8, 0, second)));
  const log = await open(folder.dir, { segmentBytes: 1_500, now: () => times.shift() ?? new Date(0) });
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((nth) => log.append({ kind: 'effect', op: `op-${nth}` })));
  await log[Symbol.asyncDispose]();
  expect(await verifyAudit(folder.dir)).toMatchObject({ ok: true, files: 3, records: 14, closed: true });
  const kinds = (await recordsOf(folder.dir)).map(({ kind, t }) => `${t.slice(17, 19)} ${kind}`);
  expect(kinds[0]).toBe('00 genesis');
  expect(kinds.filter((kind) => kind.endsWith('segment'))).toHaveLength(2);
});

test('an intent is open until its outcome, also in later lives', async () => {
  using folder = scratch();
  {
    await using log = await open(folder.dir);
    for (const op of ['op-1', 'op-2', 'op-3']) await log.append({ kind: 'intent', op });
    await log.append({ kind: 'outcome', op: 'op-2', data: { code: 'TIMEOUT' } });
    expect(log.openIntents).toEqual([]);
    expect(['op-1', 'op-2', 'op-4'].map(log.fate)).toEqual(['open', { code: 'TIMEOUT' }, 'absent']);
  }
  await restart(folder.dir);
  await using log = await open(folder.dir);
  expect(log.openIntents).toEqual(['op-1', 'op-3']);
  await log.append({ kind: 'outcome', op: 'op-1', data: { code: 'ok' } });
  expect(log.openIntents).toEqual(['op-1', 'op-3']);
  expect(['op-1', 'op-2', 'op-3', 'op-4'].map(log.fate)).toEqual([
    { code: 'ok' },
    { code: 'TIMEOUT' },
    'open',
    'absent',
  ]);
});

test('open intents cross from file to file', async () => {
  using folder = scratch();
  {
    await using log = await open(folder.dir, { segmentBytes: 1 });
    await log.append({ kind: 'intent', op: 'op-1' });
    await log.append({ kind: 'effect', op: 'op-1' });
  }
  await using log = await open(folder.dir);
  expect(log.openIntents).toEqual(['op-1']);
});

test('an outcome is not mistaken for one that stands inside another record', async () => {
  using folder = scratch();
  await using log = await open(folder.dir);
  const inside = { kind: 'outcome', op: 'op-9', data: { code: 'ok' } };
  await log.append({ kind: 'effect', op: 'op-1', data: inside });
  await log.append({ kind: 'outcome', op: 'op-2', data: { ...inside, code: 'ok', text: '"op":"op-9"' } });
  expect(log.fate('op-9')).toBe('absent');
});

test('an outcome that does not say how it ended is not taken for a good one', async () => {
  using folder = scratch();
  await using log = await open(folder.dir);
  await log.append({ kind: 'outcome', op: 'op-1' });
  expect(log.fate('op-1')).toEqual({ code: 'OUTCOME_UNKNOWN' });
});

test.each(['', 'a b', '"', 'x'.repeat(65)])('%j cannot be the id of a call', async (op) => {
  using folder = scratch();
  await using log = await open(folder.dir);
  await expect(log.append({ kind: 'intent', op })).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(log.append({ kind: 'intent' })).rejects.toMatchObject({ code: 'INTERNAL' });
  expect(await log.append({ kind: 'effect' })).toBe(1);
});

test('an entry that is no JSON is refused, and leaves no hole', async () => {
  using folder = scratch();
  {
    await using log = await open(folder.dir, { segmentBytes: 1 });
    await expect(log.append({ kind: 'effect', data: { size: 1n } })).rejects.toThrow(TypeError);
    expect(await log.append({ kind: 'effect' })).toBe(2);
  }
  expect(await verifyAudit(folder.dir)).toMatchObject({ ok: true, files: 3 });
});

test('at most 1,000 changes are open at a time, and all of them outlive a restart', async () => {
  using folder = scratch();
  {
    await using log = await open(folder.dir);
    const ops = Array.from({ length: 1_000 }, (_, nth) => String(nth).padStart(40, '0'));
    await Promise.all(ops.map((op) => log.append({ kind: 'intent', op })));
    await expect(log.append({ kind: 'intent', op: 'one-more' })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  }
  await using log = await open(folder.dir, { boot: { notes: 'x'.repeat(8_000) } });
  expect(log.openIntents).toHaveLength(1_000);
  await log.append({ kind: 'outcome', op: log.openIntents[0] ?? '', data: { code: 'ok' } });
  await log.append({ kind: 'intent', op: 'one-more' });
});

test('a log that was changed is not opened; the sentence names the record and what to do', async () => {
  using folder = scratch();
  {
    await using log = await open(folder.dir);
    for (const nth of [1, 2, 3]) await log.append({ kind: 'effect', op: `op-${nth}` });
  }
  const [[name, bytes] = ['', Buffer.of()]] = filesOf(folder.dir);
  writeFileSync(join(folder.dir, name), bytes.toString().replace('op-2', 'op-7'));
  const say = `The audit log in "${folder.dir}" is not as labwarden wrote it. Record 2 does not match its own hash. See: labwarden audit verify`;
  await expect(open(folder.dir)).rejects.toMatchObject({
    ...{ code: 'AUDIT_UNAVAILABLE', message: say },
    details: { seq: 2, file: '000000000001.jsonl', line: 3 },
  });
  // Refused, it is not kept from others.
  writeFileSync(join(folder.dir, name), bytes);
  await restart(folder.dir);
});

test('a link in place of a file is not followed', async () => {
  using folder = scratch();
  using elsewhere = scratch();
  await restart(elsewhere.dir);
  symlinkSync(join(elsewhere.dir, '000000000001.jsonl'), join(folder.dir, '000000000001.jsonl'));
  await expect(open(folder.dir)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  await expect(verifyAudit(folder.dir)).rejects.toMatchObject({ code: 'ELOOP' });
});

test('a folder that cannot be made is said so', async () => {
  using folder = scratch();
  const dir = join(folder.dir, 'file');
  writeFileSync(dir, '');
  await expect(open(join(dir, 'audit'))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  mkdirSync(join(folder.dir, 'empty'));
  await expect(verifyAudit(join(folder.dir, 'nowhere'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(verifyAudit(join(folder.dir, 'empty'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
