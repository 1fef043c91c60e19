import { type AnyOperation, type CapabilityPlugin, defineCapability } from 'labwarden/sdk';
import { capabilityContract } from 'labwarden/sdk/testing';
import { describe, expect, test } from 'vitest';
import { plugin as clusters } from '../../plugins/clusters/index.ts';
import { plugin as jobs } from '../../plugins/jobs/index.ts';
import { plugin as lab } from '../../plugins/lab/index.ts';
import { plugin as crossing } from '../support/crossing/index.ts';

describe.each<CapabilityPlugin>([clusters, jobs, lab, crossing])('$id keeps the contract', (plugin) => {
  for (const { name, keep } of capabilityContract(plugin)) test(name, keep);
});

const [honest] = crossing.operations;
if (!honest) throw new Error('no operation');

const open = { type: 'object', properties: { a: { type: 'string', description: 'A.' } } };
const mute = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };

test.each<[string, Partial<AnyOperation>]>([
  ['its name is a noun and a verb in snake_case', { name: 'edgeWait' }],
  ['its name is a noun and a verb in snake_case', { name: 'edge' }],
  ['its summary is a sentence or two', { summary: `${'Very '.repeat(80)}long.` }],
  ['its summary is a sentence or two', { summary: 'waits' }],
  ['policy has something to judge', { on: {}, creates: {} }],
  ['its schemas are closed objects', { output: open }],
  ['its schemas are closed objects', { input: { ...mute, properties: { list: { type: 'array', items: open } } } }],
  ['its schemas are closed objects', { output: { type: 'array' } }],
  ['every input field says what it is', { input: mute }],
  ['its effect has what it owes', { effect: 'destroy' }],
  ['its effect has what it owes', { preview: async () => ({ summary: '', effects: [] }) }],
  ['its effect has what it owes', { recover: async () => 'undone' }],
])('an operation that breaks it is found: %s', (promise, wrong) => {
  const plugin = defineCapability({ id: 'wrong', operations: [{ ...honest, ...wrong }] });
  const broken = capabilityContract(plugin).filter(({ keep }) => throws(keep));
  expect(broken.map(({ name }) => name.slice(name.indexOf(': ') + 2))).toContain(promise);
});

function throws(keep: () => void): boolean {
  try {
    keep();
    return false;
  } catch {
    return true;
  }
}
