import { describe, expect, test } from 'vitest';
import { type Attributes, loadPolicy } from '../../src/policy/index.ts';
import type { Principal, SubjectType } from '../../src/sdk/index.ts';
import { attributes, person, vocabulary } from './support.ts';

/** Who, what, on which type, what is different about it (it is Ana's), and the id of the rule that says yes; none means no. */
type Row = readonly [Principal, string, SubjectType, Attributes, `${'yes' | 'no'}: ${string}`];

const ana = person('ana');
const bob = person('bob');
const system: Principal = { user: 'system:main', groups: [], via: 'system' };
const nobody = person('');

async function hold(files: readonly string[], rows: readonly Row[]) {
  const policy = await loadPolicy(files, vocabulary);
  for (const [who, action, type, other, answer] of rows) {
    const { effect, rule } = policy.decide(who, action, type, attributes(type, other));
    const decided = `${effect === 'allow' ? 'yes' : 'no'}: ${rule.replace(/^\S+:\d+ /, '')}`;
    expect([who.user, action, type, other, decided]).toEqual([who.user, action, type, other, answer]);
  }
}

const denied = 'no: (default deny)';
const everyAction = ['approve', 'create', 'inspect', 'start', 'stop', 'cut', 'destroy', 'crash', 'exec', 'handle'];

test('in a lab of one a person does everything with their own clusters and machines', async () => {
  await hold(
    ['policies/roles.yaml', 'policies/lab-of-one.yaml'],
    everyAction.flatMap((action): Row[] => [
      [ana, action, 'cluster', {}, action === 'inspect' ? 'yes: view-machines' : 'yes: own-clusters'],
      [ana, action, 'vm', {}, action === 'inspect' ? 'yes: view-machines' : 'yes: own-machines'],
    ]),
  );
});

test('in a lab of one, the rest of the table', async () => {
  await hold(
    ['policies/roles.yaml', 'policies/lab-of-one.yaml'],
    [
      [ana, 'inspect', 'host', {}, 'yes: view-machines'],
      [ana, 'create', 'host', {}, denied],
      [ana, 'inspect', 'job', {}, 'yes: view-own-jobs'],
      [ana, 'cancel', 'job', {}, 'yes: own-jobs'],
      [ana, 'inspect', 'job', { owner: 'bob' }, denied],
      [ana, 'cancel', 'job', { owner: 'bob' }, denied],
      // Found on the hypervisor: seen, never touched.
      [ana, 'inspect', 'vm', { owner: '', managed: false }, 'yes: view-machines'],
      [ana, 'start', 'vm', { managed: false }, denied],
      [ana, 'destroy', 'vm', { owner: '', managed: false }, denied],
      [ana, 'start', 'vm', { owner: 'bob' }, denied],
      [ana, 'start', 'vm', { protected: true }, 'yes: own-machines'],
      [ana, 'stop', 'cluster', { protected: true }, 'yes: own-clusters'],
      [ana, 'destroy', 'vm', { protected: true }, 'no: protected'],
      [ana, 'crash', 'vm', { protected: true }, 'no: protected'],
      [ana, 'destroy', 'cluster', { protected: true }, 'no: protected'],
      [ana, 'crash', 'cluster', { protected: true }, 'no: protected'],
      [ana, 'cut', 'cluster', { protected: true }, 'no: protected'],
      [ana, 'cut', 'vm', { protected: true }, 'no: protected'],
      [system, 'inspect', 'vm', { owner: 'system:main' }, denied],
      [nobody, 'inspect', 'vm', { owner: '' }, denied],
      [nobody, 'start', 'vm', { owner: '' }, denied],
    ],
  );
});

const olga = person('olga');
const auditor = person('auditor');
const member = person('bob', 'lab-users');
const tutor = person('tom', 'os-course-tutors');
const shared = ['policies/roles.yaml', 'policies/shared-lab.example.yaml'];

