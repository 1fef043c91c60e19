import { isMap, isScalar, isSeq, type Node } from 'yaml';

/** The data of a tree in which nothing was found. Maps have no prototype: no key can mean anything to JavaScript. */
export function plain(node: Node | null): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq<Node>(node)) return node.items.map(plain);
  if (!isMap<Node, Node>(node)) return null;
  const map: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.items) if (isScalar(key)) map[String(key.value)] = plain(value);
  return map;
}
