import { Composer, type CST, Lexer, LineCounter, type Node, Parser, type YAMLParseError } from 'yaml';
import type { Path } from './problems.ts';
import { beyondSubset, firstInvisible, tooDeep } from './subset.ts';

/** Something in the source that plain YAML has not. Without `expected`, `found` is the whole sentence. */
export interface Finding {
  readonly path: Path;
  readonly offset: number;
  readonly found: string;
  readonly expected?: string;
}

export interface Yaml {
  /** Only to be used when nothing was found. `null` when the source is empty. */
  readonly root: Node | null;
  readonly findings: readonly Finding[];
  place(offset: number): { readonly line: number; readonly col: number };
}

/** No document that people write has more words; what has is refused before it costs anything. */
const mostLexemes = 100_000;

/** The parser's own stack, which no document within anybody's limit of levels fills. */
const deepestStack = 40;

/** Reads the part of YAML 1.2 that means what it looks like, and says what else there is. Never throws for a source. */
export function readYaml(source: string, levels: number): Yaml {
  const counter = new LineCounter();
  counter.addNewLine(0);
  const { root, findings } = composed(source, counter, levels);
  return { root, findings, place: (offset) => counter.linePos(offset) };
}

type Composed = Pick<Yaml, 'root' | 'findings'>;

function composed(source: string, counter: LineCounter, levels: number): Composed {
  const invisible = firstInvisible(source);
  if (invisible) return refused({ path: [], ...invisible });
  const tokens = tokensOf(source, new Parser(counter.addNewLine));
  if (!Array.isArray(tokens)) return refused(tokens);
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, stringKeys: true, schema: 'core' });
  const [first, second] = [...composer.compose(tokens, true, source.length)];
  if (!first) throw new Error('The composer was told to make a document.');
  if (first.errors.length > 0) return { root: null, findings: first.errors.map(syntaxProblem) };
  if (second) return refused({ path: [], offset: second.range[0], ...secondDocument });
  return { root: first.contents, findings: [...beyondSubset(first.contents, levels)] };
}

const refused = (finding: Finding): Composed => ({ root: null, findings: [finding] });

const secondDocument = { found: 'a second document', expected: 'one in one file' };

const syntaxProblem = ({ pos, code, message }: YAMLParseError): Finding => ({
  ...{ path: [], offset: pos[0] },
  ...(code === 'NON_STRING_KEY' ? { found: 'a key that is not text', expected: 'a name' } : notYaml(message)),
});

const notYaml = (message: string) => ({ found: `not YAML: ${message.replace(/\s+/g, ' ').replace(/\.$/, '')}` });

/** The parser keeps a stack of its own, so depth is seen here, before anything recurses. */
function tokensOf(source: string, parser: Parser): CST.Token[] | Finding {
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  const at = (offset: number, says: Pick<Finding, 'found' | 'expected'>): Finding => ({ path: [], offset, ...says });
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') return at(token.offset, { found: 'a % directive', expected: 'plain YAML 1.2' });
      // One is enough: after it, most of the rest is read wrongly too.
      if (token.type === 'error') return at(token.offset, notYaml(token.message));
      tokens.push(token);
    }
    if (parser.stack.length > deepestStack) return at(parser.offset, tooDeep);
    if (++lexemes > mostLexemes) return at(parser.offset, { found: 'too many words', expected: 'a shorter file' });
  }
  return [...tokens, ...parser.end()];
}
