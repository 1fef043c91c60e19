import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { shown } from './words.ts';

/** Never returns: says at which offset of the text what is wrong. */
export type Refuse = (offset: number, sentence: string) => never;

// The language needs eight: file, roles, role, allow, rule, where, attribute, in. Two more get a better complaint.
const deepest = 10;

export const tooDeep = `found more than ${deepest} levels, expected no part of a policy to be that deep`;

/** Plain data without anchors, aliases, tags, merge or repeated keys. Maps have no prototype: no key can mean anything to JavaScript. */
export function plain(node: Node | null, refuse: Refuse, levels = deepest): unknown {
  if (node === null) return null;
  const at = node.range?.[0] ?? 0;
  if (isAlias(node)) return refuse(at, `found the alias ${shown(`*${node.source}`)}, expected the value itself`);
  if (node.anchor !== undefined) refuse(at, `found the anchor ${shown(`&${node.anchor}`)}, expected none`);
  if (node.tag !== undefined) refuse(at, `found the tag ${shown(node.tag)}, expected none`);
  if (isScalar(node)) return scalar(node.value, at, refuse);
  if (levels === 0) return refuse(at, tooDeep);
  if (isSeq<Node>(node)) return node.items.map((item) => plain(item, refuse, levels - 1));
  return isMap<Node, Node>(node) ? mapOf(node.items, at, refuse, levels - 1) : null;
}

function scalar(value: unknown, at: number, refuse: Refuse): unknown {
  // A double-quoted text can spell out what the file itself may not contain.
  if (typeof value === 'string') refuseInvisible(value, (_, sentence) => refuse(at, sentence));
  return value;
}

// Control characters, and those that change the order or the look of what is read: a policy must be what a reviewer sees.
const invisible = /[^\t\n\r\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

export function refuseInvisible(text: string, refuse: Refuse): void {
  const at = text.search(invisible);
  if (at < 0) return;
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  refuse(at, `found the invisible U+${code}, expected only what can be seen`);
}

function mapOf(pairs: readonly Pair<Node, Node>[], above: number, refuse: Refuse, levels: number): object {
  const map: Record<string, unknown> = Object.create(null);
  for (const { key, value } of pairs) {
    const at = key?.range?.[0] ?? above;
    const name = plain(key, refuse, levels);
    if (typeof name !== 'string') return refuse(at, 'found a key that is not text, expected a name');
    if (name === '<<') refuse(at, 'found a merge key, expected the keys themselves');
    if (name === '__proto__') refuse(at, 'found the key "__proto__", expected a name');
    if (name in map) refuse(at, `found the key ${shown(name)} again, expected it once`);
    map[name] = plain(value, refuse, levels);
  }
  return map;
}
