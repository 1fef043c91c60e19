import { expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/audit/index.ts';
import { Alarms } from '../../../src/kernel/alarms.ts';
import type { Principal } from '../../../src/sdk/index.ts';

const eve: Principal = { user: 'eve', groups: [], via: 'stdio', agent: 'a program' };

function watched(slowestMs = 10_000) {
  const records: AuditEntry[] = [];
  const logged: string[] = [];
  const paused: number[] = [];
  const clock = { ms: 0 };
  const alarms = new Alarms({
    record: (entry) => void records.push(entry),
    log: (level, message) => void logged.push(`${level} ${message}`),
    slowestMs,
    elapsedMs: () => clock.ms,
    pause: async (ms) => void paused.push(ms),
  });
  return { alarms, records, logged, paused, clock };
}

const raise = (alarms: Alarms, session?: string, what = 'wrong seal') => alarms.raise({ what, who: eve, session });
const never = new AbortController().signal;

test('an alarm stands in the audit log, in the log and in the status', () => {
  const { alarms, records, logged } = watched();
  expect(alarms.status).toEqual({ count: 0 });
  alarms.raise({ what: 'wrong seal', who: eve, session: 's1', op: 'c1', act: 'cluster_stop', data: { why: 'mac' } });
  expect(records).toEqual([
    {
      ...{ kind: 'alarm', who: eve, op: 'c1', act: 'cluster_stop' },
      data: { alarm: 'wrong seal', session: 's1', why: 'mac' },
    },
  ]);
  expect(logged).toEqual(['warn alarm: wrong seal']);
  expect(alarms.status).toMatchObject({ count: 1, last: { what: 'wrong seal', user: 'eve' } });
});

test('each one doubles what its session waits, up to a bound', async () => {
  const { alarms, paused } = watched();
  expect(alarms.slow('s1', never)).toBeUndefined();
  for (let n = 0; n < 9; n += 1) {
    raise(alarms, 's1');
    await alarms.slow('s1', never);
  }
  expect(paused).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
});

test('nobody else waits, and who has no session never does', () => {
  const { alarms } = watched();
  raise(alarms, 's1');
  raise(alarms);
  expect(alarms.slow('s2', never)).toBeUndefined();
  expect(alarms.slow(undefined, never)).toBeUndefined();
  expect(alarms.status.count).toBe(2);
});

test('a session that was calm for ten minutes is as good as new', () => {
  const { alarms, clock } = watched();
  raise(alarms, 's1');
  clock.ms = 10 * 60_000;
  expect(alarms.waitMs('s1')).toBe(250);
  clock.ms += 1;
  expect(alarms.waitMs('s1')).toBe(0);
  raise(alarms, 's1');
  expect(alarms.waitMs('s1')).toBe(250);
});

test('a slip is none, four are not, and from the fifth on each is an alarm', () => {
  const { alarms, records } = watched();
  for (let n = 0; n < 4; n += 1) alarms.slip({ what: 'old answer', who: eve, session: 's1' });
  expect([records.length, alarms.waitMs('s1')]).toEqual([0, 0]);
  alarms.slip({ what: 'old answer', who: eve, session: 's2' });
  expect(records).toHaveLength(0);
  alarms.slip({ what: 'old answer', who: eve, session: 's1' });
  expect(records).toMatchObject([{ kind: 'alarm', data: { alarm: 'old answer, again and again' } }]);
  expect(alarms.waitMs('s1')).toBe(250);
});

test('an admin may have nobody wait, and hears of it all the same', () => {
  const { alarms, records } = watched(0);
  raise(alarms, 's1');
  expect(alarms.slow('s1', never)).toBeUndefined();
  expect(records).toHaveLength(1);
});

test('a flood of sessions is forgotten oldest first', () => {
  const { alarms } = watched();
  for (let n = 0; n < 1_500; n += 1) raise(alarms, `s${n}`);
  expect([alarms.waitMs('s0'), alarms.waitMs('s1499')]).toEqual([0, 250]);
});
