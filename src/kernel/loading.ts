import type { Config } from '../config/config.ts';
import { type CapabilityPlugin, LabError } from '../sdk/index.ts';
import { type Allowed, type Loaded, refuseTwins } from './plugins.ts';
import { collect, type Entry } from './registry.ts';

/** Plugins that every lab has. */
const always = [{ id: 'jobs' }, { id: 'lab' }];

/** Every plugin of the config, and those that every lab has. Throws PLUGIN_INVALID. */
export async function loadAll(
  { plugins }: Pick<Config, 'plugins'>,
  load: (allowed: Allowed) => Promise<Loaded>,
): Promise<readonly Loaded[]> {
  const loaded = await Promise.all([...plugins, ...unlessNamed(always, plugins)].map(load));
  refuseTwins(loaded);
  return loaded;
}

/** What these plugins can do, by the names of the tools. */
export const operationsOf = (loaded: readonly Loaded[]): ReadonlyMap<string, Entry> => collect(capabilities(loaded));

const unlessNamed = (ids: readonly { readonly id: string }[], plugins: Config['plugins']) =>
  ids.filter(({ id }) => !plugins.some((plugin) => 'id' in plugin && plugin.id === id));

const capabilities = (loaded: readonly Loaded[]): readonly CapabilityPlugin[] =>
  loaded.map(({ plugin }) => plugin).filter((plugin) => plugin.kind === 'capability');

/** One that the config names by path is meant by the id in its manifest; all others came with labwarden. */
export function providerLoader(
  { plugins }: Pick<Config, 'plugins'>,
  loaded: readonly Loaded[],
  load: (allowed: Allowed) => Promise<Loaded>,
) {
  const allowed = new Map(plugins.map((plugin, index) => [loaded[index]?.manifest.id, plugin]));
  const used = new Set<string>();
  return async (id: string): Promise<Loaded> => {
    const known = used.has(id) ? undefined : loaded.find(({ manifest }) => manifest.id === id);
    used.add(id);
    return known ?? (await load(allowed.get(id) ?? { id }));
  };
}

export function pluginOf(loaded: readonly Loaded[], id: string): Loaded {
  const found = loaded.find(({ manifest }) => manifest.id === id);
  if (found) return found;
  throw new LabError('INTERNAL', `An operation of "${id}" runs, which was never loaded.`);
}
