import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { call } from '../../src/kernel/call/call.ts';
import { packageDir } from '../../src/kernel/installed.ts';
import type { PolicyHealth } from '../../src/kernel/policy-keeper.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { ownFolder } from '../support/folder.ts';
import { type LabFiles, labFiles, me, openLab, type TestLab } from '../support/lab.ts';

const admin: Principal = { ...me, via: 'cli' };
const own = { owner: '$me' };
const rules = (...actions: readonly string[]) => ({
  version: 1,
  roles: {
    all: {
      allow: [
        { id: 'own', actions, on: ['cluster', 'vm'], where: own },
        { actions: ['inspect'], on: 'job' },
      ],
    },
  },
  bindings: [{ role: 'all', users: ['*'] }],
});
const start = rules('create', 'inspect', 'start', 'stop');
const less = rules('create', 'inspect', 'stop');
const destroying = rules('create', 'inspect', 'start', 'stop', 'destroy');

const file = ({ dir }: LabFiles) => join(dir, 'policy-0.yaml');
/** As editors do it: another file takes the name. */
async function save(files: LabFiles, text: object | string): Promise<void> {
  const draft = `${file(files)}.draft`;
  await writeFile(draft, typeof text === 'string' ? text : JSON.stringify(text));
  await rename(draft, file(files));
}

async function begin(dir: string, policy: object = start, more = '') {
  const files = await labFiles(dir, { policies: [policy] });
  await appendFile(files.config, more);
  return files;
}

const policyLines = async (lab: TestLab) =>
  (await lab.records())
    .filter(({ kind }) => kind === 'policy')
    .map(({ data, who }) => ({ ...data, ...(who && { who }) }));

/** Resolves when the policy's health is as wanted: nothing else than waiting for the files to be noticed. */
async function until(lab: TestLab, wanted: (health: PolicyHealth) => boolean): Promise<PolicyHealth> {
  for (;;) {
    const health = lab.lab.policyHealth();
    if (wanted(health)) return health;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('changed files are in force from one decision to the next, and the log has both policies', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const was = lab.lab.policy.hash;
  expect(await lab.ask('cluster_define', { topology_name: 'solo' })).toMatchObject({ ok: true });
  expect(await lab.ask('cluster_start', { cluster_name: 'solo' })).toMatchObject({ ok: true });
  await save(files, less);
  const { hash, problem } = await lab.kernel.reloadPolicy();
  expect([problem, hash === was, lab.lab.policy.hash]).toEqual([undefined, false, hash]);
  expect(await lab.ask('cluster_start', { cluster_name: 'solo' })).toMatchObject({
    ok: false,
    error: { code: 'NOT_FOUND' },
  });
  expect(await lab.ask('cluster_stop', { cluster_name: 'solo' })).toMatchObject({ ok: true });
  expect(await policyLines(lab)).toEqual([
    { hash: was, files: [file(files)] },
    { hash, was, files: [file(files)] },
  ]);
  const judged = (await lab.records()).filter(({ kind }) => kind === 'intent').map(({ decision }) => decision?.policy);
  expect(judged).toEqual([was, was, hash]);
});

test('what was granted for more calls is gone with its policy, also when that one comes back', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const was = lab.lab.policy.hash;
  const reach = { tool: 'cluster_start', effect: 'change', subjects: [] } as const;
  const giving = { approval: '0'.repeat(32), approver: 'ana', user: me.user, session: 's1', reach };
  lab.lab.sessionGrants.give(lab.lab, { calls: 5, minutes: 5, whole: false }, giving);
  expect(lab.lab.sessionGrants.live(lab.lab)).toHaveLength(1);
  const text = await readFile(file(files), 'utf8');
  for (const policy of [less, text]) {
    await save(files, policy);
    await lab.kernel.reloadPolicy();
  }
  expect(lab.lab.policy.hash).toBe(was);
  expect(lab.lab.sessionGrants.live(lab.lab)).toEqual([]);
});

test('a broken file changes nothing but the status, whatever is broken about it', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const kept = lab.lab.policy.hash;
  const heard: string[] = [];
  using _ = lab.lab.onPolicyChange(() => heard.push(lab.lab.policy.hash));
  for (const [text, problem] of [
    ['version: 1\nroles: { all: { alow: [] } }', /policy-0\.yaml:2:17: found the key "alow"/],
    ['', /found nothing/],
    ['a: &a [*a]', /found the anchor/],
    ['#'.repeat(200_000), /it is larger than 128 KiB/],
    [`version: 1\nroles: {${Array.from({ length: 300 }, (_, at) => ` r${at}: {}`).join(',')} }`, /300 roles/],
  ] as const) {
    await save(files, text);
    expect(await lab.kernel.reloadPolicy()).toMatchObject({ hash: kept, problem: expect.stringMatching(problem) });
    expect(await lab.ask('cluster_list')).toMatchObject({ ok: true });
  }
  await rm(file(files));
  expect((await lab.kernel.reloadPolicy()).problem).toMatch('ENOENT');
  await lab.kernel.reloadPolicy();
  expect(await policyLines(lab)).toHaveLength(1 + 6);
  expect((await policyLines(lab)).at(-1)).toEqual({ kept, problem: expect.stringContaining('ENOENT') });
  await save(files, less);
  expect((await lab.kernel.reloadPolicy()).problem).toBeUndefined();
  expect(heard).toEqual([lab.lab.policy.hash]);
  expect(heard).not.toEqual([kept]);
});

