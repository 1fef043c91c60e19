import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { attributeTypes } from '../../src/policy/index.ts';
import { policyOf } from '../../src/policy/load.ts';
import type { SubjectType } from '../../src/sdk/index.ts';
import { attributes, person, vocabulary } from './support.ts';

const page = readFileSync('docs/policy.md', 'utf8');
const roles = { name: 'policies/roles.yaml', text: readFileSync('policies/roles.yaml', 'utf8') };

test('the worked example loads and decides what its table says', () => {
  const example = /```yaml\n(version: 1\n[^`]*)```/.exec(page)?.[1] ?? '';
  const policy = policyOf([roles, { name: 'my-lab.yaml', text: example }], vocabulary);
  const rows = page.split('\n').filter((line) => / (yes|no|yes, asked) \| \S+.* \|$/.test(line));
  expect(rows).toHaveLength(11);
  for (const row of rows) {
    const [who = '', groups = '', action = '', type = '', that = '', answer, because] = row.split(/ *\| */).slice(1);
    const asker = person(who, ...(groups === '–' ? [] : [groups]));
    const subject = type.replaceAll('`', '') as SubjectType;
    const facts = attributes(subject, Object.fromEntries(that.split(', ').map(pair)));
    const { effect, rule, confirm } = policy.decide(asker, action.replaceAll('`', ''), subject, facts);
    const said = effect === 'deny' ? 'no' : confirm === 'ack' ? 'yes, asked' : 'yes';
    expect([row, said, rule.replace(/^\S+:\d+ /, '')]).toEqual([row, answer, because]);
  }
});

/** `tag:exam: true` is the tag `tag:exam`, set. */
function pair(text: string): [string, string | boolean] {
  const [, name = '', value = ''] = /^(.+): (.+)$/.exec(text) ?? [];
  return [name, value === 'true' ? true : value];
}

test('the page names every attribute there is, with its type and its things', () => {
  const words: Readonly<Record<string, string>> = { text: 'string', number: 'number', 'true or false': 'boolean' };
  const lines = page.split('## Where')[1]?.split('## Bindings')[0]?.split('\n') ?? [];
  const documented = lines.flatMap((line) => {
    const [names = '', said = '', of = ''] = line.split(/ *\| */).slice(1);
    if (!/^(all|(vm|cluster|job|host)(, (vm|cluster|job|host))*)$/.test(of)) return [];
    const types = of === 'all' ? Object.keys(attributeTypes) : of.split(', ');
    const attributes = [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace('<name>', '*'));
    return attributes.flatMap((name) => types.map((type) => `${type} ${name} ${words[said] ?? 'string'}`));
  });
  const declared = Object.entries(attributeTypes).flatMap(([type, own]) =>
    Object.entries(own).map(([name, scalar]) => `${type} ${name} ${scalar}`),
  );
  expect(documented.toSorted()).toEqual(declared.toSorted());
});

test('the page’s own example of a complaint is what the loader says', () => {
  const text = `version: 1\nroles: { r: { allow: [{ actions: [start], on: vm, where: { protcted: true } }] } }`;
  expect(() => policyOf([{ name: 'p.yaml', text }], vocabulary)).toThrow(
    /found the attribute "protcted" of a vm, expected one of name, owner, .*; did you mean "protected"\?$/,
  );
  expect(page).toContain(
    'found the attribute "protcted" of a vm, expected one of name, owner, …; did you mean "protected"?',
  );
});
