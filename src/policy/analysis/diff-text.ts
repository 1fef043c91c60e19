import type { Answer } from './answers.ts';
import type { Change, Direction } from './changes.ts';
import type { Diff } from './diff.ts';
import type { LimitChange } from './limit-changes.ts';

export const signs: Readonly<Record<Direction, string>> = { wider: '+', weaker: '!', narrower: '-', stronger: '-' };

/** 0 the same; 1 nobody may more, or is asked less; 2 somebody may, or is. What could not be told counts as wider. */
export function verdictOf({ differences, unproven }: Diff): 0 | 1 | 2 {
  const directions = differences.flatMap(({ changes, limits }) =>
    [...changes, ...limits].map(({ direction }) => direction),
  );
  if (unproven.length > 0 || directions.some((one) => one === 'wider' || one === 'weaker')) return 2;
  return directions.length > 0 ? 1 : 0;
}

/** One line for each change, actions and types together where all else is the same; those of several roles under one heading. */
export function diffText({ differences, notes, unproven }: Diff): string {
  const told = new Map<string, string[]>();
  for (const { who, changes, limits } of differences) {
    const lines = [...linesOf(changes), ...limits.map(limitLine)].join('\n');
    told.set(lines, [...(told.get(lines) ?? []), who]);
  }
  return [
    ...notes,
    ...[...told].map(([lines, whos]) => `${whos.join(', ')}\n${lines}`),
    ...unproven.map((what) => `too many classes of things to tell: ${what}`),
  ].join('\n');
}

function linesOf(changes: readonly Change[]): readonly string[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const { direction, where, before, after } = change;
    const key = JSON.stringify([direction, where, before, after]);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap(byActions).map(line);
}

/** The same actions on several types are one line. */
function byActions(changes: readonly Change[]): readonly (readonly Change[])[] {
  const types = [...new Set(changes.map(({ type }) => type))];
  const of = (type: string) => changes.filter((change) => change.type === type);
  const sets = types.map(
    (type) =>
      [
        of(type)
          .map(({ action }) => action)
          .join(),
        of(type),
      ] as const,
  );
  const joined = new Map<string, Change[]>();
  for (const [actions, mine] of sets) joined.set(actions, [...(joined.get(actions) ?? []), ...mine]);
  return [...joined.values()];
}

function line(changes: readonly Change[]): string {
  const [first] = changes;
  if (!first) return '';
  const actions = [...new Set(changes.map(({ action }) => action))].join(', ');
  const types = [...new Set(changes.map(({ type }) => type))].join(', ');
  const where = first.where === '' ? '' : ` where ${first.where}`;
  return `  ${signs[first.direction]} ${actions} on ${types}${where}: ${answer(first.before)} → ${answer(first.after)}`;
}

const limitLine = ({ direction, what, before, after }: LimitChange): string =>
  `  ${signs[direction]} ${what}: ${before ?? 'no limit'} → ${after ?? 'no limit'}`;

function answer({ effect, rule, level, confirmRule }: Answer): string {
  if (effect === 'deny') return rule.startsWith('(') ? 'no (no rule allows it)' : `no (${rule})`;
  const asked = level === 'none' ? '' : `, asked: ${level}${confirmRule ? ` (${confirmRule})` : ''}`;
  return `yes (${rule})${asked}`;
}
