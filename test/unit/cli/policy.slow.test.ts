import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownFolder } from '../../support/folder.ts';
import { said } from '../../support/policy-said.ts';

const roles = `version: 1
roles:
  user:
    allow:
      - { id: own, actions: [start, stop, destroy], on: [vm, cluster], where: { owner: $me } }
`;
const bound = `${roles}bindings:\n  - { role: user, groups: [lab] }\n`;

async function files(texts: Readonly<Record<string, string>>) {
  const folder = await ownFolder();
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder.path, name), text);
  const at = (name: string) => join(folder.path, name);
  return { at, config: ['--config', at('lab.yaml')], [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

const config = 'policies: [p.yaml]\nstate_dir: state\n';

describe('check', () => {
  test('0 for a policy that says what it means; it says how much it read', async () => {
    await using lab = await files({ 'lab.yaml': config, 'p.yaml': bound });
    expect(await said('check', ...lab.config)).toEqual({
      code: 0,
      out: '1 file: 0 errors, 0 warnings, 0 notes\n',
      err: '',
    });
  });

  test('1 for one that does not load, with everything that is wrong in each file', async () => {
    const broken = `version: 1\nroles:\n  r:\n    allow:\n      - { actions: [strat], on: vm }\n      - { actions: [start], on: vm, where: { ownr: ana } }\n`;
    const misspelt = 'version: 1\nrols: {}\nbindings: [{ role: user, user: [ana] }]\n';
    await using lab = await files({ 'lab.yaml': config, 'a.yaml': broken, 'b.yaml': misspelt, 'c.yaml': 'version: [' });
    const { code, out } = await said('check', lab.at('a.yaml'), lab.at('b.yaml'), lab.at('c.yaml'), ...lab.config);
    expect(code).toBe(1);
    expect(
      out
        .replaceAll(`${lab.at('')}/`, '')
        .split('\n')
        .map((line) => line.replace(/expected.*did/, '… did')),
    ).toEqual([
      'a.yaml:5:21: error: found the action "strat" on a vm, … did you mean "start"? [invalid]',
      'a.yaml:6:46: error: found the attribute "ownr" of a vm, … did you mean "owner"? [invalid]',
      'b.yaml:2:1: error: found the key "rols", … did you mean "roles"? [invalid]',
      'b.yaml:3:26: error: found the key "user", … did you mean "users"? [invalid]',
      expect.stringMatching(/^c\.yaml:1:\d+: error: not YAML: .* \[invalid\]$/),
      '3 files: 5 errors, 0 warnings, 0 notes',
      '',
    ]);
  });

  test('what is wrong only between files is told too', async () => {
    await using lab = await files({ 'lab.yaml': config, 'p.yaml': bound.replace('role: user', 'role: usr') });
    const { code, out } = await said('check', ...lab.config);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/p\.yaml:7:13: error: found the role "usr", expected "user"; did/),
    ]);
  });

  test('warnings fail only when they should', async () => {
    const twice = roles.replace(/( +- )\{ id: own(.*)\n/, '$1{ id: own$2\n$1{ id: again$2\n');
    await using lab = await files({
      'lab.yaml': config,
      'p.yaml': `${twice}bindings: [{ role: user, groups: [lab] }]\n`,
    });
    expect(await said('check', ...lab.config)).toMatchObject({
      code: 0,
      out: expect.stringContaining('p.yaml:6:9: warning: rule "again" says the same as '),
    });
    const { code, out } = await said('check', '--strict', '--json', ...lab.config);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      errors: 0,
      warnings: 1,
      notes: 0,
      problems: [{ code: 'duplicate', line: 6, column: 9 }],
    });
  });

  test('2 for what cannot be read', async () => {
    await using lab = await files({ 'lab.yaml': config });
    expect(await said('check', ...lab.config)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('p.yaml cannot be read'),
    });
    expect(await said('check', '--config', lab.at('none.yaml'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('none.yaml'),
    });
  });
});

