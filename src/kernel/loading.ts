import type { Config } from '../config/config.ts';
import type { CapabilityPlugin } from '../sdk/index.ts';
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
