import { offsetOf, type Side } from '../document/place.ts';
import { plain } from '../document/plain.ts';
import type { Path } from '../document/problems.ts';
import { readYaml } from '../document/yaml.ts';
import { LabError } from '../sdk/index.ts';
import type { PolicyText } from './read.ts';

export type { Path } from '../document/problems.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The content of a policy file as plain data, and where each part of it stands. Without a side: the value. */
export interface Source {
  readonly name: string;
  readonly value: unknown;
  /** How many words it is made of. */
  readonly words: number;
  lineOf(path: Path, side?: Side): number;
  placeOf(path: Path, side?: Side): Place;
  /** Throws CONFIG_INVALID with `file:line:column`. */
  refuse(path: Path, sentence: string, side?: Side): never;
}

// The language needs eight: file, roles, role, allow, rule, where, attribute, in. Two more get a better complaint.
const levels = 10;

/** What all files of a policy may say together: what they can cost is bounded by it. */
export const mostWords = 100_000;

/** Reads plain YAML of so many words. Throws CONFIG_INVALID for anything else in the file. */
export function parse({ name, text }: PolicyText, most = mostWords): Source {
  const { root, findings, words, place } = readYaml(text, { levels, words: most });
  const refuse = (offset: number, sentence: string): never => {
    const { line, col } = place(offset);
    const said = `${name}:${line}:${col}: ${sentence}${sentence.endsWith('?') ? '' : '.'}`;
    throw new LabError('CONFIG_INVALID', said, { details: { file: name, line, column: col } });
  };
  const [first] = findings;
  if (first) refuse(first.offset, first.expected ? `found ${first.found}, expected ${first.expected}` : first.found);
  if (!root) refuse(0, 'found nothing, expected a policy that begins with "version: 1"');
  return {
    ...{ name, words },
    value: plain(root),
    lineOf: (path, side = 'value') => place(offsetOf(root, path, side)).line,
    placeOf(path, side = 'value') {
      const { line, col } = place(offsetOf(root, path, side));
      return { line, column: col };
    },
    refuse: (path, sentence, side = 'value') => refuse(offsetOf(root, path, side), sentence),
  };
}
