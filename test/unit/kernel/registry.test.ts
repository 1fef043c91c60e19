import { expect, test } from 'vitest';
import { collect } from '../../../src/kernel/registry.ts';
import { type AnyOperation, operation, z } from '../../../src/sdk/index.ts';

const on = { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect' } } as const;
const read = operation({
  ...{ name: 'thing_look', summary: 'Look at it.', on, effect: 'read' },
  input: z.object({ depth: z.int().default(3).describe('How far.') }),
  output: z.object({ seen: z.string() }),
  run: async () => ({ seen: '' }),
});

const of = (...operations: readonly unknown[]) =>
  collect([{ kind: 'capability', id: 'p', operations: operations as AnyOperation[] }]);

test('every operation is found by its name', () => {
  const entry = of(read).get('thing_look');
  expect(entry).toMatchObject({ plugin: 'p', operation: { name: 'thing_look', effect: 'read' } });
  expect(entry?.checkInput({ cluster_name: 'red' })).toEqual({ cluster_name: 'red', depth: 3 });
});

test('a second of the same name is refused, and both plugins are named', () => {
  const plugin = (id: string) => ({ kind: 'capability' as const, id, operations: [read] });
  expect(() => collect([plugin('one'), plugin('two')])).toThrow('"thing_look" is declared by both one and two.');
});

test.each<[string, object, string]>([
  ['without an effect', { effect: undefined }, 'effect'],
  ['with an effect that there is not', { effect: 'write' }, 'effect'],
  ['without a subject', { on: {} }, 'it has no subject for policy to judge'],
  ['on a type that policy does not know', { on: { x: { type: 'image', from: 'x', action: 'a' } } }, 'on.x'],
  ['that destroys without a preview', { effect: 'destroy' }, 'a destroy has no preview'],
  [
    'that changes all there is',
    { effect: 'change', on: { x: { type: 'vm', every: true, action: 'a' } } },
    'only a read',
  ],
  ['that needs a feature nobody has', { requires: ['root'] }, 'requires.0'],
  ['that needs a port nobody has', { ports: ['shell'] }, 'ports.0'],
  ['with a name that is none', { name: 'Thing Look' }, 'name'],
  ['without code', { run: 'rm -rf /' }, 'run'],
  ['that creates what cannot be created', { creates: { x: { type: 'vm', from: 'x' } } }, 'creates.x'],
])('an operation %s is refused, in whatever language it was written', (_, wrong, message) => {
  expect(() => of({ ...read, ...wrong })).toThrow(
    expect.objectContaining({ code: 'PLUGIN_INVALID', message: expect.stringContaining(message) }),
  );
});

test('what a plugin changes after it was registered changes nothing', () => {
  const mine: Record<string, unknown> = { ...read, on: { cluster: { ...on.cluster } } };
  const found = of(mine).get('thing_look')?.operation;
  mine['effect'] = 'destroy';
  Object.assign(Object(mine['on']).cluster, { action: 'none' });
  expect(found).toMatchObject({ effect: 'read', on: { cluster: { action: 'inspect' } } });
});

test('what an operation is not declared to take is refused; what it is not declared to answer is left out', () => {
  const entry = of(read).get('thing_look');
  for (const input of [{}, { cluster_name: 'red', shell: 1 }, { cluster_name: 'red', depth: '3' }, 'red', null])
    expect(() => entry?.checkInput(input)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  expect(entry?.checkOutput({ seen: 'x', secret: 'y' })).toEqual({ seen: 'x' });
  expect(() => entry?.checkOutput({ seen: 1 })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});
