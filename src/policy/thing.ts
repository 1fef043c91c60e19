import type { SubjectType } from '../sdk/index.ts';
import {
  type Attributes,
  attributeType,
  requiredAttributes,
  type Scalar,
  type ScalarType,
  subjectTypes,
} from './attributes.ts';

/** What is judged. Its type and its caller lie beside its attributes, where no attribute can reach. */
export class Thing {
  readonly type: SubjectType;
  readonly caller: string;
  readonly #attributes: Attributes;

  constructor(type: SubjectType, caller: string, attributes: Attributes) {
    this.type = type;
    this.caller = caller;
    this.#attributes = attributes;
  }

  /** Only tags may be absent by now, and a tag that is not there is false. */
  value(attribute: string): Scalar {
    return (Object.hasOwn(this.#attributes, attribute) ? this.#attributes[attribute] : undefined) ?? false;
  }
}

const required = new Map(
  subjectTypes.map((type) => [
    type,
    new Map(requiredAttributes(type).map((name) => [name, attributeType(type, name)])),
  ]),
);

/** In a few words, why nothing can be decided from these attributes; `undefined` when they are complete and as declared. */
export function flaw(type: SubjectType, attributes: Attributes): string | undefined {
  const declared = required.get(type) ?? new Map<string, ScalarType>();
  let seen = 0;
  for (const name of Object.keys(attributes)) {
    const own = declared.get(name);
    const wanted = own ?? attributeType(type, name);
    if (wanted === undefined) return `a ${type} has no attribute ${JSON.stringify(name)}`;
    if (!is(wanted, attributes[name])) return `the attribute ${JSON.stringify(name)} is not a ${wanted}`;
    if (own) seen++;
  }
  if (seen === declared.size) return undefined;
  return `the attribute "${[...declared.keys()].find((name) => !Object.hasOwn(attributes, name))}" is missing`;
}

const is = (wanted: ScalarType, value: unknown): boolean =>
  typeof value === wanted && (wanted !== 'number' || Number.isFinite(value));
