import type * as ajv2020 from 'ajv/dist/2020.js';
import { type Code, type JsonSchema, LabError } from '../sdk/index.ts';
import { problemsOf } from './problems.ts';

/** The value as the schema has it, defaults filled in. Throws when it does not fit. */
export type Check = (value: unknown) => object;

// Formats are left to the patterns beside them: `jsonSchema` refuses a format that comes without one.
const shared = { useDefaults: true, validateFormats: false, allErrors: true, strict: false, verbose: true } as const;
const settings = { closed: shared, stripping: { ...shared, removeAdditional: true } } as const;
const ajvs = new Map<keyof typeof settings, ajv2020.Ajv2020>();

/** Loaded with the first schema that is compiled: a start of the lab server does without its 80 files. */
function ajv(kind: keyof typeof settings): ajv2020.Ajv2020 {
  const require = process.getBuiltinModule('module').createRequire(import.meta.url);
  const { Ajv2020 }: typeof ajv2020 = require('ajv/dist/2020.js');
  const made = ajvs.get(kind) ?? new Ajv2020(settings[kind]);
  ajvs.set(kind, made);
  return made;
}

export const inputCheck = (schema: JsonSchema): Check =>
  check('closed', schema, 'INVALID_INPUT', 'The input does not fit');
export const outputCheck = (schema: JsonSchema): Check =>
  check('stripping', schema, 'INTERNAL', 'The result does not fit');

function check(kind: keyof typeof settings, schema: JsonSchema, code: Code, sentence: string): Check {
  const fits = ajv(kind).compile<object>(schema);
  return (value) => {
    if (isDeep(value)) throw new LabError(code, `${sentence}: it is nested more than ${deepest} levels deep.`);
    const copy: unknown = structuredClone(value);
    if (fits(copy)) return copy;
    const problems = problemsOf(fits.errors ?? [], copy);
    throw new LabError(code, `${sentence}: ${problems.join('; ')}.`, { details: { problems } });
  };
}

const deepest = 32;

/** Level by level, not by recursion: whatever sent this may have meant the stack. */
function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
  return false;
}
