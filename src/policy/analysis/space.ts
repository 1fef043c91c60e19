import type { SubjectType } from '../../sdk/index.ts';
import { type Attributes, attributeType, attributeWords, type Scalar } from '../attributes.ts';
import { type Condition, holds } from '../conditions.ts';
import type { Rule } from '../rules.ts';
import { compares } from './condition-text.ts';
import { gapOf, intervals, numbers } from './numbers.ts';

/** Stands for a name that no rule says: whoever asks. */
export const anyCaller = '\0me';
/** And for one that is nobody's and nothing's in particular. */
const anyOther = '\0other';

/**
 * The values of one attribute that some rule tells apart: every constant, and one that stands for all others. Two things that
 * differ in no class get the same answer from every rule, so what holds for the classes holds for everything.
 */
export interface Axis {
  readonly attribute: string;
  readonly samples: readonly Scalar[];
  readonly all: bigint;
}

/** A set of things: of each axis, one bit for every class that is in it. Never empty on any axis. */
export type Box = readonly bigint[];

/** Everything that rules can tell apart of one type of things, when one caller asks. */
export interface Space {
  readonly axes: readonly Axis[];
  readonly caller: string;
  readonly all: Box;
  /** How many classes of things there are. */
  readonly points: number;
  /** What a rule is about; `undefined` when its conditions are never true together. */
  boxOf(rule: Rule): Box | undefined;
  /** Only the things that have these attributes, as far as any rule tells. */
  pinned(known: Attributes): Box;
}

export function spaceOf(type: SubjectType, rules: readonly Rule[], caller: string): Space {
  const conditions = rules.filter((rule) => rule.type === type).flatMap((rule) => rule.conditions ?? []);
  const names = [...new Set(conditions.map(({ attribute }) => attribute))];
  const axes = names.map((name) => axisOf(type, name, conditions, caller));
  const all = axes.map((axis) => axis.all);
  const boxes = new Map<Rule, Box | undefined>();
  const boxOf = (rule: Rule) => {
    if (!boxes.has(rule)) boxes.set(rule, narrowed(axes, all, rule.conditions ?? [], caller));
    return boxes.get(rule);
  };
  const points = axes.reduce((product, { samples }) => product * samples.length, 1);
  return { axes, caller, all, points, boxOf, pinned: (known) => axes.map((axis) => pinnedOn(axis, known)) };
}

function axisOf(type: SubjectType, attribute: string, conditions: readonly Condition[], caller: string): Axis {
  const mine = conditions.filter((condition) => condition.attribute === attribute);
  const said = mine.map(compares);
  const constants = new Set(said.flatMap((one) => one.constants));
  if (said.some(({ me }) => me)) constants.add(caller);
  const samples = samplesOf(type, attribute, [...constants]);
  return { attribute, samples, all: (1n << BigInt(samples.length)) - 1n };
}

/** The class of a value; that of all values that no rule says when none says this one. */
function pinnedOn({ attribute, samples, all }: Axis, known: Attributes): bigint {
  const value = known[attribute];
  if (value === undefined) return all;
  const at = samples.indexOf(value);
  if (at >= 0) return 1n << BigInt(at);
  if (typeof value !== 'number') return 1n << BigInt(samples.length - 1);
  return 1n << BigInt(gapOf(samples as readonly number[], value));
}

function samplesOf(type: SubjectType, attribute: string, constants: readonly Scalar[]): readonly Scalar[] {
  const words = attributeWords[attribute];
  if (words) return words;
  const scalar = attributeType(type, attribute);
  if (scalar === 'boolean') return [true, false];
  return scalar === 'number' ? numbers(constants) : [...constants, anyOther];
}

function narrowed(axes: readonly Axis[], all: Box, conditions: readonly Condition[], caller: string): Box | undefined {
  const box = axes.map(({ attribute, samples }, at) => {
    const mine = conditions.filter((condition) => condition.attribute === attribute);
    if (mine.length === 0) return all[at] ?? 0n;
    const bits = samples.map((sample, bit) =>
      mine.every((one) => holds(one, sample, caller)) ? 1n << BigInt(bit) : 0n,
    );
    return bits.reduce((sum, bit) => sum | bit, 0n);
  });
  return box.includes(0n) ? undefined : box;
}

/** A box as a `where` would say it; '' for everything. */
export const shownBox = ({ axes, caller }: Space, box: Box): string =>
  axes
    .flatMap((axis, at) => {
      const bits = box[at] ?? 0n;
      return bits === axis.all ? [] : [`${axis.attribute}: ${shownBits(axis, bits, caller)}`];
    })
    .join(', ');

function shownBits({ samples }: Axis, bits: bigint, caller: string): string {
  const has = (bit: number) => ((bits >> BigInt(bit)) & 1n) === 1n;
  if (typeof samples[0] === 'number') return intervals(samples as readonly number[], has);
  const word = (value: Scalar) => (value === caller ? '$me' : String(value));
  if (!samples.includes(anyOther) || !has(samples.length - 1))
    return listed(samples.filter((_, bit) => has(bit)).map(word));
  const but = samples.filter((_, bit) => !has(bit)).map(word);
  return but.length === 1 ? `{ ne: ${but[0]} }` : `none of ${but.join(', ')}`;
}

/** One class of an axis, as a person would say it. */
export const sampleText = (value: Scalar, { caller }: Pick<Space, 'caller'>): string => {
  if (value === anyOther) return 'any other';
  return value === caller && caller === anyCaller ? '$me' : value === '' ? "''" : String(value);
};

const listed = (words: readonly string[]): string =>
  words.length === 1 ? (words[0] === '' ? "''" : `${words[0]}`) : `{ in: [${words.join(', ')}] }`;
