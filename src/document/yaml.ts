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
  /** How much the source said. */
  readonly words: number;
  place(offset: number): { readonly line: number; readonly col: number };
}

export interface Bounds {
  readonly levels: number;
  /** What has more is refused before it costs anything. */
  readonly words: number;
}

/** The parser's own stack, which no document within anybody's limit of levels fills. */
const deepestStack = 40;

/** Reads the part of YAML 1.2 that means what it looks like, and says what else there is. Never throws for a source. */
export function readYaml(source: string, bounds: Bounds): Yaml {
  const counter = new LineCounter();
  counter.addNewLine(0);
  return { ...composed(source, counter, bounds), place: (offset) => counter.linePos(offset) };
}

type Composed = Omit<Yaml, 'place'>;

function composed(source: string, counter: LineCounter, { levels, words: most }: Bounds): Composed {
  const invisible = firstInvisible(source);
  if (invisible) return refused({ path: [], ...invisible });
  const read = tokensOf(source, new Parser(counter.addNewLine), most);
  if (!('tokens' in read)) return refused(read);
  const { tokens, words } = read;
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, stringKeys: true, schema: 'core' });
  const [first, second] = [...composer.compose(tokens, true, source.length)];
  if (!first) throw new Error('The composer was told to make a document.');
  if (first.errors.length > 0) return { root: null, words, findings: first.errors.map(syntaxProblem) };
  if (second) return refused({ path: [], offset: second.range[0], ...secondDocument });
  return { root: first.contents, words, findings: [...beyondSubset(first.contents, levels)] };
}

const refused = (finding: Finding): Composed => ({ root: null, words: 0, findings: [finding] });

const secondDocument = { found: 'a second document', expected: 'one in one file' };

const syntaxProblem = ({ pos, code, message }: YAMLParseError): Finding => ({
  ...{ path: [], offset: pos[0] },
  ...(code === 'NON_STRING_KEY' ? { found: 'a key that is not text', expected: 'a name' } : notYaml(message)),
});

const notYaml = (message: string) => ({ found: `not YAML: ${message.replace(/\s+/g, ' ').replace(/\.$/, '')}` });

interface Words {
  readonly tokens: CST.Token[];
  readonly words: number;
}

/** The parser keeps a stack of its own, so depth is seen here, before anything recurses. */
function tokensOf(source: string, parser: Parser, most: number): Words | Finding {
  const tokens: CST.Token[] = [];
  let words = 0;
  const at = (offset: number, says: Pick<Finding, 'found' | 'expected'>): Finding => ({ path: [], offset, ...says });
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') return at(token.offset, { found: 'a % directive', expected: 'plain YAML 1.2' });
      // One is enough: after it, most of the rest is read wrongly too.
      if (token.type === 'error') return at(token.offset, notYaml(token.message));
      tokens.push(token);
    }
    if (parser.stack.length > deepestStack) return at(parser.offset, tooDeep);
    if (++words > most) return at(parser.offset, { found: 'too many words', expected: 'a shorter file' });
  }
  return { tokens: [...tokens, ...parser.end()], words };
}