describe('in the shared lab', () => {
  test('whoever is not named does nothing', () =>
    hold(
      shared,
      everyAction.map((action): Row => [person('eve', 'wheel'), action, 'vm', { owner: 'eve' }, denied]),
    ));

  test('a user sees and touches only what is theirs', () =>
    hold(shared, [
      [member, 'start', 'vm', { owner: 'bob' }, 'yes: own-machines'],
      [member, 'inspect', 'cluster', { owner: 'bob' }, 'yes: own-clusters'],
      [member, 'inspect', 'vm', {}, denied],
      [member, 'inspect', 'cluster', {}, denied],
      [member, 'inspect', 'job', {}, denied],
      [member, 'inspect', 'host', {}, 'yes: see-hosts'],
      [bob, 'start', 'vm', { owner: 'bob' }, denied],
    ]));

  test('an operator runs everybody’s machines and reads none of them', () =>
    hold(shared, [
      [olga, 'stop', 'vm', {}, 'yes: operate-machines'],
      [olga, 'start', 'cluster', {}, 'yes: operate-clusters'],
      [olga, 'stop', 'vm', { managed: false }, denied],
      [olga, 'cancel', 'job', {}, 'yes: operate-jobs'],
      [olga, 'exec', 'vm', {}, denied],
      [olga, 'handle', 'cluster', {}, denied],
      [olga, 'destroy', 'vm', {}, denied],
      [olga, 'create', 'vm', {}, denied],
      [olga, 'create', 'vm', { owner: 'olga' }, 'yes: own-machines'],
      [olga, 'destroy', 'vm', { owner: 'olga', protected: true }, 'no: protected'],
    ]));

  test('an admin does everything but break the house rules', () =>
    hold(shared, [
      [ana, 'destroy', 'cluster', { owner: 'bob', protected: true }, 'yes: all-clusters'],
      [ana, 'exec', 'vm', { owner: 'bob' }, 'yes: all-machines'],
      [ana, 'destroy', 'vm', { owner: '', managed: false }, denied],
      [ana, 'inspect', 'job', { owner: 'bob' }, 'yes: all-jobs-and-hosts'],
      [ana, 'destroy', 'vm', { 'tag:golden': true }, 'no: golden'],
      [ana, 'create', 'cluster', { provider: 'staging' }, 'no: staging-has-no-room'],
      [ana, 'create', 'cluster', { provider: 'staging', project: 'release' }, 'yes: all-clusters'],
    ]));

  test('a tutor helps in the course and stays out of the exam', () =>
    hold(shared, [
      [tutor, 'exec', 'vm', { project: 'os-course' }, 'yes: course-help'],
      [tutor, 'inspect', 'vm', { project: 'os-course-exam' }, 'yes: course-see'],
      [tutor, 'exec', 'vm', { project: 'os-course-exam' }, 'no: exam-stays-closed'],
      [tutor, 'exec', 'vm', { project: 'os-course-exam', owner: 'tom' }, 'yes: own-machines'],
      [tutor, 'stop', 'vm', { project: 'os-course' }, denied],
      [tutor, 'inspect', 'vm', {}, denied],
    ]));

  test('a viewer sees every machine and changes nothing', () =>
    hold(shared, [
      [auditor, 'inspect', 'vm', {}, 'yes: view-machines'],
      [auditor, 'inspect', 'cluster', {}, 'yes: view-machines'],
      [auditor, 'inspect', 'job', {}, denied],
      [auditor, 'start', 'vm', { owner: 'auditor' }, denied],
    ]));
});

test('nobody is asked about crashing their own machine, and whoever stops another’s is', async () => {
  const policy = await loadPolicy(shared, vocabulary);
  const confirmOf = (who: Principal, action: string, owner: string) =>
    policy.decide(who, action, 'vm', attributes('vm', { owner })).confirm;
  expect(confirmOf(member, 'crash', 'bob')).toBe('none');
  expect(confirmOf(member, 'stop', 'bob')).toBeUndefined();
  expect(confirmOf(member, 'destroy', 'bob')).toBeUndefined();
  expect(confirmOf(olga, 'stop', 'bob')).toBe('ack');
  expect(confirmOf(olga, 'stop', 'olga')).toBeUndefined();
  expect(confirmOf(ana, 'destroy', 'bob')).toBe('human');
  expect(confirmOf(ana, 'destroy', 'ana')).toBeUndefined();
  expect(confirmOf(ana, 'exec', 'bob')).toBe('ack');
  expect(confirmOf(ana, 'exec', 'ana')).toBeUndefined();
});

test('what is tagged needs people, whoever owns it', async () => {
  const policy = await loadPolicy(shared, vocabulary);
  const levelOf = (action: string, tag: string, owner = 'bob') =>
    policy.decide(member, action, 'vm', attributes('vm', { owner, [tag]: true })).confirm;
  expect(levelOf('stop', 'tag:production')).toBe('human');
  expect(levelOf('crash', 'tag:production')).toBe('human');
  expect(levelOf('start', 'tag:production')).toBeUndefined();
  expect(levelOf('destroy', 'tag:records')).toBe('two-person');
});

test('a refusal quotes the file, the line, the rule and its reason', async () => {
  const policy = await loadPolicy(['policies/roles.yaml', 'policies/lab-of-one.yaml'], vocabulary);
  const decision = policy.decide(ana, 'destroy', 'vm', attributes('vm', { protected: true }));
  expect(decision).toEqual({
    effect: 'deny',
    rule: expect.stringMatching(/^policies\/roles\.yaml:\d+ protected$/),
    reason: 'It is protected; only an admin may take it away.',
  });
});
