import { Socket } from 'node:net';
import type { Call, CapabilityPlugin, Ports, Provider, ProviderPlugin } from '../sdk/index.ts';
import { accidents } from './accident.ts';
import { Peer } from './peer.ts';

/** What runs in a plugin's process: it lends the plugin to whoever holds the other end of descriptor 3. */
const socket = new Socket({ fd: 3, readable: true, writable: true });
socket.on('close', () => process.exit());
new Peer(
  socket,
  async (entry: string) => lendable((await import(entry)).plugin),
  accidents((line) => process.stderr.write(`${line}\n`)),
);

const lendable = (plugin: CapabilityPlugin | ProviderPlugin) =>
  plugin.kind === 'capability' ? plugin : { ...plugin, hold: hold(plugin) };

/** A connection is one call: ports are lent to it until it settles, features are lent to `ready` until that settles. */
const hold =
  ({ connect }: ProviderPlugin) =>
  async (config: object, ports: Partial<Ports>, call: Call, ready: (provider: Provider) => Promise<void>) => {
    const provider = await connect(config, ports, call);
    await ready(provider).finally(() => provider.close());
  };
