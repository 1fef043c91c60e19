import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type AuditRecord, verifyAudit } from '../../src/audit/index.ts';
import { loadConfig } from '../../src/config/config.ts';
import { boot, type Kernel } from '../../src/kernel/boot.ts';
import { call } from '../../src/kernel/call/call.ts';
import type { Outcome, Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { packageDir } from '../../src/kernel/installed.ts';
import { digestOfFolder } from '../../src/kernel/plugins.ts';
import { spawnPlugin } from '../../src/rpc/spawn.ts';
import type { Principal } from '../../src/sdk/index.ts';

export const places = ['in process', 'in a child'] as const;
export type Place = (typeof places)[number];

export interface LabFiles {
  readonly dir: string;
  readonly config: string;
}

export interface LabOptions {
  readonly place?: Place;
  /** Whether the hypervisor's world outlives its server, as a real one's does; true without it. */
  readonly lasting?: boolean;
  /** What goes wrong in the hypervisor; see test/support/memory. */
  readonly faults?: readonly object[];
  readonly without?: Readonly<Record<string, string>>;
  /** Policy files as data, instead of those of a lab of one. */
  readonly policies?: readonly object[];
  /** Of the policy files that come with labwarden, these too. */
  readonly shipped?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly leases?: Readonly<Record<string, number>>;
  /** What the host has, and how much more is promised. */
  readonly capacity?: Readonly<Record<string, number>>;
  readonly overcommit?: Readonly<Record<string, number>>;
  /** More capability plugins, by folder from the root of the repository. */
  readonly plugins?: readonly string[];
  /** Clusters that are protected. */
  readonly protects?: readonly string[];
  /** More topologies: names of clusters, and of their nodes. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>;
  /** Further keys of the config. */
  readonly more?: object;
}

/** Whoever runs the tests, who is the owner of a lab of one. */
export const me: Principal = { user: userInfo().username, groups: [], via: 'stdio' };

/** A config, three topologies of two nodes (`red`, `blue`) and one (`solo`), an image, and a hypervisor in memory that outlives its server. */
export async function labFiles(dir: string, options: LabOptions = {}): Promise<LabFiles> {
  const { place = 'in process', lasting = true, faults = [], without = {}, limits = {}, plugins = [] } = options;
  const { leases = {}, capacity, overcommit = {} } = options;
  const clusters = { red: ['a', 'b'], blue: ['a', 'b'], solo: ['a'], ...options.clusters };
  for (const folder of ['topologies', 'state/images']) await mkdir(join(dir, folder), { recursive: true });
  const image = join(dir, 'state/images/empty.raw');
  // Written once: clusters on an image that has changed do not start.
  if (!existsSync(image)) await writeFile(image, Buffer.alloc(1024 * 1024));
  for (const [name, nodes] of Object.entries(clusters))
    await writeTopology(dir, name, {
      ...topology(name, nodes),
      ...(options.protects?.includes(name) && { protected: true }),
    });
  const pinned = async (folder: string, grants: object) => ({
    path: join(packageDir, folder),
    digest: await digestOfFolder(join(packageDir, folder)),
    process: place === 'in a child' ? 'child' : 'here',
    grants,
  });
  const policies = (options.policies ?? []).map(
    (policy, index) => [`policy-${index}.yaml`, stringify(policy, { aliasDuplicateObjects: false })] as const,
  );
  for (const [file, text] of policies) await writeFile(join(dir, file), text);
  const ofOne = policies.length > 0 ? [] : ['lab-of-one.yaml', 'roles.yaml'];
  const shipped = [...ofOne, ...(options.shipped ?? [])].map((file) => join(packageDir, 'policies', file));
  const config = join(dir, 'labwarden.yaml');
  await writeFile(
    config,
    stringify({
      ...{ state_dir: 'state', runtime_dir: 'run', log_level: 'warn', log_file: 'lab.log', limits, ...options.more },
      ...{ leases, capacity: overcommit },
      policies: [...shipped, ...policies.map(([file]) => file)],
      providers: {
        main: { plugin: 'memory', faults: [...faults], without: { ...without }, ...(capacity && { capacity }) },
      },
      plugins: [
        await pinned('plugins/clusters', {}),
        await pinned('test/support/memory', lasting ? { state: true } : {}),
        ...(await Promise.all(
          plugins.map((folder) => pinned(folder, { files: { own: 'write', artifacts: 'write' } })),
        )),
      ],
    }),
  );
  return { dir, config };
}

export const writeTopology = (dir: string, name: string, file: object): Promise<void> =>
  writeFile(join(dir, `topologies/${name}.yaml`), stringify(file));

export const topology = (name: string, nodes: readonly string[]): object => ({
  ...{ cluster_name: name, base_image: 'empty.raw', network: { bridge: `lw-${name}`, subnet: '10.9.0.0/24' } },
  nodes: nodes.map((node, index) => ({ name: node, role: 'member', memory_mb: 64, ip: `10.9.0.${index + 11}` })),
});

export interface TestLab extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly lab: Kernel['lab'];
  /** One call down the line, as whoever runs the tests unless told otherwise. */
  ask(tool: string, args?: object, extra?: Partial<Request>): Promise<Outcome>;
  /** The same with a person who agrees to whatever is asked. */
  agree(tool: string, args?: object, extra?: Partial<Request>): Promise<Outcome>;
  /** What the audit log's files say of one call by now, or of all. */
  records(op?: string): Promise<readonly AuditRecord[]>;
  /** What the hypervisor has, behind everybody's back: `vm/<id>`, `disk/<path>`, `lan/<id>`, and `struck/<verb>/<name>` of its faults. */
  world(prefix?: string): Promise<readonly string[]>;
}

const never = new AbortController().signal;

/** A whole lab, as `labwarden lab` opens it, over the hypervisor in memory. */
export async function openLab({ config }: LabFiles, clock?: Clock): Promise<TestLab> {
  const loaded = await loadConfig({ argvFile: config, env: {}, cwd: '/', home: '/nonexistent', packageDir });
  await using opened = new AsyncDisposableStack();
  const spawn = async (entry: URL) => opened.use(await spawnPlugin(entry)).plugin;
  const kernel = opened.use(await boot(loaded, () => {}, spawn, clock));
  const resources = opened.move();
  const request = (tool: string, args: object): Request => ({
    ...{ id: newCallId(), principal: me, tool, args, signal: never, stop: never },
  });
  const ask: TestLab['ask'] = (tool, args = {}, extra = {}) => call(kernel.lab, { ...request(tool, args), ...extra });
  return {
    ...{ kernel, lab: kernel.lab, ask },
    async records(op) {
      const records: AuditRecord[] = [];
      await kernel.lab.audit.flush();
      await verifyAudit(loaded.audit.dir, { onRecord: (record) => void records.push(record) });
      return op === undefined ? records : records.filter((record) => record.op === op);
    },
    world: (prefix = '') => kernel.lab.state.cabinet('provider-main').list(prefix),
    async agree(tool, args = {}, extra = {}) {
      const asked = await ask(tool, args, extra);
      if (asked.ok || !('question' in asked.error.details)) return asked;
      const { question, plan, expect: typed } = asked.error.details;
      const answer = { question: String(question), plan: String(plan), said: 'yes', typed: String(typed) } as const;
      return await ask(tool, args, { ...extra, answer });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
