import { type JsonSchema, jsonSchema, type SubjectType } from '../../sdk/index.ts';
import { attributeTypes, attributeWords, type ScalarType, subjectTypes } from '../attributes.ts';
import { complete, type Vocabulary } from '../vocabulary.ts';
import { tableFile } from './table-language.ts';

/** The language of test tables as JSON Schema, for editors: completes actions, and attributes by the type of thing. */
export function tableSchema(vocabulary: Vocabulary): JsonSchema {
  const { actions } = complete(vocabulary);
  const schema = structuredClone(jsonSchema(tableFile, 'The language of test tables'));
  const known = [...new Set(Object.values(actions).flat())].sort();
  const row = at(schema, ['properties', 'tests', 'items', 'properties', 'action']);
  Object.assign(row, { anyOf: [{ enum: known }, { type: 'array', minItems: 1, items: { enum: known } }] });
  Object.assign(at(schema, ['properties', 'things', 'additionalProperties']), { allOf: subjectTypes.map(ofType) });
  return { title: 'labwarden policy test', ...schema };
}

/** Only as sure as the shape of table-language.ts; the test of this file would not pass otherwise. */
const at = (schema: object, path: readonly string[]): object =>
  path.reduce<object>((node, step) => Object(Reflect.get(node, step)), schema);

const ofType = (type: SubjectType) => {
  const { 'tag:*': tag, ...own } = attributeTypes[type] as Readonly<Record<string, ScalarType>>;
  return {
    if: {
      required: ['type'],
      properties: { type: { anyOf: [{ const: type }, { type: 'array', contains: { const: type } }] } },
    },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word, and nobody awaits a schema.
    then: {
      properties: {
        type: true,
        ...Object.fromEntries(Object.entries(own).map(([name, scalar]) => [name, operandOf(name, scalar)])),
      },
      patternProperties: tag === undefined ? {} : { '^tag:[^*]+$': { type: tag } },
      additionalProperties: false,
    },
  };
};

function operandOf(name: string, type: ScalarType): JsonSchema {
  const words = attributeWords[name];
  if (words) return { type, enum: words };
  return type === 'string' ? { type, pattern: '^(?:\\$me|[^$].*)?$' } : { type };
}
