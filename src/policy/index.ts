export { type Attributes, attributesOf, attributeTypes } from './attributes.ts';
export type { Decision } from './engine.ts';
export { type ConfirmLevel, strongest } from './levels.ts';
export type { Limit } from './limits.ts';
export { loadPolicy, type Policy } from './load.ts';
export { policySchema } from './schema.ts';
export type { Vocabulary } from './vocabulary.ts';
