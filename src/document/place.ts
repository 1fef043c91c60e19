import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from './problems.ts';

/** Of an entry in a map: its key or its value. */
export type Side = 'key' | 'value';

/** Where a path leads, or the nearest thing above it that is there. */
export function offsetOf(root: Node | null, path: Path, side: Side): number {
  let node = root ?? undefined;
  let offset = side === 'key' ? 0 : (root?.range?.[0] ?? 0);
  for (const step of path) {
    const { key, value } = partOf(node, step);
    const wanted = side === 'key' ? (key ?? value) : (value ?? key);
    if (!wanted) break;
    offset = wanted.range?.[0] ?? offset;
    node = value;
  }
  return offset;
}

function partOf(node: Node | undefined, step: PropertyKey): { readonly key?: Node; readonly value?: Node } {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value ? { value } : {};
  }
  const pair = isMap<Node, Node>(node) && node.items.find(({ key }) => isScalar(key) && key.value === step);
  return pair ? { key: pair.key, ...(pair.value && { value: pair.value }) } : {};
}
