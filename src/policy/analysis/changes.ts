import type { SubjectType } from '../../sdk/index.ts';
import type { Rule } from '../rules.ts';
import { type Answer, answersOf, type Part, strength } from './answers.ts';
import { saying } from './duplicates.ts';
import type { Ruled } from './holders.ts';
import { merged } from './merge.ts';
import { anyCaller, type Box, type Space, shownBox } from './space.ts';
import type { Views } from './views.ts';

/** `wider` lets more through, `weaker` asks less for it. */
export type Direction = 'wider' | 'narrower' | 'weaker' | 'stronger';

export interface Change {
  readonly action: string;
  readonly type: SubjectType;
  readonly direction: Direction;
  /** The things it is about, as a `where` would say it; '' for all of the type. */
  readonly where: string;
  readonly before: Answer;
  readonly after: Answer;
}

export interface Sides {
  readonly before: readonly Ruled[];
  readonly after: readonly Ruled[];
}

/** Everything that changes for one action on one type; `undefined` when there are too many classes to tell. */
export function changesOf(
  views: Views,
  { action, type, destructive }: { readonly action: string; readonly type: SubjectType; readonly destructive: boolean },
  caller: string,
  sides: Sides,
): readonly Change[] | undefined {
  const found = new Map<string, Change>();
  for (const name of views.callers(type, caller)) {
    const space = views.space(type, name);
    const both = crossed(views, space, sides, destructive);
    if (!both) return undefined;
    for (const { before, after, boxes } of grouped(both))
      for (const box of merged(boxes)) {
        const direction = directionOf(before, after);
        const change = { action, type, direction, where: where(space, box, caller), before, after };
        // The same for somebody in particular as for anybody is told once.
        found.set(JSON.stringify([change.where, before, after]), change);
      }
  }
  return [...found.values()].filter(({ where }) => isNew(where, [...found.values()]));
}

const somebody = ' (for the user ';

const where = (space: Space, box: Box, caller: string): string => {
  const said = shownBox(space, box);
  return space.caller === anyCaller || space.caller === caller ? said : `${said}${somebody}${space.caller})`;
};

/** What holds for one caller only, and not for all. */
const isNew = (where: string, all: readonly Change[]): boolean => {
  const [general = ''] = where.split(somebody);
  return general === where || !all.some((other) => other.where === general);
};

interface Both {
  readonly box: Box;
  readonly before: Answer;
  readonly after: Answer;
}

function crossed(views: Views, space: Space, sides: Sides, destructive: boolean): readonly Both[] | undefined {
  const touched = views.parts(space, space.all, reworded(sides));
  const parts = touched?.map(({ box, by }) => {
    if (!by) return [];
    const before = answersOf(views, space, box, sides.before, destructive);
    return before?.map((old) =>
      answersOf(views, space, old.box, sides.after, destructive)?.flatMap((now) => differing(old, now)),
    );
  });
  const found = parts?.every((part) => part !== undefined) ? parts.flat() : [undefined];
  return found.every((part) => part !== undefined) ? found.flat() : undefined;
}

/** Rules that only one side has: whatever none of them is about gets the same answer from both. */
function reworded({ before, after }: Sides): readonly Ruled[] {
  const [old, now] = [new Set(before.map(wording)), new Set(after.map(wording))];
  return [...before.filter((one) => !now.has(wording(one))), ...after.filter((one) => !old.has(wording(one)))];
}

/** What a rule says of the one action that is looked at. */
export function wording({ rule }: Ruled): string {
  const known = wordings.get(rule) ?? `${rule.kind} ${saying({ ...rule, actions: [] })}`;
  wordings.set(rule, known);
  return known;
}

const wordings = new WeakMap<Rule, string>();

const differing = (old: Part, { box, answer }: Part): readonly Both[] =>
  same(old.answer, answer) ? [] : [{ box, before: old.answer, after: answer }];

const same = (a: Answer, b: Answer): boolean => a.effect === b.effect && strength(a.level) === strength(b.level);

function directionOf(before: Answer, after: Answer): Direction {
  if (before.effect !== after.effect) return after.effect === 'allow' ? 'wider' : 'narrower';
  return strength(after.level) < strength(before.level) ? 'weaker' : 'stronger';
}

function grouped(all: readonly Both[]) {
  const groups = new Map<string, { before: Answer; after: Answer; boxes: Box[] }>();
  for (const { before, after, box } of all) {
    const key = JSON.stringify([before, after]);
    const group = groups.get(key) ?? { before, after, boxes: [] };
    group.boxes.push(box);
    groups.set(key, group);
  }
  return [...groups.values()];
}
