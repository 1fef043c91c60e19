import { type Plugin, type PluginProcess, spawnPlugin } from '../../../src/rpc/spawn.ts';

/** The two places a plugin may live. */
export const places = ['in process', 'in a child'] as const;
export type Place = (typeof places)[number];

export interface Placed extends AsyncDisposable {
  readonly plugin: Plugin;
  /** What the plugin's process printed, and what failed here on its behalf. */
  readonly lines: readonly string[];
  /** The process, when it has one of its own. */
  readonly process?: PluginProcess;
}

/** One of the plugins beside this file's folder, loaded here or spawned. */
export async function place(where: Place, name: 'memory' | 'crossing'): Promise<Placed> {
  const entry = new URL(`../${name}/index.ts`, import.meta.url);
  if (where === 'in process') {
    const { plugin } = await import(entry.href);
    return { plugin, lines: [], [Symbol.asyncDispose]: async () => {} };
  }
  const lines: string[] = [];
  const spawned = await spawnPlugin(entry, { log: (line) => lines.push(line) });
  const { plugin } = spawned;
  return { plugin, lines, process: spawned, [Symbol.asyncDispose]: () => spawned[Symbol.asyncDispose]() };
}
