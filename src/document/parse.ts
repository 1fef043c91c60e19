import { offsetOf } from './place.ts';
import { plain } from './plain.ts';
import { type DocumentCode, dotted, type Path, refusal } from './problems.ts';
import { type Finding, readYaml } from './yaml.ts';

/** A document as plain data, and where in its source everything stands. */
export interface Document {
  /** What messages call it: its path, or the variable it came from. */
  readonly name: string;
  /** Not checked against anything yet; `null` when the source is empty. */
  readonly value: unknown;
  /** `file:line:col` of what stands at the path, or of the nearest thing that should hold it. */
  at(path: Path): string;
}

/** No document that people write is larger. */
const bounds = { levels: 20, words: 100_000 };

/** Plain YAML 1.2: no anchors, aliases, merges, tags or directives, and no key twice. Throws `code` with every problem there is. */
export function parse(source: string, name: string, code: DocumentCode): Document {
  const { root, findings, place } = readYaml(source, bounds);
  const at = (offset: number): string => {
    const { line, col } = place(offset);
    return `${name}:${line}:${col}`;
  };
  const lines = findings.map((finding) => () => `${at(finding.offset)}  ${sentence(finding)}`);
  if (lines.length > 0) throw refusal(code, name, lines);
  return { name, value: plain(root), at: (path) => at(offsetOf(root, path, 'key')) };
}

const sentence = ({ path, found, expected }: Finding): string =>
  `${path.length > 0 ? `${dotted(path)}: ` : ''}${expected === undefined ? found : `found ${found}; expected ${expected}`}.`;