test('what gives more to destroy waits for an admin, who says which policy they mean', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const kept = lab.lab.policy.hash;
  expect(await lab.ask('cluster_define', { topology_name: 'solo' })).toMatchObject({ ok: true });
  await save(files, destroying);
  const { hash, pending } = await lab.kernel.reloadPolicy();
  expect(hash).toBe(kept);
  expect(pending?.widens).toEqual([
    'everybody may "destroy" a cluster where { owner: $me }, which was denied',
    'everybody may "destroy" a vm where { owner: $me }, which was denied',
  ]);
  const destroy = () => lab.agree('cluster_destroy', { cluster_name: 'solo' });
  expect(await destroy()).toMatchObject({ ok: false });
  for (const wrong of [kept, '0'.repeat(64), ''])
    await expect(lab.kernel.acceptPolicy(wrong, admin)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await destroy()).toMatchObject({ ok: false });
  const taken = await lab.kernel.acceptPolicy(pending?.hash ?? '', admin);
  expect(taken).toEqual({ hash: pending?.hash });
  expect(await destroy()).toMatchObject({ ok: true });
  const widens = pending?.widens;
  expect((await policyLines(lab)).slice(1)).toEqual([
    { pending: taken.hash, widens, kept },
    { hash: taken.hash, was: kept, files: [file(files)], accepted: true, widens, who: admin },
  ]);
  await expect(lab.kernel.acceptPolicy(taken.hash, admin)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('who may approve what others destroy is as much as destroying', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  await save(files, rules('create', 'inspect', 'start', 'stop', 'approve'));
  const { pending } = await lab.kernel.reloadPolicy();
  expect(pending?.widens).toContain('everybody may "approve" a cluster where { owner: $me }, which was denied');
});

test.each(['take', 'trash'])('who may %s what is not theirs ends it as surely as by destroying it', async (action) => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const { roles, ...rest } = start;
  const allow = [...roles.all.allow, { actions: [action], on: ['cluster', 'vm'] }];
  await save(files, { ...rest, roles: { all: { allow } } });
  const { pending } = await lab.kernel.reloadPolicy();
  expect(pending?.widens.join()).toContain(`everybody may "${action}" a cluster`);
});

test('a policy that waits and is changed again cannot be accepted any more', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  await save(files, destroying);
  const { pending } = await lab.kernel.reloadPolicy();
  await save(files, rules('*'));
  const second = await lab.kernel.reloadPolicy();
  expect(second.pending?.hash).not.toBe(pending?.hash);
  await expect(lab.kernel.acceptPolicy(pending?.hash ?? '', admin)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await save(files, 'broken');
  expect((await lab.kernel.reloadPolicy()).pending).toBeUndefined();
  await save(files, less);
  expect(await lab.kernel.reloadPolicy()).toEqual({ hash: lab.lab.policy.hash });
});

test('a restart is no way around the question', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  const kept = await openLab(files).then(async (lab) => {
    await using open = lab;
    return open.lab.policy.hash;
  });
  await save(files, destroying);
  for (const _ of [1, 2]) {
    await using lab = await openLab(files);
    expect(lab.lab.policyHealth()).toMatchObject({
      hash: kept,
      pending: { widens: [expect.any(String), expect.any(String)] },
    });
  }
  await using lab = await openLab(files);
  await lab.kernel.acceptPolicy(lab.lab.policyHealth().pending?.hash ?? '', admin);
  const { hash } = lab.lab.policyHealth();
  await lab[Symbol.asyncDispose]();
  await using again = await openLab(files);
  expect(again.lab.policyHealth()).toEqual({ hash });
});

test('a config that allows it takes what gives more, and the log says what', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path, start, 'policy_widening: allow\n');
  await using lab = await openLab(files);
  await save(files, destroying);
  expect((await lab.kernel.reloadPolicy()).pending).toBeUndefined();
  expect(await policyLines(lab)).toMatchObject([
    {},
    { hash: lab.lab.policy.hash, widens: [expect.any(String), expect.any(String)] },
  ]);
});

test('files that change are noticed by themselves, by rename and in place, and only when they lie still', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const first = lab.lab.policy.hash;
  await save(files, less);
  const { hash } = await until(lab, (health) => health.hash !== first);
  await writeFile(file(files), 'version: 2\n');
  await until(lab, ({ problem }) => problem !== undefined);
  expect(lab.lab.policy.hash).toBe(hash);
  await save(files, less);
  expect(await until(lab, ({ problem }) => problem === undefined)).toEqual({ hash });
});

