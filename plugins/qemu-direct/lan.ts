import { type AtNetwork, LabError, type Lan, type Vm, z } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { jsonLine, jsonLines } from './json-lines.ts';
import { poll, within } from './wait.ts';

/** One switch process per cluster, which outlives the lab server. It dials the sockets of the VMs again and again: told once is enough. */
export const lan = (host: Host): Lan => ({
  async active({ cluster, members }) {
    const ports = await connections(host, cluster.id);
    return ports !== undefined && attached(members).every(({ name }) => Object.hasOwn(ports, name));
  },

  async define(at) {
    await ensureSwitch(host, at);
    const paths = attached(at.members).map(({ name, id }) => [name, host.folders.vm(id).lan]);
    const answer = await ask(host, at.cluster.id, { set: { ports: Object.fromEntries(paths) } });
    if (accepted.safeParse(answer).success) return;
    throw new LabError(
      'PROVIDER_FAILED',
      `The switch of "${at.cluster.name}" refused its VMs: ${JSON.stringify(answer)}`,
    );
  },

  remove: ({ cluster }) => endSwitch(host, cluster.id),
});

const processName = (clusterId: string): string => `switch-${clusterId}`;

const attached = (members: readonly Vm[]): readonly Vm[] =>
  members.filter(({ spec }) => spec.nics.some(({ on }) => on === 'cluster'));

const report = z.object({ ports: z.record(z.string(), z.object({ connected: z.boolean() })) });
const accepted = z.object({ ok: z.literal(true) });

/** What the cluster's switch knows; `undefined` when there is none, or none that answers. */
async function connections(host: Host, clusterId: string): Promise<z.output<typeof report>['ports'] | undefined> {
  if (!(await host.hands.process.alive(processName(clusterId)))) return undefined;
  const answer = await ask(host, clusterId, { get: true }).catch(() => undefined);
  return report.safeParse(answer).data?.ports;
}

/** A switch that answers: the one there is, or a new one in its place. */
async function ensureSwitch(host: Host, { cluster, call }: AtNetwork): Promise<void> {
  if (await connections(host, cluster.id)) return;
  const { clock, process } = host.hands;
  const name = processName(cluster.id);
  await endSwitch(host, cluster.id);
  await process.start(name, 'switch', { control: host.folders.control(cluster.id) }, { detached: true });
  const patience = { clock, everyMs: 25, withinMs: host.config.start_timeout_ms, signal: call.signal };
  const came = await poll(patience, async () => {
    if (await connections(host, cluster.id)) return 'answers';
    return (await process.alive(name)) ? undefined : 'ended';
  });
  if (came === 'answers') return;
  const why = came === 'ended' ? (await process.ended(name)).stderr.trim() : 'it does not answer';
  throw new LabError('PROVIDER_FAILED', `The switch of "${cluster.name}" did not start: ${why}`);
}

async function endSwitch({ hands, folders, config }: Host, clusterId: string): Promise<void> {
  await hands.process.stop(processName(clusterId), config.stop_grace_ms);
  await hands.files.remove(folders.control(clusterId));
}

/** One question on a connection of its own, and its one answer. */
async function ask({ hands, folders, config }: Host, clusterId: string, question: object): Promise<unknown> {
  const pipe = await hands.dial.open({ unix: folders.control(clusterId) });
  const answer = async (): Promise<unknown> => {
    await pipe.write(jsonLine(question));
    return (await jsonLines(pipe).next()).value;
  };
  try {
    return await within(config.qmp_timeout_ms, answer(), 'The switch of a cluster did not answer in time.');
  } finally {
    await pipe.close();
  }
}
