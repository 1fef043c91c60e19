import type { Box } from './space.ts';

/** The same things in fewer boxes: two that differ on one axis only are one. */
export function merged(boxes: readonly Box[]): readonly Box[] {
  const once = joinedOnce(boxes);
  return once.length === boxes.length ? once : merged(once);
}

function joinedOnce(boxes: readonly Box[]): readonly Box[] {
  const kept: Box[] = [];
  for (const box of boxes) {
    const at = kept.findIndex((other) => differ(box, other).length === 1);
    const other = kept[at];
    if (other) kept[at] = joined(box, other);
    else kept.push(box);
  }
  return kept;
}

const differ = (a: Box, b: Box): readonly number[] => a.flatMap((bits, axis) => (bits === b[axis] ? [] : [axis]));

const joined = (a: Box, b: Box): Box => a.map((bits, axis) => bits | (b[axis] ?? 0n));
