import { LabError } from '../sdk/errors.ts';

/** As far as a tool's input schema matters here. */
export interface Schema {
  readonly properties?: Readonly<Record<string, { readonly type?: string | readonly string[] }>>;
}

/** What was typed after the tool's name: one JSON object, or NAME=VALUE words whose values are read as the schema has them. */
export function toolArguments(words: readonly string[], { properties = {} }: Schema): object {
  const [first, second] = words;
  if (first?.startsWith('{')) {
    if (second !== undefined) throw invalid(`"${second}" stands behind the JSON object; put it inside.`);
    return parsed(first, 'The arguments are not JSON');
  }
  const pairs = words.map((word) => {
    const at = word.indexOf('=');
    if (at < 1) throw invalid(`"${word}" is no argument; write NAME=VALUE, or one JSON object.`);
    return [word.slice(0, at), word.slice(at + 1)] as const;
  });
  const twice = pairs.find(([name], at) => pairs.findIndex(([other]) => other === name) < at);
  if (twice) throw invalid(`"${twice[0]}" stands here twice.`);
  return Object.fromEntries(pairs.map(([name, text]) => [name, meant(name, text, properties[name]?.type)]));
}

/** Text stays text; where something else is wanted it is JSON, so that `false`, `3` and `["a"]` are what they look like. */
function meant(name: string, text: string, type: string | readonly string[] | undefined): unknown {
  if (type === undefined || [type].flat().includes('string')) return text;
  if (type === 'boolean' && text !== 'true' && text !== 'false')
    throw invalid(`"${name}" is true or false, and not: ${text}`);
  return parsed(text, `"${name}" (${[type].flat().join(' or ')}) is not JSON`);
}

function parsed<T>(text: string, what: string): T {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${what}: ${text}`);
  }
}

const invalid = (sentence: string) => new LabError('INVALID_INPUT', sentence);
