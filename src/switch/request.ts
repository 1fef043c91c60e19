/** The unix socket at which each port's VM listens, by the port's name. */
export type Paths = ReadonlyMap<string, string>;

export type Request = { readonly get: true } | { readonly set: Paths };

// Linux: sun_path holds 108 bytes with its NUL.
const longestPath = 107;

/** One line of the control protocol. Throws with what is wrong with it. */
export function parse(line: string): Request {
  const request = only(JSON.parse(line), ['get', 'set']);
  if (request['get'] === true) return { get: true };
  const { ports } = only(request['set'], ['ports']);
  return { set: new Map(Object.entries(object(ports)).map(([name, path]) => [name, unixPath(name, path)])) };
}

function only(value: unknown, keys: readonly string[]): Record<string, unknown> {
  const found = Object.keys(object(value));
  if (found.length === 1 && keys.some((key) => found.includes(key))) return object(value);
  throw new Error(`Expected one of ${keys.join(', ')} and nothing else; found ${found.join(', ') || 'nothing'}.`);
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error('Expected an object.');
}

function unixPath(name: string, path: unknown): string {
  if (typeof path === 'string' && /^\/[^\0]+$/.test(path) && Buffer.byteLength(path) <= longestPath) return path;
  throw new Error(`Port "${name}" needs an absolute path of at most ${longestPath} bytes.`);
}
