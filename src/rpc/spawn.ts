import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type AnyOperation, type CapabilityPlugin, LabError, type ProviderPlugin } from '../sdk/index.ts';
import { accidents } from './accident.ts';
import { connector, type Hold, mayHaveHappened } from './child-provider.ts';
import { eachLine } from './lines.ts';
import { Peer } from './peer.ts';

export type Plugin = CapabilityPlugin | ProviderPlugin;

export interface PluginProcess extends AsyncDisposable {
  readonly plugin: Plugin;
  readonly child: ChildProcess;
  /** Resolves when it has ended: with what it did, when it was let go for that. */
  readonly ended: Promise<LabError | undefined>;
}

interface Options {
  /** Hears every line that the process prints, and what failed here on its behalf. Our own stderr without it. */
  readonly log?: (line: string) => void;
}

const fromSource = import.meta.url.endsWith('.ts');
const program = fileURLToPath(new URL(fromSource ? './host.ts' : './host.js', import.meta.url));
const helloMs = 20_000;
const graceMs = 2_000;

/** A plugin in a process of its own, in the shape it would have in ours. It inherits no environment. */
export async function spawnPlugin(entry: URL, { log = toStderr }: Options = {}): Promise<PluginProcess> {
  const conditions = fromSource ? ['--conditions=labwarden-source'] : [];
  const child = spawn(process.execPath, [...conditions, program], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {},
  });
  const [, stdout, stderr, socket] = child.stdio as unknown as [null, Readable, Readable, Duplex];
  for (const stream of [stdout, stderr]) eachLine(stream, log);
  const peer = new Peer(socket, undefined, accidents(log));
  const exit = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  void exit.then(() => setTimeout(() => peer.close(), graceMs).unref()); // its last words may still lie in the socket
  void peer.ended.then(() => reaped(child, exit));
  const plugin = await hello(peer, entry).catch((cause: unknown) => {
    child.kill('SIGKILL');
    throw cause;
  });
  const dispose = async () => {
    peer.close();
    await exit;
  };
  return { plugin, child, ended: peer.ended, [Symbol.asyncDispose]: dispose };
}

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** It ends by itself when its socket closes, unless it is too busy to notice. */
async function reaped(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exit;
  clearTimeout(timer);
}

/** What `host.ts` lends. */
type Lent = CapabilityPlugin | (ProviderPlugin & { readonly hold: Hold });

async function hello(peer: Peer, entry: URL): Promise<Plugin> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(invalid(entry, `did not load within ${helloMs / 1_000} s`)), helloMs);
  try {
    return rebuilt(peer, (await Promise.race([peer.root(entry.href), late.promise])) as Lent);
  } catch (cause) {
    throw LabError.of(cause).code === 'PLUGIN_INVALID' ? cause : invalid(entry, 'does not load', cause);
  } finally {
    clearTimeout(timer);
  }
}

const invalid = (entry: URL, what: string, cause?: unknown) =>
  new LabError('PLUGIN_INVALID', `The plugin at ${entry.pathname} ${what}.`, { cause });

function rebuilt(peer: Peer, lent: Lent): Plugin {
  if (lent.kind === 'capability') return { ...lent, operations: lent.operations.map((each) => guarded(peer, each)) };
  const { kind, id, config, hold } = lent;
  return { kind, id, config, connect: connector(peer, id, hold) };
}

/** What a stranger sent instead of a method, the kernel refuses by name. */
function guarded(peer: Peer, operation: AnyOperation): AnyOperation {
  const { name, effect, run } = operation;
  return typeof run === 'function' ? { ...operation, run: mayHaveHappened(peer, name, effect, run) } : operation;
}
