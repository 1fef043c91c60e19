import { LabError, z } from '../sdk/index.ts';
import { hex, leafOf, nodeOf } from './tree.ts';

/** That lines stand in a log, for somebody who has neither the log nor its writer's trust. */
export const proofFile = z.strictObject({
  format: z.literal('labwarden audit proof v1'),
  note: z.string(),
  records: z
    .array(
      z.strictObject({
        line: z.string(),
        /** Digests of what lies beside the record's path to the root, from the leaf up: RFC 6962, section 2.1.1. */
        path: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(64),
      }),
    )
    .min(1),
});

export type Proof = z.output<typeof proofFile>;

/** The path of one of these leaves, bottom up. */
export function pathOf(leaves: readonly string[], index: number): readonly string[] {
  return climb(leaves, index).map(hex);
}

function climb(leaves: readonly string[], index: number): readonly string[] {
  if (leaves.length <= 1) return [];
  const half = largestBelow(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half ? [...climb(left, index), rootOf(right)] : [...climb(right, index - half), rootOf(left)];
}

function rootOf(leaves: readonly string[]): string {
  const [only = ''] = leaves;
  if (leaves.length === 1) return only;
  const half = largestBelow(leaves.length);
  return nodeOf(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

/** The largest power of two that is less. */
const largestBelow = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

/** The root, 64 hex digits, that a line in this place has with this path. Throws INVALID_INPUT when no such tree can have such a path. */
export function rootWith(line: string, index: number, size: number, path: readonly string[]): string {
  const digests = path.map((one) => Buffer.from(one, 'hex').toString('latin1'));
  const root = upTo(leafOf(line), index, size, digests);
  if (index < size && root !== undefined) return hex(root);
  throw new LabError('INVALID_INPUT', `The path of record ${index} is not one of a tree of ${size} records.`);
}

function upTo(leaf: string, index: number, size: number, path: readonly string[]): string | undefined {
  const beside = path.at(-1);
  if (size <= 1) return beside === undefined ? leaf : undefined;
  if (beside === undefined) return undefined;
  const half = largestBelow(size);
  const below = path.slice(0, -1);
  const own = index < half ? upTo(leaf, index, half, below) : upTo(leaf, index - half, size - half, below);
  if (own === undefined) return undefined;
  return index < half ? nodeOf(own, beside) : nodeOf(beside, own);
}
