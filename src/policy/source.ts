import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { LabError } from '../sdk/index.ts';
import { plain, type Refuse, refuseInvisible, tooDeep } from './plain.ts';
import type { PolicyText } from './read.ts';

export type Path = readonly PropertyKey[];

/** Of an entry in a map: its key or its value. */
type Side = 'key' | 'value';

/** The content of a policy file as plain data, and where each part of it stands. Without a side: the value. */
export interface Source {
  readonly name: string;
  readonly value: unknown;
  lineOf(path: Path, side?: Side): number;
  /** Throws CONFIG_INVALID with `file:line:column`. */
  refuse(path: Path, sentence: string, side?: Side): never;
}

/** Reads the part of YAML that means what it looks like. Throws CONFIG_INVALID for the rest. */
export function parse({ name, text }: PolicyText): Source {
  const lineCounter = new LineCounter();
  const refuse: Refuse = (offset, sentence) => {
    const { line, col } = lineCounter.linePos(offset);
    const said = `${name}:${line}:${col}: ${sentence}${sentence.endsWith('?') ? '' : '.'}`;
    throw new LabError('CONFIG_INVALID', said, { details: { file: name, line, column: col } });
  };
  // Repeated keys are found by `plain`; the library compares every key with every other.
  const options = { lineCounter, stringKeys: true, uniqueKeys: false, prettyErrors: false };
  const document = parseDocument(text, options);
  refuseOdd(document, text, refuse);
  const root = document.contents;
  return {
    name,
    value: plain(root, refuse),
    lineOf: (path, side = 'value') => lineCounter.linePos(offsetOf(root, path, side)).line,
    refuse: (path, sentence, side = 'value') => refuse(offsetOf(root, path, side), sentence),
  };
}

function refuseOdd({ contents, errors, warnings, directives }: Document, text: string, refuse: Refuse): void {
  refuseInvisible(text, refuse);
  const [error] = [...errors, ...warnings];
  if (error) refuse(error.pos[0], instead[error.code] ?? yamlSays(error.message));
  const tags = Object.keys(directives?.tags ?? {}).filter((tag) => tag !== '!!');
  if (directives?.yaml.explicit || tags.length > 0) refuse(0, 'found a % directive, expected plain YAML 1.2');
  if (!contents) refuse(0, 'found nothing, expected a policy that begins with "version: 1"');
}

/** Where the library's own words would tell an admin nothing. */
const instead: Partial<Record<YAMLError['code'], string>> = {
  RESOURCE_EXHAUSTION: tooDeep,
  MULTIPLE_DOCS: 'found a second document, expected one policy in one file',
  NON_STRING_KEY: 'found a key that is not text, expected a name',
};

const yamlSays = (message: string): string => `not YAML: ${message.replace(/\s+/g, ' ').replace(/\.$/, '')}`;

/** Where a path leads, or the nearest thing above it that is there. */
function offsetOf(root: Node | null, path: Path, side: Side): number {
  let node = root ?? undefined;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const { key, value } = partOf(node, step);
    const wanted = side === 'key' && depth === path.length - 1 ? key : value;
    offset = (wanted ?? key)?.range?.[0] ?? offset;
    node = value;
  }
  return offset;
}

function partOf(node: Node | undefined, step: PropertyKey): { readonly key?: Node; readonly value?: Node } {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)];
    return value ? { value } : {};
  }
  const pair = isMap<Node, Node>(node) && node.items.find(({ key }) => isScalar(key) && key.value === step);
  return pair ? { key: pair.key, ...(pair.value && { value: pair.value }) } : {};
}
