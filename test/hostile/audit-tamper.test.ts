import { expect, test } from 'vitest';
import { fastVerifier, verifier } from '../../src/audit/verify.ts';
import { examine as examineWith, type Files, sample, scratch, unseenBits } from '../support/audit/index.ts';

/** By both verifiers, which must come to the same end. */
function examine(files: Files) {
  const report = examineWith(files);
  expect(examineWith(files, fastVerifier()).exitCode).toBe(report.exitCode);
  return report;
}

// A hundred records are in audit-tamper.slow.test.ts.
test.each([['strict', verifier] as const, ['fast', fastVerifier] as const])(
  'every bit counts, for the %s verifier',
  async (_, verifying) => {
    using log = scratch();
    const files = await sample(log.dir, 4);
    expect(examine(files)).toMatchObject({ ok: true, records: 12, recoveries: 1, closed: true });
    expect(unseenBits(files, verifying)).toEqual([]);
  },
);

interface Lines {
  readonly name: string;
  readonly lines: readonly string[];
}

const linesOf = (files: Files): readonly Lines[] =>
  files.map(([name, bytes]) => ({ name, lines: bytes.toString('latin1').split(/(?<=\n)/) }));

/** The log once more for each of its lines, with that line changed. */
function* changed(files: Files, change: (lines: string[], at: number) => void) {
  for (const { name, lines } of linesOf(files))
    for (const at of lines.keys()) {
      const copy = [...lines];
      change(copy, at);
      const bytes = Buffer.from(copy.join(''), 'latin1');
      const all: Files = files.map((file) => (file[0] === name ? [name, bytes] : file));
      yield { where: `${name} line ${at + 1}`, last: name === files.at(-1)?.[0] && at === lines.length - 1, all };
    }
}

test('a line that is taken away leaves a gap, which says which record it was', async () => {
  using log = scratch();
  const files = await sample(log.dir, 48);
  for (const { where, last, all } of changed(files, (lines, at) => lines.splice(at, 1))) {
    const { exitCode, closed, problems } = examine(all);
    // A chain cannot show that its end is gone: only the missing last word of the run tells.
    if (last) expect({ exitCode, closed }, where).toEqual({ exitCode: 0, closed: false });
    else expect(exitCode, where).toBeOneOf([1, 3]);
    expect(problems.length > 0, where).toBe(!last);
  }
  const [[name, bytes] = ['', Buffer.of()], ...rest] = files;
  const lines = bytes.toString().split(/(?<=\n)/);
  const without7 = Buffer.from([...lines.slice(0, 7), ...lines.slice(8)].join(''));
  expect(examine([[name, without7], ...rest])).toMatchObject({
    exitCode: 3,
    problems: [{ file: name, line: 8, seq: 8, kind: 'gap', what: 'Record 7 is missing before record 8.' }],
  });
});

test.each<[string, (lines: string[], at: number) => void]>([
  ['changes places with the next', (lines, at) => lines.splice(at, 2, lines[at + 1] ?? '\n', lines[at] ?? '')],
  ['stands there twice', (lines, at) => lines.splice(at, 0, lines[at] ?? '')],
  ['is followed by one from elsewhere', (lines, at) => lines.splice(at + 1, 0, lines[(at + 3) % lines.length] ?? '')],
  ['is followed by an empty one', (lines, at) => lines.splice(at + 1, 0, '\n')],
  ['is followed by words', (lines, at) => lines.splice(at + 1, 0, 'nothing happened here\n')],
  ['is cut in half', (lines, at) => lines.splice(at, 1, `${lines[at]?.slice(0, (lines[at]?.length ?? 0) / 2)}\n`)],
])('it is seen when a line %s', async (_, change) => {
  using log = scratch();
  const files = await sample(log.dir, 48);
  expect(examine(files)).toMatchObject({ ok: true, records: 56 });
  for (const { where, all } of changed(files, change)) expect(examine(all).ok, where).toBe(false);
});

test('it is seen when a file is missing, doubled, renamed or joined to another', async () => {
  using log = scratch();
  const [one, two, three] = await sample(log.dir, 4);
  if (!one || !two || !three) throw new Error('Three runs make three files.');
  expect(examine([two, three])).toMatchObject({
    exitCode: 3,
    problems: [{ what: 'Records 0 to 5 are missing before record 6.' }],
  });
  expect(examine([one, three])).toMatchObject({ exitCode: 3 });
  expect(examine([one, two, [three[0], two[1]]])).toMatchObject({ exitCode: 1 });
  expect(examine([one, two, ['000000000004.jsonl', three[1]]])).toMatchObject({ exitCode: 1 });
  expect(examine([one, [two[0], Buffer.concat([two[1], three[1]])]])).toMatchObject({ exitCode: 1 });
});