describe('test', () => {
  const table = (expect: string) =>
    `version: 1\nprincipals: { sam: { groups: [lab] } }\nthings: { own: { type: vm, owner: $me } }\ntests: [{ who: sam, action: start, on: own, expect: ${expect} }]\n`;

  test('finds the tables beside the policies, and fails with the row and the rule', async () => {
    await using lab = await files({
      'lab.yaml': config,
      'p.yaml': bound,
      'p.test.yaml': table('allow'),
      'x.test.yaml': table('deny'),
    });
    const { code, out } = await said('test', ...lab.config);
    expect(code).toBe(1);
    expect(out.replaceAll(`${lab.at('')}/`, '')).toBe(
      'x.test.yaml:4: sam start own (vm): expected deny, got allow by p.yaml:5 own\n' +
        '2 decisions in 2 tables: 1 as expected, 1 not\n1 of 1 rules asked for (100 %)\n',
    );
    expect((await said('test', lab.at('p.test.yaml'), ...lab.config)).code).toBe(0);
  });

  test('too few rules asked for is a failure when somebody says how many', async () => {
    const more = bound.replace(
      'bindings',
      "    deny: [{ id: no, actions: [stop], on: vm, where: { leased: true }, reason: 'No.' }]\nbindings",
    );
    await using lab = await files({ 'lab.yaml': config, 'p.yaml': more, 'p.test.yaml': table('allow') });
    expect((await said('test', ...lab.config)).code).toBe(0);
    const { code, out, err } = await said('test', '--coverage', '80', ...lab.config);
    expect([code, err]).toEqual([
      1,
      'labwarden: 50 % of the rules are asked for, less than the 80 % that --coverage wants.\n',
    ]);
    expect(out).toMatch(/^never asked for: .*p\.yaml:6 no \(role user\)$/m);
    expect(JSON.parse((await said('test', '--json', ...lab.config)).out)).toMatchObject({
      ...{ decisions: 1, failures: [], coverage: { rules: 2, exercised: 1, percent: 50 } },
    });
  });

  test('2 where there is no table, or none that can be read', async () => {
    await using lab = await files({ 'lab.yaml': config, 'p.yaml': bound });
    expect(await said('test', ...lab.config)).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no *.test.yaml in '),
    });
    expect((await said('test', lab.at('none.test.yaml'), ...lab.config)).code).toBe(2);
  });
});

describe('diff', () => {
  test('0 the same, 1 less, 2 more, 3 not compared; of policy files, and of configs', async () => {
    const less = bound.replace('[start, stop, destroy]', '[start, stop]');
    await using lab = await files({
      'lab.yaml': config,
      'p.yaml': bound,
      'less.yaml': less,
      'roles.yaml': roles,
      'bound.yaml': 'version: 1\nbindings: [{ role: user, groups: [lab] }]\n',
      'less-lab.yaml': config.replace('p.yaml', 'less.yaml'),
    });
    const code = async (a: string, b: string) => (await said('diff', a, b, ...lab.config)).code;
    expect(await code(lab.at('p.yaml'), lab.at('p.yaml'))).toBe(0);
    expect(await code(lab.at('p.yaml'), `${lab.at('roles.yaml')},${lab.at('bound.yaml')}`)).toBe(0);
    expect(await code(lab.at('lab.yaml'), lab.at('less-lab.yaml'))).toBe(1);
    const { out } = await said('diff', lab.at('less-lab.yaml'), lab.at('p.yaml'));
    expect(out.replaceAll(`${lab.at('')}/`, '')).toBe(
      'role user\n' +
        '  + destroy on vm, cluster where owner: $me: no (no rule allows it) → yes (p.yaml:5 own), asked: ack\nSomebody may do more, or is asked less.\n',
    );
    expect(JSON.parse((await said('diff', '--json', lab.at('less.yaml'), lab.at('p.yaml'))).out)).toMatchObject({
      differences: [
        {
          who: 'role user',
          changes: [
            { sign: '+', action: 'destroy', type: 'vm' },
            { sign: '+', type: 'cluster' },
          ],
        },
      ],
    });
    expect(await code(lab.at('p.yaml'), lab.at('none.yaml'))).toBe(3);
    expect(await said('diff', lab.at('p.yaml'))).toMatchObject({
      code: 3,
      err: expect.stringContaining('AFTER is missing; use: labwarden policy diff BEFORE AFTER'),
    });
  });
});

