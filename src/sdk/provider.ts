import type { z } from 'zod';
import type { Call } from './call.ts';
import type { AtVm } from './features.ts';
import type { Ports } from './ports.ts';
import { type JsonSchema, jsonSchema } from './schema.ts';
import type { FeatureOf, Scope, Scopes, Unsupported } from './scopes.ts';
import type { VmState } from './subjects.ts';

type Offered<S extends Scope> = { readonly [F in FeatureOf<S>]?: Scopes[S][F] | Unsupported };

/** The network card that a provider gives every VM first, for SSH and the internet, where its clusters' networks have neither. */
export interface Management {
  /** CIDR; may be the same for every VM when each has a network of its own. */
  readonly address: string;
  readonly gateway: string;
  readonly nameserver: string;
}

/** A connected hypervisor: what works on this host, scope by scope, and in one sentence why the rest does not. */
export interface Provider {
  readonly host: Offered<'host'>;
  readonly network: Offered<'network'>;
  readonly vm: Offered<'vm'>;
  readonly management?: Management;
  /** Throws only when the hypervisor could not answer; a VM it does not know is `absent`. */
  state(at: AtVm): Promise<VmState>;
  /** Resolves, with one sentence, when the connection has died by itself. Absent where there is none to lose. */
  lost?(): Promise<string>;
  close(): Promise<void>;
}

/** A provider plugin as the kernel holds it. `config` was checked against the schema by then. */
export interface ProviderPlugin {
  readonly kind: 'provider';
  readonly id: string;
  readonly config: JsonSchema;
  connect(config: object, ports: Partial<Ports>, call: Call): Promise<Provider>;
}

export interface ProviderDeclaration<C extends z.ZodObject> {
  readonly id: string;
  readonly config: C;
  /** Connects, probes the host, and offers only what works there. `ports` and `call` last until `close`. */
  connect(config: z.output<C>, ports: Partial<Ports>, call: Call): Promise<Provider>;
}

export const defineProvider = <C extends z.ZodObject>(plugin: ProviderDeclaration<C>): ProviderPlugin => ({
  kind: 'provider',
  id: plugin.id,
  config: jsonSchema(plugin.config, `The config of "${plugin.id}"`),
  // The kernel checked `config` against this very schema, defaults filled in.
  connect: (config, ports, call) => plugin.connect(config as z.output<C>, ports, call),
});
