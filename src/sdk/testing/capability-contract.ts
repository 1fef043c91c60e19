import { equal, match, ok } from 'node:assert/strict';
import type { AnyOperation, CapabilityPlugin } from '../capability.ts';
import type { JsonSchema } from '../schema.ts';

export interface CapabilityPromise {
  readonly name: string;
  /** Throws an error whose sentence says how the promise was broken. */
  keep(): void;
}

/** What every operation of a capability promises, as data: no host is needed. */
export const capabilityContract = ({ operations }: CapabilityPlugin): readonly CapabilityPromise[] =>
  operations.flatMap((operation) =>
    Object.entries(promises).map(([name, keep]) => ({
      name: `${operation.name}: ${name}`,
      keep: () => keep(operation),
    })),
  );

const promises: Readonly<Record<string, (operation: AnyOperation) => void>> = {
  'its name is a noun and a verb in snake_case'({ name }) {
    match(name, /^(?=.{3,40}$)[a-z][a-z0-9]*(_[a-z0-9]+)+$/, `"${name}" is no name for a tool.`);
  },

  'its summary is a sentence or two'({ name, summary }) {
    ok(summary.length <= 300, `The summary of "${name}" has ${summary.length} characters; 300 is the most.`);
    match(summary, /^[A-Z].*\.$/, `The summary of "${name}" is no sentence: "${summary}"`);
  },

  'policy has something to judge'({ name, on, creates }) {
    ok(Object.keys({ ...on, ...creates }).length > 0, `"${name}" acts on nothing.`);
  },

  'its schemas are closed objects'({ name, input, output }) {
    for (const [what, schema] of Object.entries({ input, output })) {
      equal(schema['type'], 'object', `The ${what} of "${name}" is no object.`);
      for (const [path, inner] of objects(schema, what))
        equal(inner['additionalProperties'], false, `${path} of "${name}" lets in fields it does not name.`);
    }
  },

  'every input field says what it is'({ name, input }) {
    for (const [path, inner] of objects(input, 'input'))
      for (const [field, schema] of Object.entries(Object(inner['properties'])))
        match(
          String(Object(schema)['description']),
          /^(?!undefined)\S/,
          `${path}.${field} of "${name}" has no description.`,
        );
  },

  'its effect has what it owes'({ name, effect, idempotent, preview, effectOf, recover }) {
    if (effect === 'destroy') ok(preview, `"${name}" destroys, and shows nobody what.`);
    else ok(!preview, `"${name}" has a preview, and destroys nothing.`);
    if (effect !== 'read') return;
    ok(!effectOf && !recover, `"${name}" is a read: there is nothing to weaken and nothing to recover.`);
    ok(idempotent, `"${name}" is a read that is not idempotent.`);
  },
};

type Node = readonly [path: string, schema: JsonSchema];

/** Every schema within that names properties, with the way to it. */
function objects(schema: unknown, path: string): readonly Node[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([key, value]) => objects(value, `${path}.${key}`));
  return 'properties' in schema && 'type' in schema ? [[path, { ...schema }], ...inner] : inner;
}
