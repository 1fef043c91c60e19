import type { Box, Space } from './space.ts';

/** How much work a question may still be. */
export interface Budget {
  steps: number;
}

/** The question has too many classes to be answered exactly. */
export class TooMany extends Error {}

export interface Region<R> {
  readonly box: Box;
  /** Which rule decides all of it; `undefined` where none does. */
  readonly by: R | undefined;
}

interface Boxed<R> {
  readonly rule: R;
  readonly box: Box;
}

/**
 * Cuts a set of things into parts that one rule each decides, the first in the list that is about them. The parts do not
 * overlap, so there are never more of them than classes of things. Throws TooMany.
 */
export function* regions<R>(from: Box, ordered: readonly Boxed<R>[], budget: Budget, first = 0): Generator<Region<R>> {
  for (let at = first; at < ordered.length; at += 1) {
    if (--budget.steps < 0) throw new TooMany();
    const one = ordered[at];
    const both = one && common(from, one.box);
    if (!both) continue;
    yield { box: both, by: one.rule };
    for (const rest of without(from, one.box)) yield* regions(rest, ordered, budget, at + 1);
    return;
  }
  yield { box: from, by: undefined };
}

/** What is in both; `undefined` when nothing is. */
export function common(a: Box, b: Box): Box | undefined {
  const both = a.map((bits, axis) => bits & (b[axis] ?? 0n));
  return both.includes(0n) ? undefined : both;
}

/** What is in the first and not in the second, in boxes that do not overlap. */
function* without(a: Box, b: Box): Generator<Box> {
  const rest = [...a];
  for (const [axis, bits] of a.entries()) {
    const other = b[axis] ?? 0n;
    const outside = bits & ~other;
    if (outside !== 0n) yield rest.with(axis, outside);
    rest[axis] = bits & other;
  }
}

/** Some part of it that none of the others is about; `undefined` when they cover it. Throws TooMany. */
export function uncovered(from: Box, others: readonly Box[], budget: Budget): Box | undefined {
  const boxed = others.map((box) => ({ rule: true, box }));
  for (const { box, by } of regions(from, boxed, budget)) if (!by) return box;
  return undefined;
}

/** The same from a handful of things, for what is too much to be looked at whole: `undefined` proves nothing. */
export function witness({ axes }: Space, from: Box, others: readonly Box[]): Box | undefined {
  const lowest = from.map((bits) => bits & -bits);
  const highest = from.map((bits) => 1n << BigInt(bits.toString(2).length - 1));
  const turned = [lowest, highest].flatMap((base) =>
    axes.flatMap(({ samples }, axis) =>
      samples.flatMap((_, bit) => {
        const one = (from[axis] ?? 0n) & (1n << BigInt(bit));
        return one === 0n ? [] : [base.with(axis, one)];
      }),
    ),
  );
  return [lowest, highest, ...turned].find((point) => others.every((box) => !common(point, box)));
}
