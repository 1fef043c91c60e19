import type { Principal } from '../sdk/index.ts';
import { kinds, type LimitText } from './limit-text.ts';
import type { Roles } from './roles.ts';
import type { Path, Source } from './source.ts';

/** How much somebody may have. Of several every one holds, so the strictest does. */
export interface Limit {
  /** `file:line id`. */
  readonly rule: string;
  readonly per: 'person' | 'group' | 'project';
  /** The one group or project that it is about; each of them without it. */
  readonly only?: string;
  /** By kind of what is counted. */
  readonly most: Readonly<Record<string, number>>;
  readonly callsPerMinute?: number;
  readonly lease?: {
    readonly defaultH: number;
    readonly longestH?: number;
    readonly extensions?: number;
    readonly graceH: number;
  };
}

/** Every role's own limits, without those of the roles it includes. Throws CONFIG_INVALID. */
export function limitsOf(roles: Roles): ReadonlyMap<string, readonly Limit[]> {
  const ids = new Map<string, string>();
  return new Map(
    [...roles].map(([name, { source, text }]) => [
      name,
      (text.limits ?? []).map((limit, at) => limitAt(source, ['roles', name, 'limits', at], limit, ids)),
    ]),
  );
}

/** Those that hold for this person: one about a group holds for who is in it. */
export const holding = (limits: readonly Limit[], { groups }: Principal): readonly Limit[] =>
  limits.filter(({ per, only }) => per !== 'group' || (only === undefined ? groups.length > 0 : groups.includes(only)));

function limitAt(source: Source, path: Path, text: LimitText, ids: Map<string, string>): Limit {
  const { id, per, group, project, calls_per_minute: callsPerMinute, lease } = text;
  const place = `${source.name}:${source.lineOf(path)}`;
  const first = id === undefined ? undefined : ids.get(id);
  if (first) source.refuse([...path, 'id'], `found the id "${id}" again, expected it once: it is used at ${first}`);
  if (id !== undefined) ids.set(id, place);
  refuseOdd(source, path, text);
  const only = group ?? project;
  return {
    ...{ rule: id === undefined ? place : `${place} ${id}`, per, most: mostOf(text) },
    ...(only !== undefined && { only }),
    ...(callsPerMinute !== undefined && { callsPerMinute }),
    ...(lease && { lease: leaseOf(lease) }),
  };
}

/** What could only be silent, or say two things. */
function refuseOdd(source: Source, path: Path, text: LimitText): void {
  const { per, group, project, calls_per_minute, lease } = text;
  if (group !== undefined && per !== 'group')
    source.refuse([...path, 'group'], `found a group with per: ${per}, expected none`);
  if (project !== undefined && per !== 'project')
    source.refuse([...path, 'project'], `found a project with per: ${per}, expected none`);
  if (calls_per_minute !== undefined && per === 'project')
    source.refuse([...path, 'calls_per_minute'], 'found calls of a project, expected them per person or group');
  if (lease?.longest_h !== undefined && lease.longest_h < lease.default_h)
    source.refuse(
      [...path, 'lease', 'longest_h'],
      `found fewer hours than default_h, expected at least ${lease.default_h}`,
    );
  if (calls_per_minute === undefined && !lease && Object.keys(mostOf(text)).length === 0)
    source.refuse(path, 'found a limit of nothing, expected at least one number');
}

const mostOf = (text: LimitText): Readonly<Record<string, number>> =>
  Object.fromEntries(
    kinds.flatMap((kind) => {
      const most = text[kind];
      return most === undefined ? [] : [[kind, most]];
    }),
  );

const leaseOf = ({ default_h, longest_h, extensions, grace_h }: NonNullable<LimitText['lease']>) => ({
  ...{ defaultH: default_h, graceH: grace_h },
  ...(longest_h !== undefined && { longestH: longest_h }),
  ...(extensions !== undefined && { extensions }),
});