test('a call ends by one policy: swapped between any two looks, it is refused or was allowed by the one in force', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  await using other = await ownFolder();
  await using strict = await openLab(await begin(other.path, less));
  expect(await lab.ask('cluster_define', { topology_name: 'solo' })).toMatchObject({ ok: true });
  const [before, after] = [lab.lab.policy, strict.lab.policy];
  const outcomes = new Set<string>();
  for (let looks = 0; looks < 40; looks += 1) {
    let [looked, swapped, reserved] = [0, false, false];
    const swap = () => {
      swapped = true;
    };
    // As swaps come: between two turns, and never within one.
    const look = () => {
      if (looked++ === looks) queueMicrotask(swap);
      return swapped ? after : before;
    };
    const reserve: typeof lab.lab.state.reserve = (reservation) => {
      reserved = swapped;
      return lab.lab.state.reserve(reservation);
    };
    const swapping = { ...lab.lab, state: { ...lab.lab.state, reserve } };
    Object.defineProperty(swapping, 'policy', { get: look });
    const id = `swap-${looks}`;
    const never = new AbortController().signal;
    const asked = {
      id,
      principal: me,
      tool: 'cluster_start',
      args: { cluster_name: 'solo' },
      signal: never,
      stop: never,
    };
    const outcome = await call(swapping, asked);
    const intents = (await lab.records(id)).filter(({ kind }) => kind === 'intent');
    if (outcome.ok) expect([looks, intents.map(({ decision }) => decision?.policy)]).toEqual([looks, [before.hash]]);
    else {
      expect(['NOT_FOUND', 'FORBIDDEN', 'CONFLICT']).toContain(outcome.error.code);
      expect([looks, intents]).toEqual([looks, []]);
    }
    expect([looks, reserved]).toEqual([looks, false]);
    outcomes.add(outcome.ok ? 'ok' : outcome.error.code);
  }
  expect(outcomes).toContain('ok');
  expect(outcomes.size).toBeGreaterThan(2);
});

test('a swap that the log cannot have does not happen', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path);
  await using lab = await openLab(files);
  const kept = lab.lab.policy.hash;
  await lab.lab.audit[Symbol.asyncDispose]();
  await save(files, less);
  expect(await lab.kernel.reloadPolicy()).toMatchObject({ hash: kept, problem: expect.stringContaining('audit log') });
});

const shadow = (dir: string) => `policies_shadow: [${join(dir, 'next.yaml')}]\n`;

test('a shadow policy is asked and never heard', async () => {
  await using folder = await ownFolder();
  const files = await begin(folder.path, start, shadow(folder.path));
  const next = join(folder.path, 'next.yaml');
  await writeFile(next, JSON.stringify(less));
  await using lab = await openLab(files);
  expect(lab.lab.policyHealth().shadow).toEqual({ hash: expect.any(String), differences: 0 });
  expect(await lab.ask('cluster_define', { topology_name: 'solo' })).toMatchObject({ ok: true });
  expect(lab.lab.policyHealth().shadow).toMatchObject({ differences: 0 });
  for (const _ of [1, 2]) expect(await lab.ask('cluster_start', { cluster_name: 'solo' })).toMatchObject({ ok: true });
  expect(lab.lab.policyHealth().shadow?.differences).toBeGreaterThanOrEqual(4);
  const differs = (await policyLines(lab)).filter((line) => 'differs' in line);
  expect(differs).toHaveLength(2);
  expect(differs[0]).toEqual({
    who: me,
    differs: {
      ...{ action: 'start', type: 'cluster', name: 'solo' },
      now: { policy: lab.lab.policy.hash, effect: 'allow', rule: `${file(files)}:5 own` },
      next: { policy: lab.lab.policyHealth().shadow?.hash, effect: 'deny', rule: '(default deny)' },
    },
  });
  await writeFile(next, 'broken');
  expect(await lab.kernel.reloadPolicy()).toMatchObject({ shadow: { problem: expect.any(String), differences: 0 } });
  expect((await lab.kernel.reloadPolicy()).problem).toBeUndefined();
  expect(await lab.ask('cluster_stop', { cluster_name: 'solo' })).toMatchObject({ ok: true });
});

test('a shadow policy that is broken or not there to begin with stops nothing', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await begin(folder.path, start, shadow(folder.path)));
  expect(lab.lab.policyHealth().shadow).toEqual({ problem: expect.stringContaining('ENOENT'), differences: 0 });
  expect(await lab.ask('cluster_list')).toMatchObject({ ok: true });
  await writeFile(join(folder.path, 'next.yaml'), await readFile(join(packageDir, 'policies/roles.yaml')));
  await until(lab, (health) => health.shadow?.problem === undefined);
});