describe('explain and whocan', () => {
  test('say why, and answer with their exit code', async () => {
    await using lab = await files({ 'lab.yaml': config, 'p.yaml': bound });
    const sam = ['explain', ...lab.config, '--user', 'sam', '--group', 'lab'];
    const { code, out } = await said(...sam, 'destroy', 'vm', 'owner=sam');
    expect([code, out.replaceAll(`${lab.at('')}/`, '')]).toEqual([
      0,
      [
        'yes: sam "destroy" on vm owner=sam',
        '  taken as usual  name=example project=default provider=main protected=false leased=false trashed=false shared=none cluster= role= kind=vm managed=true vcpus=1 memory_mb=1024 disk_gb=10',
        '  roles           user',
        '  decided by      p.yaml:5 own',
        '  asked first     ack (no rule says otherwise of what destroys)',
        '  otherwise       owner: any other → no, (default deny)',
        '',
      ].join('\n'),
    ]);
    expect(await said(...sam, 'destroy', 'vm', 'owner=$me')).toMatchObject({ code: 0 });
    expect(await said(...sam, 'destroy', 'vm')).toMatchObject({
      code: 1,
      out: expect.stringContaining('wants owner: $me (it is somebody-else)'),
    });
    expect(await said('whocan', 'start', 'vm', ...lab.config)).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^group lab can, .*\nallow role user \(.*p\.yaml:5 own\) where owner: \$me: group lab\n$/,
      ),
    });
    expect(await said('whocan', 'crash', 'vm', ...lab.config)).toMatchObject({ code: 1, out: 'Nobody can.\n' });
  });
});

test.each([
  [
    ['chekc'],
    'labwarden policy takes one of check, test, explain, diff, whocan, replay, reload, accept, not "chekc"; did you mean "check"?',
  ],
  [[], 'labwarden policy takes one of check, test, explain'],
  [['constructor'], 'not "constructor"'],
  [['check', '--strcit'], '"--strcit" is not understood here (did you mean "--strict"?); use: labwarden policy check '],
  [['test', '--coverage', 'most'], '--coverage is "most", expected a whole number from 0 to 100.'],
  [['explain', 'start', 'vm'], 'Whose call it is must be said with --user'],
  [['explain', '--user', 'sam', 'start'], 'An action and a type of thing are wanted'],
  [['explain', '--user', 'sam', 'strat', 'vm'], 'There is no action "strat" on a vm; expected one of '],
  [
    ['explain', '--user', 'sam', 'start', 'vms'],
    'There is no type "vms"; expected one of vm, cluster, job, host, lab; did you mean "vm"?',
  ],
  [['explain', '--user', 'sam', 'start', 'vm', 'owner'], '"owner" is no attribute; write attribute=value.'],
  [
    ['explain', '--user', 'sam', 'start', 'vm', 'vcpus=many'],
    '"vcpus=many": found "many" for "vcpus", expected a number.',
  ],
  [
    ['explain', '--user', 'sam', 'start', 'vm:red', 'owner=sam'],
    'vm:red has its own attributes; leave out its name, or owner.',
  ],
  [['whocan', 'start', 'vm', '--policies', ','], 'No policy file was named; name one.'],
  [['replay', 'all'], '"all" is one word too many; use: labwarden policy replay '],
  [['replay', '--since', 'yesterday'], '--since is "yesterday", expected a time such as '],
])('policy %j is told in one line what is wrong', async (args, sentence) => {
  const { code, out, err } = await said(...args);
  expect([code, out, err.split('\n').length]).toEqual([2, '', 2]);
  expect(err).toContain(sentence);
});
