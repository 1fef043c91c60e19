import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openAuditLog } from '../../src/audit/index.ts';
import { PolicyKeeper } from '../../src/kernel/policy-keeper.ts';
import { Shadow } from '../../src/kernel/shadow.ts';
import { type Policy, policyOf } from '../../src/policy/index.ts';
import { type Dice, dice, randomAsked, randomPolicy, written } from '../policy/random.ts';
import { type PolicyModel, reference } from '../policy/reference.ts';
import { everybody, person, vocabulary } from '../policy/support.ts';
import { ownFolder } from '../support/folder.ts';

const nothing: PolicyModel = { version: 1, roles: { none: { allow: [], deny: [], confirm: [] } }, bindings: [] };
const textsOf = (text: string) => [{ name: 'p.yaml', text }];
const huge = everybody('allow:', ...Array.from({ length: 100_000 }, () => '  - { actions: [start], on: vm }'));
const crowded = everybody('allow:', ...Array.from({ length: 3_000 }, () => '  - { actions: [start], on: vm }'));
const bomb = [
  'version: 1',
  'a0: &a0 [x]',
  ...Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`),
];

/** A policy that loads, or one of the things that an admin's folder may hold instead. */
function offered(d: Dice, models: Map<string, PolicyModel>): string {
  const model = randomPolicy(d);
  const text = written(model);
  models.set(policyOf(textsOf(text), vocabulary).hash, model);
  if (d.below(2)) return text;
  return d.one([
    ...[
      huge,
      crowded,
      bomb.join('\n'),
      '',
      '[',
      '\0',
      '{'.repeat(10_000),
      'version: 2',
      'version: 1\nroles: { __proto__: {} }',
    ],
    ...[
      text.slice(0, d.below(text.length)).concat('\n  : ['),
      text.replace('actions', 'acts'),
      `${text}\n${text}`,
      `${text}\n---\n`,
    ],
  ]);
}

async function keeper(dir: string, asks: boolean, destructive: ReadonlySet<string>) {
  const audit = await openAuditLog({ dir });
  const log = () => {};
  const shadow = new Shadow({ files: [], vocabulary, audit, log });
  const texts = textsOf(written(nothing));
  const made = { texts, policy: policyOf(texts, vocabulary) };
  const scale = { vocabulary, destructive };
  return {
    audit,
    made,
    keeper: new PolicyKeeper({ files: ['p.yaml'], stateDir: dir, scale, asks, shadow, audit, log }, made),
  };
}

const decide = ({ decide }: Policy, { who, action, type, attributes }: ReturnType<typeof randomAsked>) =>
  decide(who, action, type, attributes);

test('1,000 reloads of good, broken and huge files under load: every answer is that of the one policy in force', async () => {
  await using folder = await ownFolder();
  const { keeper: live, audit, made } = await keeper(folder.path, false, new Set(['destroy', 'crash']));
  await using _ = audit;
  const models = new Map([[made.policy.hash, nothing]]);
  const d = dice(11);
  const seen = { allow: 0, deny: 0, policies: new Set<string>(), broken: 0 };
  let over = false;
  const traffic = async () => {
    for (const asking = dice(12); !over; await turn()) {
      const { hash } = live.current;
      const model = models.get(hash);
      if (!model) throw new Error(`${hash} was never offered whole.`);
      for (let questions = 0; questions < 5; questions += 1) {
        const asked = randomAsked(asking);
        const { effect, confirm } = decide(live.current, asked);
        expect([hash, asked, effect, confirm]).toEqual([hash, asked, ...Object.values(reference(model, asked))]);
        seen[effect] += 1;
      }
      seen.policies.add(hash);
    }
  };
  const running = traffic();
  for (let reload = 0; reload < 1_000; reload += 1) {
    const before = live.health;
    const text = offered(d, models);
    const { hash, problem } = await live.reload(async () => textsOf(text));
    if (problem !== undefined) seen.broken += 1;
    expect([reload, problem === undefined ? text : before.hash]).toEqual([reload, problem === undefined ? text : hash]);
  }
  over = true;
  await running;
  expect(seen.broken).toBeGreaterThan(300);
  expect(seen.policies.size).toBeGreaterThan(300);
  expect(Math.min(seen.allow, seen.deny)).toBeGreaterThan(200);
}, 120_000);

test('as long as nobody accepts, no reload ever lets anybody destroy what the first policy does not', async () => {
  await using folder = await ownFolder();
  const { keeper: live, audit, made } = await keeper(folder.path, true, new Set(['destroy', 'crash']));
  await using _ = audit;
  const d = dice(21);
  const hashes = new Set([made.policy.hash]);
  for (let reload = 0; reload < 300; reload += 1) {
    const text = offered(d, new Map());
    hashes.add((await live.reload(async () => textsOf(text))).hash);
    for (let questions = 0; questions < 20; questions += 1) {
      const asked = { ...randomAsked(d), action: d.one(['destroy', 'crash']) };
      expect([reload, decide(live.current, asked).effect]).toEqual([reload, 'deny']);
    }
  }
  expect(hashes.size).toBeGreaterThan(10);
  await expect(live.accept(made.policy.hash, person('ana'))).rejects.toThrow('waits to be accepted');
});

test('reloads and admins at the same time take their turns', async () => {
  await using folder = await ownFolder();
  const { keeper: live, audit } = await keeper(folder.path, true, new Set(['destroy']));
  await using _ = audit;
  const wide = everybody('allow: [{ actions: [destroy], on: vm }]');
  const { pending } = await live.reload(async () => textsOf(wide));
  const [first, second, third] = await Promise.allSettled([
    live.accept(pending?.hash ?? '', person('ana')),
    live.accept(pending?.hash ?? '', person('bob')),
    live.reload(async () => textsOf('broken')),
  ]);
  expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(live.health).toEqual({ hash: pending?.hash, problem: expect.stringContaining('expected a map') });
});
