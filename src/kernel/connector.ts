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
      const provider = loaded.plugin;
      if (provider.kind !== 'provider')
        throw new LabError('CONFIG_INVALID', `providers.${name}: "${plugin}" is no provider.`);
      audit.enqueue({ kind: 'plugin', data: { id: plugin, digest: loaded.digest, provider: name } });
      const { ports } = openDoors(loaded, { name, call: call.id, signal: call.signal });
      return furnished(await provider.connect(fitting(provider.config, config, name), ports, call), furnishing);
    },
  });

function fitting(schema: Parameters<typeof inputCheck>[0], config: object, name: string): object {
  try {
    return inputCheck(schema)(config);
  } catch (cause) {
    throw new LabError('CONFIG_INVALID', `providers.${name}: ${LabError.of(cause).message}`, { cause });
  }
}
