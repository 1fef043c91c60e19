import type { Principal, SubjectType } from '../../sdk/index.ts';
import type { Attributes } from '../attributes.ts';
import type { Decision } from '../engine.ts';
import type { ConfirmLevel } from '../levels.ts';
import type { Policy } from '../policy.ts';
import { strength, unsaid } from './answers.ts';
import type { Direction } from './changes.ts';

/** A call as it was judged once: everything that another policy needs to judge it anew. */
export interface PastCall {
  readonly id: string;
  readonly time: string;
  readonly tool: string;
  readonly who: Principal;
  readonly judged: readonly { readonly type: SubjectType; readonly action: string; readonly attributes: Attributes }[];
  readonly allowed: boolean;
  /** Of a list, what may not be seen is left out, and the rest is allowed. */
  readonly list: boolean;
  /** Whether this very call destroyed something, or changed it; `undefined` for one that only looked or never ran. */
  readonly effect: 'change' | 'destroy' | undefined;
  /** How a person was asked first. */
  readonly asked: ConfirmLevel;
  /** The rules that decided then, as the log names them. */
  readonly rule: string;
}

export interface Replayed {
  readonly call: PastCall;
  readonly direction: Direction;
  /** What is answered now, with the rules that decide. */
  readonly now: string;
}

/** Asks a policy anew; `undefined` when it answers as then. */
export function replay(policy: Policy, call: PastCall): Replayed | undefined {
  const decisions = call.judged.map(({ type, action, attributes }) =>
    policy.decide(call.who, action, type, attributes),
  );
  const denied = decisions.filter(({ effect }) => effect === 'deny');
  const [refused] = denied;
  if (refused && !call.allowed) return undefined;
  if (refused)
    return {
      call,
      direction: 'narrower',
      now: `${call.list ? hidden(denied, decisions) : 'no'} ${bracketed(refused.rule)}`,
    };
  const rules = [
    ...new Set(decisions.flatMap(({ rule, confirmRule }) => [rule, ...(confirmRule ? [confirmRule] : [])])),
  ];
  const level = levelOf(call, decisions);
  const now = `yes (${rules.join(', ')})${level === 'none' ? '' : `, asked: ${level}`}`;
  if (!call.allowed) return { call, direction: 'wider', now };
  const more = strength(level) - strength(call.asked);
  if (call.effect === undefined || more === 0) return undefined;
  return { call, direction: more < 0 ? 'weaker' : 'stronger', now };
}

/** A default comes in brackets already. */
export const bracketed = (rule: string): string => (rule.startsWith('(') ? rule : `(${rule})`);

const hidden = (denied: readonly Decision[], all: readonly Decision[]): string =>
  `yes, without ${denied.length} of ${all.length} things`;

/** One that wants a question asked wins over any number that do not; only all of them together can do without. */
function levelOf({ effect }: PastCall, decisions: readonly Decision[]): ConfirmLevel {
  if (effect === undefined) return 'none';
  const said = decisions.map(({ confirm }) => confirm ?? unsaid(effect === 'destroy'));
  return said.reduce<ConfirmLevel>((most, level) => (strength(level) > strength(most) ? level : most), 'none');
}
