import { type JsonSchema, jsonSchema, type SubjectType } from '../sdk/index.ts';
import { attributeTypes, attributeWords, type ScalarType, subjectTypes } from './attributes.ts';
import { policyFile } from './language.ts';
import { complete, type Vocabulary } from './vocabulary.ts';

/** The language as JSON Schema, for editors: completes actions and attributes by the type that a rule is on. */
export function policySchema(vocabulary: Vocabulary): JsonSchema {
  const { actions } = complete(vocabulary);
  const schema = structuredClone(jsonSchema(policyFile, 'The policy language'));
  for (const list of ['allow', 'deny', 'confirm']) {
    const rule = at(schema, ['properties', 'roles', 'additionalProperties', 'properties', list, 'items']);
    Object.assign(rule, { allOf: subjectTypes.map((type) => onType(type, actions[type])) });
  }
  Object.assign(at(schema, ['properties', 'bindings', 'items']), {
    anyOf: [{ required: ['users'] }, { required: ['groups'] }, { required: ['agents'] }],
  });
  return { title: 'labwarden policy', ...schema };
}

/** Only as sure as the shape of language.ts; the test of this file would not pass otherwise. */
const at = (schema: object, path: readonly string[]): object =>
  path.reduce<object>((node, step) => Object(Reflect.get(node, step)), schema);

const onType = (type: SubjectType, actions: readonly string[]) => ({
  if: {
    required: ['on'],
    properties: { on: { anyOf: [{ const: type }, { type: 'array', contains: { const: type } }] } },
  },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word, and nobody awaits a schema.
  then: {
    properties: {
      actions: { anyOf: [{ const: ['*'] }, { type: 'array', items: { enum: actions } }] },
      where: whereOf(type),
    },
  },
});

const whereOf = (type: SubjectType) => {
  const { 'tag:*': tag, ...own } = attributeTypes[type] as Readonly<Record<string, ScalarType>>;
  return {
    type: 'object',
    minProperties: 1,
    properties: Object.fromEntries(Object.entries(own).map(([name, scalar]) => [name, operandOf(name, scalar)])),
    patternProperties: tag === undefined ? {} : { '^tag:[^*]+$': operandOf('', tag) },
    additionalProperties: false,
  };
};

function operandOf(name: string, type: ScalarType): JsonSchema {
  const words = attributeWords[name];
  const text = { type, pattern: '^(?:\\$me|[^$*][^*]*)?$' };
  const value = words ? { type, enum: words } : type === 'string' ? text : { type };
  const one = (key: string, schema: JsonSchema) => ({
    ...{ type: 'object', properties: { [key]: schema }, required: [key], additionalProperties: false },
  });
  const range = { type: 'object', properties: { gt: value, lt: value }, minProperties: 1, additionalProperties: false };
  const forms = [value, one('in', { type: 'array', items: value, minItems: 1 }), one('ne', value)];
  return { anyOf: type === 'number' ? [...forms, range] : forms };
}
