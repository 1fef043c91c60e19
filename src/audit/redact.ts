import type { JsonSchema } from '../sdk/index.ts';
import { type AuditKey, hmac } from './keys.ts';

/**
 * Arguments as the log may show them. Numbers, booleans, null and the schema's own words stay; every other string becomes
 * its HMAC, unless its node of the schema says `x-audit: plain`. What the schema does not know is hidden, names of members too.
 */
export const redact = (args: object, schema: JsonSchema, key: AuditKey): object =>
  Object(hide(args, schema, { key, depth: 0 }));

interface Where {
  readonly key: AuditKey;
  readonly depth: number;
}

const deepest = 32;

function hide(value: unknown, schema: unknown, { key, depth }: Where): unknown {
  if (depth > deepest) return `more than ${deepest} levels deep`;
  const nodes = nodesFor(value, schema);
  if (typeof value === 'string') return shown(value, nodes) ? value : hmac(value, key);
  if (typeof value !== 'object' || value === null) return value;
  // Of several shapes it could have, none is trusted.
  const node = nodes.length === 1 ? nodes[0] : undefined;
  const below = { key, depth: depth + 1 };
  if (Array.isArray(value)) return value.map((item, at) => hide(item, itemSchema(node, at), below));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => member(name, item, node, below)));
}

/** The parts of a schema that a value of this type can meet. */
function nodesFor(value: unknown, schema: unknown): readonly JsonSchema[] {
  const node: JsonSchema = Object(schema);
  const choices = node['anyOf'] ?? node['oneOf'];
  const mark = node['x-audit'] === undefined ? {} : { 'x-audit': node['x-audit'] };
  if (Array.isArray(choices)) return choices.flatMap((choice) => nodesFor(value, { ...choice, ...mark }));
  const types: unknown = node['type'];
  return types === undefined || [types].flat().includes(typeOf(value)) ? [node] : [];
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/** When every shape the string could have lets it be seen. */
const shown = (text: string, nodes: readonly JsonSchema[]): boolean =>
  nodes.length > 0 && nodes.every((node) => node['x-audit'] === 'plain' || words(node).includes(text));

const words = (node: JsonSchema): readonly unknown[] =>
  Array.isArray(node['enum']) ? node['enum'] : 'const' in node ? [node['const']] : [];

const itemSchema = (node: JsonSchema | undefined, at: number): unknown =>
  Array.isArray(node?.['prefixItems']) && at < node['prefixItems'].length ? node['prefixItems'][at] : node?.['items'];

function member(name: string, item: unknown, node: JsonSchema | undefined, where: Where): [string, unknown] {
  const properties: JsonSchema = Object(node?.['properties']);
  if (Object.hasOwn(properties, name)) return [name, hide(item, properties[name], where)];
  return [hmac(name, where.key), hide(item, node?.['additionalProperties'], where)];
}
