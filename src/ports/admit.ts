import { type Address, type Effect, LabError, type PortName, portVerbs } from '../sdk/index.ts';
import { addressText } from './address.ts';
import { covers, type Granted, stronger } from './grants.ts';
import { foldersOf, isWithin, type Root, type RootPaths, rootOf } from './roots.ts';

/** All that decides whether one plugin may use a door. */
export interface Rights {
  readonly plugin: string;
  readonly granted: Granted;
  readonly paths: RootPaths;
  readonly roots: readonly Root[];
}

/** What one use of a door may do to the world, from its checked arguments. Throws FORBIDDEN when it was not granted. */
export function admitted(rights: Rights, port: PortName, verb: string, args: readonly unknown[]): Effect {
  const usual: Effect = Reflect.get(portVerbs[port], verb);
  const own = checks[port]?.(rights, verb, args);
  return own ? stronger(usual, own) : usual;
}

/** The effect that the template or the address brings, if it has one. */
type Check = (rights: Rights, verb: string, args: readonly unknown[]) => Effect | undefined;

const checks: Partial<Record<PortName, Check>> = {
  exec: (rights, _verb, [name]) => template(rights, 'exec', String(name)),
  process: (rights, verb, [, name]) => (verb === 'start' ? template(rights, 'process', String(name)) : undefined),
  dial: (rights, _verb, [address]) => reach(rights, address as Address),
  files(rights, verb, args) {
    const mode = Reflect.get(portVerbs.files, verb) === 'read' ? 'read' : 'write';
    for (const path of args) if (typeof path === 'string') inRoot(rights, path, mode);
    return undefined;
  },
  http(rights, verb, [url, to]) {
    if (verb === 'download') inRoot(rights, String(to), 'write');
    return originOf(rights, String(url));
  },
  secret({ plugin, granted }, _verb, [name]) {
    if (granted.secret?.includes(String(name))) return undefined;
    throw refusal(plugin, `the secret "${name}"`);
  },
};

function template({ plugin, granted }: Rights, port: 'exec' | 'process', name: string): Effect {
  const table = granted[port] ?? {};
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found) return found.effect;
  throw refusal(plugin, `a program under the name "${name}" in ports.${port}`);
}

function reach({ plugin, granted, paths }: Rights, address: Address): Effect {
  const to = addressText(address);
  const within = (root: string) => foldersOf(paths, root).some((folder) => isWithin(folder, to.slice('unix:'.length)));
  const has = ({ commands = {} }: { readonly commands?: object | undefined }) =>
    !('ssh' in address) || Object.hasOwn(commands, address.command);
  const matches = (granted.dial ?? []).filter((grant) =>
    'unix' in address
      ? grant.to.startsWith('unix:') && within(grant.to.slice('unix:'.length))
      : covers(grant.to, to) && has(grant),
  );
  const [first, ...rest] = matches.map(({ effect }) => effect);
  if (first) return rest.reduce(stronger, first);
  throw refusal(plugin, 'ssh' in address ? `the command "${address.command}" over ${to}` : `a connection to ${to}`);
}

function inRoot({ plugin, roots }: Rights, path: string, mode: Root['mode']): void {
  const root = rootOf(roots, path);
  if (!root) throw refusal(plugin, `any folder that ${path} lies in`);
  if (mode === 'write' && root.mode === 'read') throw refusal(plugin, `changes beneath "${root.name}" (${path})`);
}

/** Where `url` leads is granted as scheme, host and port, or not at all. */
export function originOf({ plugin, granted }: Rights, url: string): undefined {
  if (!URL.canParse(url))
    throw new LabError('INVALID_INPUT', 'This is not a URL; it must be absolute, such as https://example.org/x.');
  const { origin, protocol, username, password } = new URL(url);
  if (username || password) throw new LabError('INVALID_INPUT', `A URL may not carry a user or password: ${origin}.`);
  const open = (granted.http ?? []).some((grant) => new URL(grant).origin === origin);
  if (protocol === 'https:' && open) return undefined;
  throw refusal(plugin, protocol === 'https:' ? `requests to ${origin}` : `any request without https (${protocol}//)`);
}

const refusal = (plugin: string, what: string) =>
  new LabError('FORBIDDEN', `The plugin ${plugin} was not granted ${what}.`);
