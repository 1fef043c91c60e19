import { type Attributes, type Policy, policyOf, weighed } from '../src/policy/index.ts';
import type { Principal } from '../src/sdk/index.ts';
import { attributes, vocabulary } from '../test/policy/support.ts';
import { byTurns } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

const rounds = 9;
const decisions = 100_000;
const rules = 1_000;

const machine = ['start', 'stop', 'cut', 'destroy', 'crash', 'exec', 'handle'];
const actions = ['create', 'inspect', ...machine];
const projects = 50;

/** A lab's worth of rules and a half: each project's own, with its denies and questions, spread over all that is done to machines. */
function policyText(of: (at: number) => { readonly action: string; readonly project: string }): string {
  const where = (at: number) => `on: vm, where: { project: ${of(at).project}, owner: { ne: nobody-${at} } }`;
  const lines = (from: number, to: number, more: string) =>
    Array.from(
      { length: to - from },
      (_, at) => `      - { actions: [${of(from + at).action}], ${where(from + at)}${more} }`,
    );
  return [
    ...['version: 1', 'roles:', '  all:', '    allow:', ...lines(0, 800, '')],
    ...[
      '    deny:',
      ...lines(800, 950, ", reason: 'It is in use.'").map((line) =>
        line.replace('where: {', 'where: { protected: true,'),
      ),
    ],
    ...['    confirm:', ...lines(950, rules, ', level: ack')],
    "bindings: [{ role: all, users: ['*'] }]",
  ].join('\n');
}

const spread = (at: number) => ({
  action: actions[at % actions.length] ?? '',
  project: `p${Math.floor(at / actions.length) % projects}`,
});
/** Nothing to choose by: all about one action. */
const heaped = (at: number) => ({ action: 'start', project: `p${at % projects}` });

const who: Principal = { user: 'ana', groups: ['lab', 'qa'], via: 'stdio' };
const things: readonly Attributes[] = Array.from({ length: 64 }, (_, at) =>
  attributes('vm', {
    ...{ name: `web-${at}`, owner: at % 3 ? 'ana' : 'bob', project: `p${at % (projects + 5)}` },
    protected: at % 7 === 0,
  }),
);

/** Deciding with the rule and its reason among a thousand rules, against looking up a key that somebody made by hand. */
export async function policy(): Promise<readonly Row[]> {
  const [many, heap] = [spread, heaped].map((of) =>
    policyOf([{ name: 'bench.yaml', text: policyText(of) }], vocabulary),
  ) as [Policy, Policy];
  const byHand = new Map(
    actions.flatMap((action) =>
      Array.from({ length: projects }, (_, at) => [`${action} p${at}`, { effect: 'allow', rule: at }]),
    ),
  );
  const decide = (one: Policy, action: (at: number) => string) => async () =>
    perDecision((at) => one.decide(who, action(at), 'vm', things[at & 63] ?? {}).effect === 'allow');
  const measured = await byTurns(rounds, {
    floor: async () => perDecision((at) => byHand.has(`${actions[at % 9]} ${things[at & 63]?.['project']}`)),
    decided: decide(many, (at) => actions[at % 9] ?? ''),
    heaped: decide(heap, () => 'start'),
  });
  return [
    row(measured, {
      what: 'policy: one decision of 1,000 rules',
      floor: 'floor',
      ours: 'decided',
      target: '≤ 5 µs: 200,000/s',
      unit: 'µs',
    }),
    row(measured, {
      what: 'the same, all rules about one action',
      floor: 'floor',
      ours: 'heaped',
      target: 'none',
      unit: 'µs',
    }),
    ...(await swapping(many)),
  ];
}

/** Microseconds. */
function perDecision(decide: (at: number) => boolean): number {
  let allowed = 0;
  const began = performance.now();
  for (let at = 0; at < decisions; at += 1) if (decide(at)) allowed += 1;
  const took = performance.now() - began;
  if (allowed === 0 || allowed === decisions) throw new Error('The answers are all the same.');
  return (took * 1_000) / decisions;
}

/** From the texts of changed files to a policy that could take the place of the old one, against parsing JSON of the same size. */
async function swapping(before: Policy): Promise<readonly Row[]> {
  const scale = { vocabulary, destructive: new Set(['destroy', 'crash', 'cut']) };
  const text = policyText(spread);
  const json = JSON.stringify(text.split('\n').map((line) => line.split(' ')));
  let round = 0;
  const time = (work: () => unknown) => async () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  const measured = await byTurns(rounds, {
    parse: time(() => JSON.parse(json)),
    weighed: time(() => weighed(before, [{ name: 'bench.yaml', text: `${text}\n# ${round++}` }], scale)),
  });
  return [
    row(measured, {
      what: 'policy: 1,000 changed rules read and weighed',
      floor: 'parse',
      ours: 'weighed',
      target: 'none',
    }),
  ];
}

if (import.meta.main) print(await policy());
