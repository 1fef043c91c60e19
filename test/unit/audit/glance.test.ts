import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { glance } from '../../../src/audit/glance.ts';
import type { AuditEntry } from '../../../src/audit/index.ts';
import { seal, unseal, zeros } from '../../../src/audit/line.ts';

const position = { seq: 41, t: '2026-11-20T08:00:00.123Z', prev: zeros };
const lineOf = (entry: AuditEntry) => Buffer.from(seal(entry, position).line.slice(0, -1));

test.each<AuditEntry>([
  { kind: 'effect', op: 'op-1' },
  { kind: 'alarm', data: { text: 'ü \u2028 "prev":"' } },
  { kind: 'recovery', data: { tornBytes: 3 } },
  { kind: 'decision', args: { text: 'x'.repeat(70_000) } },
])('it sees of a record what parsing it would show: %#', (entry) => {
  const line = lineOf(entry);
  const { seq, kind, prev, h } = unseal(line) as Exclude<ReturnType<typeof unseal>, { flaw: string }>;
  expect(glance(line)).toMatchObject({ seq, kind, prev, h });
});

/** A line of anybody's making with the right hash. */
function signed(covered: string): Buffer {
  return Buffer.from(`${covered},"h":"${hash('sha256', covered)}"}`);
}

test.each([
  ['no kind of ours', `{"v":1,"seq":41,"t":"${position.t}","kind":"rumour","prev":"${zeros}"`],
  ['another version', `{"v":2,"seq":41,"t":"${position.t}","kind":"effect","prev":"${zeros}"`],
  ['no number', `{"v":1,"seq":"41","t":"${position.t}","kind":"effect","prev":"${zeros}"`],
  ['no record before it', `{"v":1,"seq":41,"t":"${position.t}","kind":"effect"`],
])('%s is a flaw for it as for the strict reader', (_, covered) => {
  expect(glance(signed(covered))).toEqual(unseal(signed(covered)));
  expect(glance(signed(covered))).toHaveProperty('flaw');
});

test('an empty line and half a line are flaws', () => {
  const line = lineOf({ kind: 'effect' });
  for (const part of [Buffer.of(), line.subarray(0, 50), line.subarray(0, line.length - 1)])
    expect(glance(part)).toEqual(unseal(part));
});
