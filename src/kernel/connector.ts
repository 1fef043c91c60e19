import type { AuditLog } from '../audit/index.ts';
import { LabError } from '../sdk/index.ts';
import { inputCheck } from './check.ts';
import type { Doorways } from './doorways.ts';
import { type Furnishing, furnished } from './furnish.ts';
import type { Loaded } from './plugins.ts';
import type { Connector } from './providers.ts';

interface Means {
  /** A provider's plugin by its id: a child that died is started anew. */
  load(plugin: string): Promise<Loaded>;
  readonly audit: AuditLog;
  readonly openDoors: Doorways;
  readonly furnishing: Furnishing;
}

/** How a provider of the config is connected: its plugin loaded, its config checked, its standing ports opened. */
export const connector =
  ({ load, audit, openDoors, furnishing }: Means) =>
  (name: string, plugin: string, config: object): Connector => ({
    plugin,
    async connect(call) {
      const loaded = await load(plugin);
      const { provider, fitting } = fittingProvider(loaded, config, { name, plugin });
      audit.enqueue({ kind: 'plugin', data: { id: plugin, digest: loaded.digest, provider: name } });
      const { ports } = openDoors(loaded, { name, call: call.id, signal: call.signal });
      return furnished(await provider.connect(fitting, ports, call), furnishing);
    },
  });

/** The provider in a plugin, and its config with every default filled in. Throws CONFIG_INVALID. */
export function fittingProvider({ plugin: provider }: Loaded, config: object, { name, plugin }: Named) {
  if (provider.kind === 'provider') return { provider, fitting: fitting(provider.config, config, name) };
  throw new LabError('CONFIG_INVALID', `providers.${name}: "${plugin}" is no provider.`);
}

interface Named {
  readonly name: string;
  readonly plugin: string;
}

function fitting(schema: Parameters<typeof inputCheck>[0], config: object, name: string): object {
  try {
    return inputCheck(schema)(config);
  } catch (cause) {
    throw new LabError('CONFIG_INVALID', `providers.${name}: ${LabError.of(cause).message}`, { cause });
  }
}
