import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPolicy, policyOf, weighed } from '../../src/policy/index.ts';
import { LabError } from '../../src/sdk/index.ts';
import { dice } from '../policy/random.ts';
import { attributes, complaint, everybody, person, vocabulary } from '../policy/support.ts';

const role = everybody('allow: []');
const scale = { vocabulary, destructive: new Set(['destroy', 'crash', 'cut']) };

const folder = mkdtempSync(join(tmpdir(), 'labwarden-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path(name), content);
  return path(name);
};
const refusal = async (file: string) => {
  const error = await loadPolicy([file], vocabulary).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LabError);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  return (error as LabError).message;
};

describe('what is not a plain file of text', () => {
  test('is refused by name', async () => {
    symlinkSync(put('real.yaml', role), path('link.yaml'));
    execFileSync('mkfifo', [path('fifo')]);
    expect(await refusal(path('none.yaml'))).toMatch(
      `${path('none.yaml')} cannot be read: there is no such file (ENOENT).`,
    );
    expect(await refusal(path('link.yaml'))).toContain('it is a symbolic link; name the file itself');
    expect(await refusal(path('fifo'))).toContain('it is not a plain file');
    expect(await refusal(folder)).toContain('it is not a plain file');
    expect(await refusal('/dev/zero')).toContain('it is not a plain file');
    expect(await refusal(put('latin1.yaml', Uint8Array.of(0x23, 0xe9, 0x0a)))).toContain('it is not UTF-8 text');
    expect(await refusal(put('binary.yaml', Uint8Array.of(0x23, 0, 1, 2)))).toContain('found the invisible U+0000');
  });

  test('is refused when it is huge, and not when it is just within the limit', async () => {
    const filled = (size: number) => `${role}\n${'#'.repeat(size - role.length - 1)}`;
    expect(await refusal(put('huge.yaml', filled(128 * 1024 + 1)))).toContain('it is larger than 128 KiB');
    expect((await loadPolicy([put('big.yaml', filled(128 * 1024))], vocabulary)).roles(person('ana'))).toEqual(['all']);
    await expect(loadPolicy(Array(33).fill('x.yaml'), vocabulary)).rejects.toThrow('33 policy files; at most 32.');
  });
});

