import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Path, quoted } from './problems.ts';
import type { Finding } from './yaml.ts';

/** Everything in a parsed tree that can hide, repeat or disguise a value. */
export function* beyondSubset(node: unknown, levels: number, path: Path = []): Generator<Finding> {
  if (!isAlias(node) && !isMap(node) && !isSeq(node) && !isScalar(node)) return;
  const here = { path, offset: start(node) };
  if (isAlias(node))
    return yield { ...here, found: `the alias ${quoted(`*${node.source}`)}`, expected: 'the value itself' };
  if (node.anchor !== undefined) yield { ...here, found: `the anchor ${quoted(`&${node.anchor}`)}`, expected: 'none' };
  if (node.tag !== undefined) yield { ...here, found: `the tag ${quoted(node.tag)}`, expected: 'none' };
  if (isScalar(node)) return yield* spelt(node, here);
  if (levels === 0) return yield { ...here, ...tooDeep };
  if (isSeq(node)) for (const [at, item] of node.items.entries()) yield* beyondSubset(item, levels - 1, [...path, at]);
  else yield* ofMap(node.items, levels - 1, path);
}

export const tooDeep = { found: 'too many levels', expected: 'no part of the file to be that deep' };

const start = (node: Node): number => node.range?.[0] ?? 0;

/** An escape in quotes may bring what the source itself must not hold. */
function* spelt({ value }: { readonly value: unknown }, here: Pick<Finding, 'path' | 'offset'>): Generator<Finding> {
  const invisible = typeof value === 'string' ? firstInvisible(value) : undefined;
  if (invisible) yield { ...invisible, ...here };
}

// Control characters, and those that change the order or the look of what is read: a file must be what a reviewer sees.
const invisible = /[^\t\n\r\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

export function firstInvisible(text: string): Omit<Finding, 'path'> | undefined {
  const offset = text.search(invisible);
  if (offset < 0) return undefined;
  const code = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { offset, found: `the invisible U+${code}`, expected: 'only what can be seen' };
}

const special: ReadonlyMap<unknown, Pick<Finding, 'found' | 'expected'>> = new Map([
  ['<<', { found: 'a merge key', expected: 'the keys themselves' }],
  ['__proto__', { found: 'the key "__proto__"', expected: 'a name' }],
]);

function* ofMap(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  levels: number,
  path: Path,
): Generator<Finding> {
  const seen = new Set<unknown>();
  for (const { key, value } of pairs) {
    yield* beyondSubset(key, levels, path);
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const here = { path: [...path, name], offset: start(key) };
    if (seen.has(name)) yield { ...here, found: `the key ${quoted(name)} again`, expected: 'it once' };
    const odd = special.get(name);
    if (odd) yield { ...here, ...odd };
    seen.add(name);
    yield* beyondSubset(value, levels, here.path);
  }
}
