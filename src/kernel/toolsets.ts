import { nearest } from '../document/nearest.ts';
import { LabError } from '../sdk/index.ts';
import type { Entry } from './registry.ts';

/** Names of toolsets, of which two mean more than one: `default` and `all`. */
export type Selection = readonly string[];

type Operations = ReadonlyMap<string, Entry>;

/** A call that goes on in the background is followed with these, whatever else is chosen. */
const always = 'jobs';

export const toolsetsOf = (operations: Operations): readonly string[] =>
  [...new Set([...operations.values()].map(({ toolset }) => toolset))].sort();

export const isSelected = ({ toolset, operation }: Entry, selection: Selection): boolean =>
  toolset === always ||
  selection.includes('all') ||
  selection.includes(toolset) ||
  (selection.includes('default') && operation.onRequest !== true);

/** Throws for a name that is no toolset of this lab, with the one that was probably meant. `where` is what the sentence starts with. */
export function refuseUnknown(
  selection: Selection,
  operations: Operations,
  code: 'CONFIG_INVALID' | 'INVALID_INPUT',
  where: string,
): void {
  const known = ['default', 'all', ...toolsetsOf(operations)];
  const unknown = selection.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  const end = meant === undefined ? '.' : `; did you mean "${meant}"?`;
  throw new LabError(code, `${where}: there is no toolset "${unknown}"${end} There are: ${known.join(', ')}.`);
}