test('an alias bomb is refused at its first anchor', () => {
  const levels = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`);
  expect(complaint(['version: 1', 'a0: &a0 [x]', ...levels].join('\n'))).toBe(
    'p.yaml:2:9: found the anchor "&a0", expected none.',
  );
  expect(complaint('version: 1\nroles: *r')).toBe('p.yaml:2:8: found the alias "*r", expected the value itself.');
});

test('nothing of YAML that means more than it looks is let in', () => {
  for (const [text, said] of [
    [`${role}\n<<: { roles: {} }`, 'found a merge key'],
    [`${role}\n? [a]\n: b`, 'found a key that is not text'],
    [`${role}\nversion: 1`, 'found the key "version" again'],
    [role.replace('  all:', '  all: {}\n  "all":'), 'found the key "all" again'],
    [role.replace('version: 1', 'version: !!int 1'), 'found the tag'],
    [role.replace('allow: []', 'allow: !!js/function []'), 'found the tag'],
    [role.replace('allow: []', 'allow: !<tag:yaml.org,2002:seq> []'), 'found the tag'],
    [`%YAML 1.1\n---\n${role}`, 'found a % directive'],
    [`%TAG !y! tag:example.com,2000:\n---\n${role}`, 'found a % directive'],
    [`%SHELL rm\n---\n${role}`, 'found a % directive'],
    [`${role}\n---\n${role}`, 'found a second document'],
    [role.replace('version: 1', 'version: 1 # \u202e'), 'found the invisible U+202E'],
    [role.replace('ana', 'a\u200bna').replace("'*'", '"a\u200bna"'), 'found the invisible U+200B'],
    ['', 'found nothing'],
    ['\ufeff', 'found'],
    ['null', 'expected'],
    ['- version: 1', 'expected a map'],
    ['version', 'expected a map'],
  ] as const)
    expect([text, complaint(text)]).toEqual([text, expect.stringContaining(said)]);
});

test('a file as deep as it is long is refused', () => {
  const deep = 20_000;
  for (const text of [
    '['.repeat(deep),
    `${'['.repeat(deep)}${']'.repeat(deep)}`,
    '- '.repeat(deep),
    '? '.repeat(deep),
    '{a: '.repeat(20_000),
  ])
    expect(complaint(text)).toContain('found too many levels');
  expect(complaint(`version: 1\nx: ${'['.repeat(11)}${']'.repeat(11)}`)).toContain('found too many levels');
});

describe('names that mean something to JavaScript mean nothing in a policy', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__caslSubjectType__'];
  const places: readonly ((name: string) => string)[] = [
    (name) => `version: 1\n${name}: { x: 1 }`,
    (name) => everybody(`${name}: []`),
    (name) => everybody(`allow: [{ actions: [start], on: vm, ${name}: { x: 1 } }]`),
    (name) => everybody(`allow: [{ actions: [${name}], on: vm }]`),
    (name) => everybody(`allow: [{ actions: [start], on: ${name} }]`),
    (name) => everybody(`allow: [{ actions: [start], on: vm, where: { ${name}: x } }]`),
    (name) => everybody(`allow: [{ actions: [start], on: vm, where: { owner: { ${name}: x } } }]`),
    (name) => everybody(`include: [${name}]`),
    (name) => role.replace('role: all', `role: ${name}`),
  ];

  test('wherever they stand', () => {
    for (const name of names)
      for (const place of places) expect(complaint(place(name))).toMatch(/^p\.yaml:\d+:\d+: found /);
    expect(complaint('version: 1\nroles: { __proto__: { allow: [] } }')).toContain('found the key "__proto__"');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('a role that is called constructor is just a role', () => {
    const text = 'version: 1\nroles: { constructor: {} }\nbindings: [{ role: constructor, users: [ana] }]';
    const loaded = policyOf([{ name: 'p.yaml', text }], vocabulary);
    expect(loaded.roles(person('ana'))).toEqual(['constructor']);
    expect(loaded.roles(person('constructor'))).toEqual([]);
    expect(loaded.roles(person('eve', '__proto__', 'toString'))).toEqual([]);
  });
});

test('more rules or roles than anybody could read are refused', () => {
  const rules = Array.from({ length: 2_001 }, () => '  - { actions: [start], on: vm }');
  expect(complaint(everybody('allow:', ...rules))).toBe('The policy files have 2001 rules; at most 2000 are allowed.');
  const roles = Array.from({ length: 201 }, (_, at) => `  r${at}: {}`);
  expect(complaint(['version: 1', 'roles:', ...roles].join('\n'))).toBe(
    'The policy files have 201 roles; at most 200 are allowed.',
  );
});

test('what a policy may cost is bounded over all its files together', () => {
  const rule = '      - { actions: [start], on: vm }';
  const text = (name: string, count: number) =>
    ['version: 1', `roles:`, `  ${name}:`, '    allow:', ...Array(count).fill(rule)].join('\n');
  const refusalOf = (...texts: readonly string[]) => {
    const files = texts.map((one, at) => ({ name: `${at}.yaml`, text: one }));
    expect(() => policyOf(files, vocabulary)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    const weight = weighed(policyOf([{ name: 'p.yaml', text: 'version: 1' }], vocabulary), files, scale);
    return weight.is === 'broken' ? weight.problem : weight.is;
  };
  expect(refusalOf(text('a', 100_000))).toBe('The policy files are larger than 1024 KiB together.');
  expect(refusalOf(text('a', 3_000), text('b', 3_000))).toMatch(
    /^1\.yaml:\d+:\d+: found too many words, expected a shorter file\.$/,
  );
  expect(refusalOf(text('a', 1_500), text('b', 501))).toBe(
    'The policy files have 2001 rules; at most 2000 are allowed.',
  );
  const bindings = Array(2_001).fill("  - { role: a, users: ['*'] }");
  expect(refusalOf(text('a', 1), ['version: 1', 'bindings:', ...bindings].join('\n'))).toBe(
    'The policy files have 2001 bindings; at most 2000 are allowed.',
  );
});

test('comparing with the policy before ends too, and says so when it has seen too little', () => {
  const tags = (from: number) => Array.from({ length: 40 }, (_, at) => `tag:t${from + at}: { ne: true }`).join(', ');
  const wide = (from: number) => everybody(`allow: [{ actions: [destroy], on: vm, where: { ${tags(from)} } }]`);
  const groups = Array.from({ length: 400 }, (_, at) => `r${at}`);
  const roles = groups.map(
    (name) => `  ${name}: { allow: [{ actions: [destroy], on: vm, where: { owner: ${name} } }] }`,
  );
  const crowd = [
    'version: 1',
    'roles:',
    ...roles.slice(0, 200),
    'bindings:',
    ...groups.slice(0, 200).map((name) => `  - { role: ${name}, groups: [${name}] }`),
  ];
  const none = policyOf([{ name: 'p.yaml', text: 'version: 1' }], vocabulary);
  for (const [before, after] of [
    [policyOf([{ name: 'p.yaml', text: wide(0) }], vocabulary), wide(1)],
    [none, crowd.join('\n')],
  ] as const)
    expect(weighed(before, [{ name: 'p.yaml', text: after }], scale)).toMatchObject({
      is: 'new',
      widens: ['There is too much to compare; it may give more than before.'],
    });
});

test('a value of another kind is refused wherever it stands', () => {
  const kinds = ['{ a: b }', '[[a]]', '{}', 'null', 'true', '7', '"7"', '.inf'];
  const places: readonly ((kind: string) => string)[] = [
    (kind) => role.replace('version: 1', `version: ${kind}`),
    (kind) => `version: 1\nroles: { r: { allow: ${kind} } }`,
    (kind) => everybody(`allow: [${kind}]`),
    (kind) => everybody(`include: [${kind}]`),
    (kind) => everybody(`allow: [{ actions: [${kind}], on: vm }]`),
    (kind) => everybody(`allow: [{ actions: [start], on: ${kind} }]`),
    (kind) => everybody(`allow: [{ actions: [start], on: [${kind}] }]`),
    (kind) => everybody(`allow: [{ actions: [start], on: vm, id: ${kind.replace('"7"', '""')} }]`),
    (kind) => everybody(`allow: [{ actions: [start], on: vm, where: { protected: ${kind.replace('true', 'yes')} } }]`),
    (kind) => everybody(`confirm: [{ actions: [start], on: vm, level: ${kind} }]`),
    (kind) => role.replace('role: all', `role: ${kind}`),
    (kind) => role.replace("['*']", `[[${kind}]]`),
  ];
  for (const kind of kinds)
    for (const place of places) expect(complaint(place(kind))).toMatch(/^p\.yaml:\d+:\d+: found /);
});

test('includes that fan out at every step are followed once each', () => {
  const roles = Array.from({ length: 199 }, (_, at) => `  r${at}: { include: [${Array(20).fill(`r${at + 1}`)}] }`);
  const last = '  r199: { allow: [{ id: last, actions: [start], on: vm }] }';
  const text = ['version: 1', 'roles:', ...roles, last, "bindings: [{ role: r0, users: ['*'] }]"].join('\n');
  const loaded = policyOf([{ name: 'p.yaml', text }], vocabulary);
  expect(loaded.roles(person('ana'))).toHaveLength(200);
  expect(loaded.decide(person('ana'), 'start', 'vm', attributes('vm')).rule).toBe('p.yaml:202 last');
});

test('many keys, many words and long words are refused without comparing all with all', () => {
  const keys = Array.from({ length: 12_000 }, (_, at) => `k${at}: 1`);
  expect(complaint(keys.join('\n'))).toContain('found the key "k0"');
  expect(complaint(everybody(`allow: [{ actions: [${'x'.repeat(100_000)}], on: vm }]`)).length).toBeLessThan(300);
  expect(
    complaint(everybody(`allow: [{ actions: [start], on: vm, where: { ${'o'.repeat(1_000)}: x } }]`)).length,
  ).toBeLessThan(400);
});

test('what cannot be seen in a file cannot be spelt out in it either, nor get into a complaint', () => {
  for (const [spelt, code] of [
    ['\\e[31m', '001B'],
    ['\\u202e', '202E'],
    ['\\x07', '0007'],
    ['\\0', '0000'],
    ['\\uD83D', 'D83D'],
  ] as const)
    for (const place of [`allow: [{ actions: ["st${spelt}art"], on: vm }]`, `"al${spelt}low": []`])
      expect(complaint(everybody(place))).toMatch(new RegExp(`: found the invisible U\\+${code}, `));
  expect(complaint(everybody('allow: [{ actions: ["st\\nart"], on: vm }]'))).toMatch(
    /^.*found the action "st\\nart".*$/,
  );
});

test('a policy with random damage loads or is refused, and nothing else', () => {
  const whole = readFileSync('policies/roles.yaml', 'utf8').replace(/^ *#.*\n/gm, '');
  const d = dice(20_26);
  const bits = [
    ...'{}[]:,*&!|>%@`"\'#-? \n\t\0',
    '<<',
    '$me',
    '__proto__',
    'null',
    '.nan',
    '1e999',
    '\u{1f600}',
    '\ud800',
  ];
  const outcomes = new Set<string>();
  for (let round = 0; round < 300; round++) {
    let text = whole;
    for (let hits = 1 + d.below(3); hits > 0; hits--) {
      const at = d.below(text.length);
      text = text.slice(0, at) + (d.below(3) ? d.one(bits) : '') + text.slice(at + d.below(8));
    }
    outcomes.add(outcome(text));
  }
  expect([...outcomes].sort()).toEqual(['loaded', 'refused']);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

function outcome(text: string): string {
  try {
    policyOf([{ name: 'p.yaml', text }], vocabulary);
    return 'loaded';
  } catch (error) {
    return error instanceof LabError && error.code === 'CONFIG_INVALID' ? 'refused' : String(error);
  }
}
