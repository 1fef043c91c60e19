import { type ConfirmLevel, confirmLevels } from '../levels.ts';
import type { Kind } from '../rules.ts';

/** Levels of asking, strongest first: of several confirm rules that match, the first of these decides. */
export const levels: readonly ConfirmLevel[] = confirmLevels.toReversed();

export const isLevel = (kind: Kind): kind is ConfirmLevel => (levels as readonly Kind[]).includes(kind);

const permission: readonly Kind[] = ['deny', 'allow'];

/** Of rules about the same thing, who decides: a deny before an allow, the stronger question before the weaker, then the first in the file. */
export function decidingOrder<R extends { readonly rule: { readonly kind: Kind } }>(
  rules: readonly R[],
  of: 'permission' | 'confirmation',
): readonly R[] {
  const strongestFirst: readonly Kind[] = of === 'permission' ? permission : levels;
  return strongestFirst.flatMap((kind) => rules.filter(({ rule }) => rule.kind === kind));
}

export const sideOf = (kind: Kind): 'permission' | 'confirmation' => (isLevel(kind) ? 'confirmation' : 'permission');
