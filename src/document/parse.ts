import {
  type Document as Composed,
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type YAMLParseError,
} from 'yaml';
import { type DocumentCode, dotted, type Path, refusal } from './problems.ts';
import { beyondSubset } from './subset.ts';

/** A document as plain data, and where in its source everything stands. */
export interface Document {
  /** What messages call it: its path, or the variable it came from. */
  readonly name: string;
  /** Not checked against anything yet; `null` when the source is empty. */
  readonly value: unknown;
  /** `file:line:col` of what stands at the path, or of the nearest thing that should hold it. */
  at(path: Path): string;
}

/** No document that people write has more words or deeper nesting; what has is refused before it costs anything. */
const limits = { lexemes: 100_000, depth: 40 };

/** Plain YAML 1.2: no anchors, aliases, merges, tags or directives, and no key twice. Throws `code` with every problem there is. */
export function parse(source: string, name: string, code: DocumentCode): Document {
  const counter = new LineCounter();
  counter.addNewLine(0);
  const place = (offset: number): string => {
    const { line, col } = counter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const refuse = (problems: readonly Found[]): never => {
    const lines = problems.map(
      ({ offset, says }) =>
        () =>
          `${place(offset)}  ${says}`,
    );
    throw refusal(code, name, lines);
  };
  const early = firstControl(source);
  if (early) refuse([early]);
  const root = composed(source, counter, refuse);
  return { name, value: root.toJS(), at: (path) => place(offsetOf(root.contents, path)) };
}

interface Found {
  readonly offset: number;
  readonly says: string;
}

type Refuse = (problems: readonly Found[]) => never;

function firstControl(source: string): Found | undefined {
  const offset = source.search(/[^\P{Cc}\t\n\r]/u);
  return offset < 0 ? undefined : { offset, says: 'a control character stands here; expected plain text.' };
}

function composed(source: string, counter: LineCounter, refuse: Refuse): Composed.Parsed {
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, stringKeys: true, schema: 'core' });
  const tokens = tokensOf(source, new Parser(counter.addNewLine), refuse);
  const [first, second] = [...composer.compose(tokens, true, source.length)];
  if (!first) throw new Error('The composer was told to make a document.');
  if (first.errors.length > 0) refuse(first.errors.map(syntaxProblem));
  if (second) refuse([{ offset: second.range[0], says: 'a second document starts here; expected one per file.' }]);
  const excess = [...beyondSubset(first.contents)];
  if (excess.length > 0) refuse(excess.map(({ path, offset, says }) => ({ offset, says: `${dotted(path)}: ${says}` })));
  return first;
}

const syntaxProblem = ({ pos, code, message }: YAMLParseError): Found => ({
  offset: pos[0],
  says: code === 'NON_STRING_KEY' ? 'a key here is a list or a map; expected text.' : `${message}.`,
});

/** The parser keeps a stack of its own, so depth is seen here, before anything recurses. */
function* tokensOf(source: string, parser: Parser, refuse: Refuse) {
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') refuse([{ offset: token.offset, says: 'directives (%) are not read here.' }]);
      // One is enough: after it, most of the rest is read wrongly too.
      if (token.type === 'error') refuse([{ offset: token.offset, says: `${token.message}.` }]);
      yield token;
    }
    const offset = parser.offset;
    if (parser.stack.length > limits.depth) refuse([{ offset, says: 'this is nested too deeply.' }]);
    if (++lexemes > limits.lexemes) refuse([{ offset, says: 'the file goes on for too long.' }]);
  }
  yield* parser.end();
}

function offsetOf(root: unknown, path: Path): number {
  let [node, offset] = [root, 0];
  for (const part of path) {
    const next = step(node, part);
    if (!next) break;
    ({ node, offset } = next);
  }
  return offset;
}

function step(node: unknown, part: PropertyKey): { node: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
    return pair && isScalar(pair.key) ? { node: pair.value, offset: pair.key.range?.[0] ?? 0 } : undefined;
  }
  const item = isSeq(node) ? node.items[Number(part)] : undefined;
  return isMap(item) || isSeq(item) || isScalar(item) || isAlias(item)
    ? { node: item, offset: item.range?.[0] ?? 0 }
    : undefined;
}
