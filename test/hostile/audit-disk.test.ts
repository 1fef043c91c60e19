import { expect, test, vi } from 'vitest';
import { type AuditFs, type AuditLog, openAuditLog } from '../../src/audit/index.ts';
import { examine, faulty, filesOf, restart, scratch, unsynced } from '../support/audit/index.ts';

/** Twelve changes one after the other, four at once, then the end. Answers which were promised, in order of asking. */
async function life(dir: string, fs: AuditFs): Promise<readonly boolean[]> {
  const log = await openAuditLog({ dir, fs }).catch((reason) => {
    expect(reason.code).toBe('AUDIT_UNAVAILABLE');
  });
  if (!log) return [];
  const promised: boolean[] = [];
  for (let nth = 0; nth < 12; nth += 1) promised.push(await promise(log, `one-${nth}`));
  promised.push(...(await Promise.all([0, 1, 2, 3].map((nth) => promise(log, `four-${nth}`)))));
  if (promised.includes(false))
    expect(log.health).toMatchObject({ poisoned: expect.stringMatching(/^(ENOSPC|EIO)$/), hanging: false });
  await log[Symbol.asyncDispose]();
  return promised;
}

const promise = (log: AuditLog, op: string): Promise<boolean> =>
  log.append({ kind: 'effect', op }).then(
    () => true,
    (reason) => {
      expect(reason.code).toBe('AUDIT_UNAVAILABLE');
      return false;
    },
  );

async function expectKept(dir: string, promised: readonly boolean[], where: string): Promise<void> {
  const kept = Buffer.concat(filesOf(dir).map(([, bytes]) => bytes)).toString();
  const ops = [...Array.from({ length: 12 }, (_, nth) => `one-${nth}`), 'four-0', 'four-1', 'four-2', 'four-3'];
  const lost = ops.filter((op, at) => promised[at] && !kept.includes(`"op":"${op}"`));
  expect(lost, where).toEqual([]);
  const answers = promised.map(String).join(' ');
  expect(answers, where).toMatch(/^(true ?)*(false ?)*$/);
  await restart(dir);
  expect(examine(filesOf(dir)), where).toMatchObject({ problems: [], ok: true, closed: true });
}

test('a disk that does its work is asked for one write and one sync a batch', async () => {
  using log = scratch();
  const disk = faulty();
  expect(await life(log.dir, disk.fs)).toEqual(Array(16).fill(true));
  // The first record, twelve changes, four at once, the end.
  expect(disk.count).toEqual({ writes: 15, syncs: 15 });
});

test('whichever write finds the disk full, nothing is promised from then on, and nothing promised is lost', async () => {
  for (let shortWrite = 1; shortWrite <= 15; shortWrite += 1) {
    using log = scratch();
    const promised = await life(log.dir, faulty({ shortWrite }).fs);
    expect(promised.filter(Boolean).length).toBe(shortWrite === 1 ? 0 : shortWrite === 15 ? 16 : shortWrite - 2);
    await expectKept(log.dir, promised, `write ${shortWrite}`);
  }
});

test('whichever sync fails, nothing is promised from then on, though the next would succeed', async () => {
  for (let failedSync = 1; failedSync <= 15; failedSync += 1) {
    using log = scratch();
    const disk = faulty({ failedSync });
    const promised = await life(log.dir, disk.fs);
    expect(promised.filter(Boolean).length).toBe(failedSync === 1 ? 0 : failedSync === 15 ? 16 : failedSync - 2);
    expect(disk.count.syncs).toBe(failedSync);
    await expectKept(log.dir, promised, `sync ${failedSync}`);
  }
});

test('a disk that takes a byte at a time gets them all', async () => {
  using log = scratch();
  const slow: AuditFs = {
    ...unsynced,
    async create(path) {
      const file = await unsynced.create(path);
      return { ...file, write: (bytes) => file.write(bytes.subarray(0, 1)) };
    },
  };
  await using running = await openAuditLog({ dir: log.dir, fs: slow });
  expect(await running.append({ kind: 'effect', op: 'op-1' })).toBe(1);
  expect(examine(filesOf(log.dir))).toMatchObject({ ok: true, records: 2 });
});

test('64 appends at once are promised in the order in which they were made', async () => {
  using log = scratch();
  const order: number[] = [];
  const ops = Array.from({ length: 64 }, (_, nth) => `op-${nth}`);
  {
    await using running = await openAuditLog({ dir: log.dir });
    await Promise.all(ops.map(async (op) => order.push(await running.append({ kind: 'effect', op }))));
  }
  expect(order).toEqual(ops.map((_, nth) => nth + 1));
  const [[, bytes] = ['', Buffer.of()]] = filesOf(log.dir);
  expect([...bytes.toString().matchAll(/"op":"(op-\d+)"/g)].map(([, op]) => op)).toEqual(ops);
});

test('a disk that does not answer for five seconds is given up, and the lock stays with the process', async () => {
  using log = scratch();
  const { dir } = log;
  let stuck = false;
  const asked = Promise.withResolvers<void>();
  const { promise: never } = Promise.withResolvers<never>();
  const fs: AuditFs = {
    ...unsynced,
    create: async (path) => {
      const file = await unsynced.create(path);
      const sync = () => {
        if (!stuck) return file.sync();
        asked.resolve();
        return never;
      };
      return { ...file, sync };
    },
  };
  const running = await openAuditLog({ dir, fs });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    stuck = true;
    const waiting = [1, 2, 3].map((nth) => running.append({ kind: 'effect', op: `op-${nth}` }));
    const ends = Promise.allSettled(waiting);
    await asked.promise;
    waiting.push(running.append({ kind: 'effect', op: 'behind' }));
    const behind = expect(waiting.at(-1)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    vi.advanceTimersByTime(5_000);
    expect(await ends).toEqual(
      Array(3).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' }) }),
    );
    await behind;
  } finally {
    vi.useRealTimers();
  }
  expect(running.health).toMatchObject({ poisoned: 'the disk did not answer within 5 s', hanging: true });
  await running[Symbol.asyncDispose]();
  await expect(openAuditLog({ dir })).rejects.toMatchObject({ code: 'CONFLICT' });
});
