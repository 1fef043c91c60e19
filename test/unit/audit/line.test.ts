import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/audit/index.ts';
import { longestLine, seal, unseal, zeros } from '../../../src/audit/line.ts';

const entry: AuditEntry = {
  kind: 'intent',
  op: '01jd-7',
  who: { user: 'alice', groups: ['lab'], agent: 'some-agent/2.1', via: 'stdio' },
  act: 'vm_start',
  subjects: [{ type: 'vm', id: 'b1946ac9', name: 'ci/node-2', gen: 7 }],
  args: { wait: true },
  decision: { effect: 'allow', rule: 'lab.yaml#2', policy: 'sha256:5fec' },
  plan: 'sha256:e3b0',
  data: { note: 'nightly' },
};
const position = { seq: 41, t: '2026-11-20T08:00:00.123Z', prev: zeros };

/** A line as somebody writes it who knows how the hash is made. */
const forged = (covered: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(covered), Buffer.from(`,"h":"${hash('sha256', covered)}"}`)]);

const covered = `{"v":1,"seq":0,"t":"2026-11-20T08:00:00.123Z","kind":"effect","prev":"${zeros}"`;

test('a line is this, byte by byte', () => {
  const { line } = seal(entry, position);
  const said = [
    '{"v":1,"seq":41,"t":"2026-11-20T08:00:00.123Z","kind":"intent","op":"01jd-7",',
    '"who":{"user":"alice","groups":["lab"],"agent":"some-agent/2.1","via":"stdio"},"act":"vm_start",',
    '"subjects":[{"type":"vm","id":"b1946ac9","name":"ci/node-2","gen":7}],"args":{"wait":true},',
    '"decision":{"effect":"allow","rule":"lab.yaml#2","policy":"sha256:5fec"},"plan":"sha256:e3b0",',
    `"data":{"note":"nightly"},"prev":"${zeros}"`,
  ].join('');
  expect(line).toBe(`${said},"h":"${hash('sha256', said)}"}\n`);
});

test('what was sealed is what is read', () => {
  const { line, h } = seal(entry, position);
  expect(unseal(Buffer.from(line.slice(0, -1)))).toEqual({
    ...{ v: 1, seq: 41, t: '2026-11-20T08:00:00.123Z', prev: zeros, h },
    ...entry,
  });
});

test('a name cannot play tricks on the terminal of whoever reads the log', () => {
  const name = 'a\u001b[2J\u009b2J\u202egnp.exe\u2028\n';
  const { line } = seal({ kind: 'effect', act: name }, position);
  expect(line).toContain('"act":"a\\u001b[2J\\u009b2J\\u202egnp.exe\\u2028\\n"');
  expect(unseal(Buffer.from(line.slice(0, -1)))).toMatchObject({ act: name });
});

test('what does not fit a line leaves its length and digest there, and an outcome its code', () => {
  const output = 'é'.repeat(40_000);
  const { line, bytes } = seal({ kind: 'outcome', op: 'op-1', data: { code: 'TIMEOUT', output } }, position);
  const json = JSON.stringify({ code: 'TIMEOUT', output });
  expect(bytes).toBeLessThan(500);
  expect(unseal(Buffer.from(line.slice(0, -1)))).toMatchObject({
    data: { code: 'TIMEOUT' },
    omitted: { data: { bytes: Buffer.byteLength(json), sha256: hash('sha256', json) } },
  });
});

test('an entry that is large everywhere loses its largest parts first', () => {
  const large = {
    ...entry,
    data: { text: 'd'.repeat(70_000) },
    args: { text: 'a'.repeat(70_000) },
    act: 'b'.repeat(40_000),
  };
  const { line, bytes } = seal(large, position);
  expect(bytes).toBeLessThanOrEqual(longestLine);
  const { omitted, ...rest } = Object(unseal(Buffer.from(line.slice(0, -1))));
  expect(Object.keys(omitted)).toEqual(['data', 'args']);
  expect(rest).toMatchObject({ act: large.act, who: entry.who, subjects: entry.subjects });
});

test('a line whose hash was made to match is refused when labwarden would not write it so', () => {
  expect(unseal(forged(covered))).toMatchObject({ kind: 'effect' });
  const others = {
    'a doubled member': covered.replace('"seq":0', '"seq":1,"seq":0'),
    'a space': covered.replace(',"kind"', ', "kind"'),
    'an escape that is not needed': covered.replace('effect"', '\\u0065ffect"'),
    'a kind that does not exist': covered.replace('effect', 'nothing'),
    'another version': covered.replace('"v":1', '"v":2'),
    'a number that is no number': covered.replace('"seq":0', '"seq":"0"'),
    'no prev at its end': covered.replace(/,"prev".*/, ''),
    'bytes that are no text': Buffer.concat([
      Buffer.from(covered.replace('"prev"', '"op":"')),
      Buffer.from([0xff, 0x22]),
    ]),
    'no JSON': 'hello',
    'too much': covered.replace(',"prev"', `,"act":"${'a'.repeat(longestLine)}","prev"`),
  };
  for (const [what, line] of Object.entries(others))
    expect(unseal(forged(line)), what).toEqual({
      cut: false,
      flaw: 'matches its hash, and is not a line that labwarden writes',
    });
});
