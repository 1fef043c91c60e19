import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path, Problem } from './problems.ts';

/** A problem of the source itself, which therefore knows where it stands. */
export interface SourceProblem extends Problem {
  readonly offset: number;
}

/** Everything in a parsed tree that can hide, repeat or disguise a value. Its depth was limited before. */
export function* beyondSubset(node: unknown, path: Path = []): Generator<SourceProblem> {
  if (isAlias(node))
    return yield { path, offset: start(node), says: 'aliases (*) are not read here; write the value out.' };
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
  if (node.anchor !== undefined) yield { path, offset: start(node), says: 'anchors (&) are not read here; remove it.' };
  if (node.tag !== undefined) yield { path, offset: start(node), says: 'tags (!) are not read here; remove it.' };
  if (isScalar(node)) yield* unprintable(node, path);
  else if (isSeq(node)) for (const [index, item] of node.items.entries()) yield* beyondSubset(item, [...path, index]);
  else yield* ofMap(node.items, path);
}

const start = (node: Node): number => node.range?.[0] ?? 0;

/** An escape in quotes may bring what the source itself must not hold. */
function* unprintable(node: Node & { readonly value: unknown }, path: Path): Generator<SourceProblem> {
  if (typeof node.value !== 'string' || !/[^\P{Cc}\t\n\r]/u.test(node.value)) return;
  yield { path, offset: start(node), says: 'the text holds a control character; expected plain text.' };
}

const special = new Set(['<<', '__proto__']);

function* ofMap(pairs: readonly { key: unknown; value: unknown }[], path: Path): Generator<SourceProblem> {
  const seen = new Set<unknown>();
  for (const { key, value } of pairs) {
    yield* beyondSubset(key, path);
    if (!isScalar(key)) continue;
    const here = [...path, String(key.value)];
    if (seen.has(key.value)) yield { path: here, offset: start(key), says: 'the key stands here a second time.' };
    if (special.has(String(key.value))) yield { path: here, offset: start(key), says: 'this key is not read here.' };
    seen.add(key.value);
    yield* beyondSubset(value, here);
  }
}
