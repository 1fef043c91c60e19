import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { policySchema } from '../../src/policy/index.ts';
import { dice, randomPolicy, written } from './random.ts';
import { complaint, everybody, vocabulary } from './support.ts';

const fits = new Ajv2020({ strict: true, strictRequired: false }).compile(policySchema(vocabulary));

test('the editor’s schema accepts every shipped policy and every policy that loads', () => {
  for (const name of ['roles', 'lab-of-one', 'shared-lab.example'])
    expect([name, fits(parse(readFileSync(`policies/${name}.yaml`, 'utf8'))), fits.errors]).toEqual([name, true, null]);
  for (let seed = 1; seed <= 40; seed++)
    expect([seed, fits(parse(written(randomPolicy(dice(seed)))))]).toEqual([seed, true]);
});

test('the editor’s schema underlines what the loader refuses', () => {
  for (const rule of [
    'action: [start], on: vm',
    'actions: [start]',
    'actions: [], on: vm',
    'actions: [strat], on: vm',
    'actions: [start], on: job',
    'actions: [start], on: [vm, job]',
    "actions: ['*', start], on: vm",
    'actions: [start], on: all',
    'actions: [start], on: vm, where: {}',
    'actions: [start], on: vm, where: { ownr: $me }',
    'actions: [inspect], on: [vm, host], where: { owner: $me }',
    'actions: [start], on: vm, where: { owner: $you }',
    'actions: [start], on: vm, where: { name: web-* }',
    'actions: [start], on: vm, where: { owner: 7 }',
    'actions: [start], on: vm, where: { kind: vms }',
    'actions: [start], on: vm, where: { owner: { regex: a } }',
    'actions: [start], on: vm, where: { owner: { in: [] } }',
    'actions: [start], on: vm, where: { owner: { in: [a], ne: b } }',
    'actions: [start], on: vm, where: { tag:*: true }',
    'actions: [start], on: vm, where: { tag:ci: yes }',
    'actions: [start], on: vm, level: ack',
    'actions: [start], on: vm, where: { vcpus: { gt: eight } }',
    'actions: [start], on: vm, where: { vcpus: { gt: 8, ne: 9 } }',
    'actions: [start], on: vm, where: { owner: { gt: 8 } }',
  ]) {
    const text = everybody(`allow: [{ ${rule} }]`);
    expect([rule, complaint(text).startsWith('p.yaml:4:'), fits(parse(text))]).toEqual([rule, true, false]);
  }
  for (const text of [
    'version: 2',
    'version: 1\nrules: []',
    everybody('deny: [{ actions: [start], on: vm }]'),
    everybody('confirm: [{ level: humans, actions: [start], on: vm }]'),
    everybody('allow: []').replace("users: ['*']", "agents: ['a*']"),
    everybody('allow: []').replace(", users: ['*']", ''),
  ])
    expect([complaint(text).length > 0, text, fits(parse(text))]).toEqual([true, text, false]);
});
