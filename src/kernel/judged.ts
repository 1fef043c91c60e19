import { type Attributes, attributesOf } from '../policy/index.ts';
import type { Principal, SubjectType } from '../sdk/index.ts';
import type { SubjectMap } from './call/steps.ts';

type Scalar = Attributes[string];

/** What policy was asked about, kept so that another policy can be asked the same. */
export interface Judged {
  readonly type: SubjectType;
  readonly action: string;
  readonly attributes: Attributes;
}

/** The same for the log: things of one type and action together, and what they share once. */
interface Kept {
  readonly type: SubjectType;
  readonly action: string;
  /** What all of them have in common. */
  readonly attrs: Attributes;
  /** Of each what is its own. */
  readonly each: readonly Attributes[];
}

const mostOfRead = 20;
const mostOfChange = 200;

/** Of a list only the things themselves: their nodes would make its line long, and are left out of it without a word anyway. */
export function judgedOf(subjects: SubjectMap, who: Principal, most = mostOfChange): readonly Judged[] {
  const lists = Object.values(subjects).map((list) =>
    list.flatMap(({ type, action, facts, nodes }): readonly Judged[] => [
      { type, action, attributes: attributesOf(type, facts, who) },
      ...(list.length > 1 ? [] : nodes).map(
        (node) => ({ type: 'vm', action, attributes: attributesOf('vm', node, who) }) as const,
      ),
    ]),
  );
  return lists.flat().slice(0, most);
}

export const judgedOfRead = (subjects: SubjectMap, who: Principal): readonly Judged[] =>
  judgedOf(subjects, who, Object.values(subjects).some((list) => list.length > 1) ? mostOfRead : mostOfChange);

export function kept(judged: readonly Judged[]): readonly Kept[] {
  const groups = Map.groupBy(judged, ({ type, action }) => `${type} ${action}`);
  return [...groups.values()].flatMap(together);
}

/** With plain loops: every read pays for it. */
function together(all: readonly Judged[]): readonly Kept[] {
  const [first, ...others] = all;
  if (!first) return [];
  const { type, action, attributes } = first;
  const attrs: Record<string, Scalar> = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined && others.every((one) => one.attributes[name] === value)) attrs[name] = value;
  }
  return [{ type, action, attrs, each: all.map((one) => unlike(one.attributes, attrs)) }];
}

function unlike(attributes: Attributes, shared: Attributes): Attributes {
  const own: Record<string, Scalar> = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined && shared[name] === undefined) own[name] = value;
  }
  return own;
}

/** What a line of the log kept; `undefined` when it kept nothing, as lines of older versions did. */
export function judgedFrom(data: unknown): readonly Judged[] | undefined {
  const { judged } = Object(data);
  if (!Array.isArray(judged) || judged.length === 0) return undefined;
  return judged.flatMap(({ type, action, attrs, each }: Kept) =>
    each.map((own) => ({ type, action, attributes: Object.assign(Object.create(null), attrs, own) })),
  );
}

const refused = new WeakMap<object, readonly Judged[]>();

/** Keeps beside a refusal what was judged: its words are the caller's to read, and this is not. */
export function withJudged(reason: unknown, subjects: SubjectMap, who: Principal): unknown {
  if (typeof reason === 'object' && reason !== null) refused.set(reason, judgedOf(subjects, who));
  return reason;
}

export const judgedIn = (reason: object): readonly Judged[] => refused.get(reason) ?? [];
