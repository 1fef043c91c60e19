import { dirname, join } from 'node:path';
import type { Path } from '../document/document.ts';
import type { Whereabouts } from './find.ts';
import { defaultStateDir, peopleDir, socketDir } from './places.ts';
import type { ConfigFile } from './schema.ts';

/** The absolute path that was meant by what stands at a key. */
export type Place = (key: Path, written: string) => string;

interface Settling {
  readonly where: Whereabouts & { readonly packageDir: string };
  readonly source: string | undefined;
  readonly place: Place;
}

/** The config as the program uses it: every default filled in, every path absolute, times in milliseconds. */
export function settle(file: ConfigFile, { where, source, place }: Settling) {
  const folder = (key: keyof ConfigFile & string, fallback: string): string =>
    typeof file[key] === 'string' ? place([key], file[key]) : fallback;
  const stateDir = folder('state_dir', defaultStateDir(where, source));
  const artifactStoreDir = folder('artifact_store_dir', join(stateDir, 'artifacts'));
  const roots = rootsOf(file, stateDir, artifactStoreDir, place);
  return {
    /** The file it was read from, absolute; `undefined` when there is none. */
    source,
    topologyDir: folder('topology_dir', join(source === undefined ? where.packageDir : dirname(source), 'topologies')),
    overlayDir: folder('overlay_dir', roots.overlays[0]),
    artifactStoreDir,
    sshKeyPath: file.ssh_key_path === undefined ? undefined : place(['ssh_key_path'], file.ssh_key_path),
    sshPasswordSecret: file.ssh_password_secret,
    sshUser: file.ssh_user,
    logLevel: file.log_level,
    logFile: file.log_file === undefined ? undefined : place(['log_file'], file.log_file),
    stateDir,
    runtimeDir: folder('runtime_dir', socketDir(stateDir, where)),
    roots,
    ...providersOf(file, where.env['LIBVIRT_DEFAULT_URI']),
    plugins: pluginsOf(file, place),
    secrets: secretsOf(file, place),
    sshHosts: sshHostsOf(file, place),
    toolsets: [file.toolsets].flat(),
    readOnly: file.read_only,
    policies: policiesOf(file, where.packageDir, place),
    policyWidening: file.policy_widening,
    shadowPolicies: [file.policies_shadow ?? []].flat().map((policy) => place(['policies_shadow'], policy)),
    people: Object.entries(file.people).map(([name, { account = name, groups }]) => ({ name, account, groups })),
    peopleDir: folder('people_dir', peopleDir(stateDir, where, source)),
    audit: auditOf(file.audit, stateDir, place),
    limits: limitsOf(file.limits),
    confirmation: confirmationOf(file.confirmation),
    leases: leasesOf(file.leases),
    overcommit: {
      ...{ memory: file.capacity.memory_overcommit, vcpus: file.capacity.vcpu_overcommit },
      disk: file.capacity.disk_overcommit,
    },
    project: file.project,
  } as const;
}

type Folders = readonly [string, ...string[]];

function rootsOf({ roots, overlay_dir }: ConfigFile, stateDir: string, artifactStoreDir: string, place: Place) {
  const folders = (key: keyof ConfigFile['roots'], fallback: string): Folders => {
    const [first = fallback, ...more] = [roots[key] ?? []].flat().map((root) => place(['roots', key], root));
    return [first, ...more];
  };
  const overlays = overlay_dir === undefined ? join(stateDir, 'overlays') : place(['overlay_dir'], overlay_dir);
  return {
    images: folders('images', join(stateDir, 'images')),
    overlays: folders('overlays', overlays),
    artifacts: folders('artifacts', artifactStoreDir),
    keys: folders('keys', join(stateDir, 'keys')),
  } as const;
}

function providersOf({ providers, default_provider }: ConfigFile, libvirtUri: string | undefined) {
  const settled = Object.entries(providers).map(([label, { plugin, ...config }]) => {
    const uri = plugin === 'libvirt' && libvirtUri ? { uri: libvirtUri } : {};
    return [label, { plugin, config: { ...uri, ...config } as Readonly<Record<string, unknown>> }] as const;
  });
  const [first = 'main'] = Object.keys(providers);
  return { providers: Object.fromEntries(settled), defaultProvider: default_provider ?? first };
}

const pluginsOf = ({ plugins }: ConfigFile, place: Place) =>
  plugins.map((plugin) => ('id' in plugin ? plugin : { ...plugin, path: place(['plugins'], plugin.path) }));

const sshHostsOf = ({ ssh_hosts }: ConfigFile, place: Place) =>
  Object.fromEntries(
    Object.entries(ssh_hosts).map(([name, { key_path, known_hosts, ...where }]) => {
      const placed = (key: string, written: string) => place(['ssh_hosts', name, key], written);
      return [
        name,
        { ...where, keyPath: placed('key_path', key_path), knownHosts: placed('known_hosts', known_hosts) },
      ];
    }),
  );

const secretsOf = ({ secrets }: ConfigFile, place: Place) =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [
      name,
      'file' in secret ? { ...secret, file: place(['secrets', name, 'file'], secret.file) } : secret,
    ]),
  );

function policiesOf({ policies }: ConfigFile, packageDir: string, place: Place): readonly string[] {
  if (policies !== undefined) return [policies].flat().map((policy) => place(['policies'], policy));
  return ['lab-of-one.yaml', 'roles.yaml'].map((policy) => join(packageDir, 'policies', policy));
}

const leasesOf = ({ warn_h, cut_after_m, trash_h }: ConfigFile['leases']) => ({
  ...{ warnMs: warn_h * 3_600_000, cutAfterMs: cut_after_m * 60_000, trashMs: trash_h * 3_600_000 },
});
function auditOf(
  { dir, checkpoints, append_only, export: targets }: ConfigFile['audit'],
  stateDir: string,
  place: Place,
) {
  return {
    dir: dir === undefined ? join(stateDir, 'audit') : place(['audit', 'dir'], dir),
    checkpointEvery: { records: checkpoints.every_records, ms: checkpoints.every_s * 1000 },
    appendOnly: append_only,
    targets: targets.map((target) => ('file' in target ? { file: place(['audit', 'export'], target.file) } : target)),
  };
}

const limitsOf = (limits: ConfigFile['limits']) => ({
  answerWithinMs: limits.answer_within_s * 1000,
  callDeadlineMs: limits.call_deadline_s * 1000,
  stopGraceMs: limits.stop_grace_s * 1000,
  idleExitMs: limits.idle_exit_s * 1000,
  maxOutputBytes: limits.max_output_kb * 1024,
});

const confirmationOf = (confirmation: ConfigFile['confirmation']) => ({
  lastsMs: {
    human: confirmation.human_within_min * 60_000,
    'two-person': confirmation.two_person_within_min * 60_000,
  },
  slowestMs: confirmation.slowest_s * 1000,
});
