import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLog } from '../audit/index.ts';
import type { Config } from '../config/config.ts';
import { type DoorEvent, openPorts, type SecretStore } from '../ports/index.ts';
import { portVerbs } from '../sdk/index.ts';
import type { State } from '../state/index.ts';
import { callAtWork } from './at-work.ts';
import { codeDir } from './installed.ts';
import type { PluginPorts } from './lab.ts';
import type { Loaded } from './plugins.ts';
import { shortDigest } from './surroundings.ts';

interface Holder {
  /** Whose folders, processes and facts these are: a provider's label, or a capability's id. */
  readonly name: string;
  /** On whose call; a provider's own where it works for none. */
  readonly call: string;
  readonly signal: AbortSignal;
}

interface Means {
  readonly config: Config;
  readonly state: State;
  readonly audit: AuditLog;
  readonly secrets: SecretStore;
}

export type Doorways = (loaded: Loaded, holder: Holder) => PluginPorts;

/** The ports of a plugin: what it asked for and was granted, in folders of its own, every use in the audit log. */
export const doorways =
  ({ config, state, audit, secrets }: Means): Doorways =>
  ({ manifest, grants }, { name: label, call, signal }) => {
    // A provider may have the label of a capability; what is the one's is not the other's.
    const name = `${manifest.kind === 'provider' ? 'provider' : 'plugin'}-${label}`;
    const { images, overlays, artifacts } = config.roots;
    const own = join(config.stateDir, 'plugins', name);
    const run = runFolder(config, name);
    for (const dir of [own, run]) mkdirSync(dir, { recursive: true, mode: 0o700 });
    return openPorts({
      ...{ plugin: manifest.id, manifest, grants, signal },
      roots: { own, run, images, overlays, artifacts, seeds: join(config.stateDir, 'seeds') },
      store: state.cabinet(name),
      secrets: (secret) => secrets.read(secret),
      sshHosts: config.sshHosts,
      recordDir: join(config.stateDir, 'processes', name),
      onDoor(event) {
        if (worthALine(event))
          audit.enqueue({ kind: 'effect', op: callAtWork() ?? call, data: { plugin: manifest.id, ...event } });
      },
      words: {
        node: process.execPath,
        switch: join(codeDir, 'src/switch', codeDir.endsWith('dist') ? 'main.js' : 'main.ts'),
      },
    });
  };

/** What was changed, what was refused, and what bytes went through a connection. A look at our own files and processes is none of these. */
const worthALine = ({ port, verb, phase, bytesIn = 0, bytesOut = 0 }: DoorEvent): boolean => {
  if (phase === 'refused') return true;
  if (port === 'dial' || port === 'http') return phase === 'close' && bytesIn + bytesOut > 0;
  return phase === 'open' && (port === 'exec' || Reflect.get(portVerbs[port], verb) !== 'read');
};

/** Sockets live here: short, and different for every lab of this machine. */
export const runFolder = ({ runtimeDir, stateDir }: Config, name: string): string =>
  join(runtimeDir, shortDigest(`${stateDir}\0${name}`));
