import type { SubjectType } from '../sdk/index.ts';
import { type Condition, conditionsOf } from './conditions.ts';
import type { RuleText } from './language.ts';
import type { ConfirmLevel } from './levels.ts';
import type { Path, Source } from './source.ts';
import type { Vocabulary } from './vocabulary.ts';
import { expected, shown } from './words.ts';

export type Kind = 'allow' | 'deny' | ConfirmLevel;

/** One rule as it applies to one type of thing; a rule on several types becomes several of these. */
export interface Rule {
  readonly kind: Kind;
  /** `file:line id`, for decisions and the audit log. */
  readonly label: string;
  readonly type: SubjectType;
  readonly actions: readonly string[];
  /** All must hold. `undefined`: every thing of the type. */
  readonly conditions: readonly Condition[] | undefined;
  readonly reason: string | undefined;
}

/** A rule's text at `path`, checked against what there is to do and to ask. Throws CONFIG_INVALID. */
export function rulesAt(source: Source, path: Path, kind: Kind, text: RuleText, vocabulary: Vocabulary): Rule[] {
  const { id, actions, on, where } = text;
  const label = [`${source.name}:${source.lineOf(path)}`, ...(id === undefined ? [] : [id])].join(' ');
  const reason = 'reason' in text ? text.reason : undefined;
  return [on].flat().map((type) => ({
    ...{ kind, label, type, reason },
    actions: actionsOf(source, [...path, 'actions'], type, actions, vocabulary),
    conditions: where && conditionsOf(source, [...path, 'where'], type, where),
  }));
}

/** `*` becomes the very actions there are, so that no magic word of anybody's library is ever needed. */
function actionsOf(source: Source, path: Path, type: SubjectType, named: readonly string[], vocabulary: Vocabulary) {
  const known = vocabulary.actions[type];
  if (named.length === 1 && named[0] === '*') return known;
  for (const [at, action] of named.entries()) {
    if (action === '*') source.refuse([...path, at], "found '*' among other actions, expected it to stand alone");
    if (known.includes(action)) continue;
    const found = `found the action ${shown(action)} on a ${type}`;
    source.refuse([...path, at], `${found}, expected ${expected(action, known)}`);
  }
  return named;
}
