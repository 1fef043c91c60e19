import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { auditKeys, redact } from '../audit/index.ts';
import type { Config } from '../config/config.ts';
import { makeFolder, makeOwnFolder } from '../config/own-folder.ts';
import { keyFolder, openGuests } from '../ports/guest/index.ts';
import { openSecrets } from '../ports/index.ts';
import { LabError, type Principal } from '../sdk/index.ts';
import { kept } from '../secrets/kept.ts';
import { holdState, openState } from '../state/index.ts';
import { loadTopology } from '../topology/topology.ts';
import { waiting } from './call/recover.ts';
import { Capacity } from './capacity.ts';
import { type Clock, systemClock } from './clock.ts';
import { type AuditDisk, configuredAudit } from './configured-audit.ts';
import { confirming } from './confirming.ts';
import { connector } from './connector.ts';
import { doorways } from './doorways.ts';
import { drafting } from './drafting.ts';
import { Jobs } from './jobs.ts';
import type { Lab } from './lab.ts';
import { leaseFor } from './lease-terms.ts';
import { Leases } from './leases.ts';
import { openPolicy } from './live-policy.ts';
import { loadAll, operationsOf, pluginOf, providerLoader } from './loading.ts';
import { Locks } from './locks.ts';
import { type Allowed, loadPlugin, type Spawn } from './plugins.ts';
import type { PolicyHealth } from './policy-keeper.ts';
import { Providers } from './providers.ts';
import { Rates } from './rates.ts';
import { recoverAll } from './recovery.ts';
import type { Log } from './surroundings.ts';
import { refuseUnknown } from './toolsets.ts';
import { wantedTopology } from './wanted-topology.ts';

export interface Kernel extends AsyncDisposable {
  readonly lab: Lab;
  /** What comes to its end by itself. */
  readonly leases: Leases;
  /** 32 bytes that outlive the server, with which transports seal what they hand to clients. */
  readonly sealKey: Uint8Array;
  /** Resolves when every call that an earlier server left open was finished, undone or given up. */
  readonly recovered: Promise<void>;
  /** Reads the policy files again, now. What is wrong with them changes nothing, and is told. */
  reloadPolicy(): Promise<PolicyHealth>;
  /** An admin's word for the policy that waits, by its hash. Throws NOT_FOUND when another one waits, or none. */
  acceptPolicy(hash: string, who: Principal): Promise<PolicyHealth>;
}

/** Where tests put a disk and a clock of their own. */
export interface Seams {
  readonly audit?: AuditDisk;
  readonly clock?: Clock;
}

const answerToQuestionMs = 5 * 60_000;

/** Opens the lab, one thing after the other, and closes it in reverse order. Throws CONFLICT when another server holds this state. */
export async function boot(config: Config, log: Log, spawn: Spawn, seams: Seams = {}): Promise<Kernel> {
  const { clock = systemClock() } = seams;
  await using opened = new AsyncDisposableStack();
  // Before anything is started that could inherit them.
  const secrets = openSecrets(config.secrets);
  makeFolder(config.stateDir);
  opened.use(held(config.stateDir));
  const state = openState(config.stateDir);
  opened.defer(() => state.close());
  const audit = opened.use(await configuredAudit(config, log, seams.audit));
  const auditKey = await auditKeys(config.audit.dir);

  const load = (allowed: Allowed) => loadPlugin(allowed, spawn, join(config.stateDir, 'pinned'));
  const loaded = await loadAll(config, load);
  for (const { manifest, digest } of loaded) audit.enqueue({ kind: 'plugin', data: { id: manifest.id, digest } });
  const operations = operationsOf(loaded);
  refuseUnknown(config.toolsets, operations, 'CONFIG_INVALID', 'toolsets');
  const keeper = opened.use(await openPolicy(config, operations, { audit, log }));

  const keys = keyFolder(join(config.stateDir, 'keys'));
  const guests = opened.use(openGuests());
  const seedsDir = join(config.stateDir, 'seeds');
  for (const dir of [seedsDir, config.runtimeDir]) makeOwnFolder(dir);
  // Where an admin keeps disks is theirs to guard; what we make for it is ours alone.
  makeFolder(config.overlayDir);
  const openDoors = doorways({ config, state, audit, secrets });
  const providers = new Providers((message, fields) => log('warn', message, fields));
  const jobs = new Jobs(config.limits.answerWithinMs);
  const lab: Lab = {
    ...{ operations, providers, state, audit, locks: new Locks(), jobs, log },
    limits: { ...config.limits, answerToQuestionMs, trashMs: config.leases.trashMs },
    ...{ rates: new Rates(), capacity: new Capacity(config.overcommit) },
    ...confirming(config, { audit, log, loaded }),
    get policy() {
      return keeper.current;
    },
    policyHealth: () => keeper.health,
    onPolicyChange: (listener) => keeper.onChange(listener),
    now: clock.now,
    changed: () => leases.changed(),
    ...{ toolsets: config.toolsets, readOnly: config.readOnly },
    hosts: () => Object.keys(config.providers).map((name) => ({ id: name, name, provider: name })),
    doors: (plugin, call, signal) => openDoors(pluginOf(loaded, plugin), { name: plugin, call, signal }),
    redact: (args, schema) => redact(args, { ...schema }, auditKey),
    drafting: drafting({
      ...{ providers, seedsDir, defaultProvider: config.defaultProvider, project: config.project },
      load: (name, owner) => loadTopology(wantedTopology(config, name, owner)),
      loginKey: async () => (await keys.pair('lab')).privatePath,
      expiry: (who, project) => expiryOf(leaseFor(keeper.current, who, project)?.defaultH, clock.now()),
    }),
  };

  opened.use(keeper.onChange(() => lab.sessionGrants.revokeAll()));
  const leases = new Leases(lab, clock, config.leases);

  // Whatever was being changed when the last server ended stays locked until it is settled.
  const unsettled = await waiting(lab);
  opened.use(providers);
  const connect = connector({
    load: providerLoader(config, loaded, load),
    audit,
    openDoors,
    furnishing: { state, keys, guests, secrets, maxOutputBytes: config.limits.maxOutputBytes },
  });
  for (const [name, { plugin, config: own }] of Object.entries(config.providers))
    providers.add(name, connect(name, plugin, own));
  const stopping = new AbortController();
  const recovered = recoverAll(lab, unsettled, stopping.signal);
  opened.defer(() => recovered);
  opened.defer(() => jobs.stopAll());
  opened.defer(() => stopping.abort(new LabError('CANCELLED', 'The lab server is stopping.')));
  opened.use(leases);
  leases.changed();
  const sealKey = await kept(join(config.stateDir, 'seal.key'), () => randomBytes(32));
  const resources = opened.move();
  return {
    ...{ lab, leases, recovered, sealKey },
    reloadPolicy: () => keeper.reload(),
    acceptPolicy: (hash, who) => keeper.accept(hash, who),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const expiryOf = (hours: number | undefined, now: Date): string | undefined =>
  hours === undefined ? undefined : new Date(now.getTime() + hours * 3_600_000).toISOString();

function held(stateDir: string): Disposable {
  const hold = holdState(stateDir);
  if (hold) return hold;
  throw new LabError(
    'CONFLICT',
    `Another lab server holds ${stateDir}. One state has one server: use the same config and LABWARDEN_ environment, or another state_dir.`,
  );
}
