import { LabError, operation, type Ran, type VmState, z } from 'labwarden/sdk';
import { command, maxOutputBytes, nodes, timeoutS } from './fields.ts';

const ran = z.object({
  node: z.string(),
  exit_code: z.int().nullable().describe('null when the time limit ended it.'),
  stdout: z.string(),
  stderr: z.string(),
  duration_ms: z.number(),
  timed_out: z.boolean(),
  truncated: z.boolean().describe('Whether output beyond the limit was cut.'),
});

export const nodeExec = operation({
  name: 'node_exec',
  summary: 'Run a command on one node over SSH. A command that fails is an answer with its exit code, not an error.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'exec', nodes: 'node_name', beside: true } },
  requires: ['guest'],
  effect: 'change',
  input: z.object({ node_name: z.string().min(1).max(64).describe('Name of the node.'), command, timeout_s: timeoutS }),
  output: ran,
  async run({ cluster }, { command, timeout_s }) {
    running(cluster.name, cluster.nodes);
    const [node] = cluster.nodes;
    if (!node) throw new LabError('INTERNAL', 'A node was selected, and there is none.');
    return answer(node.name, await node.guest.exec(command, { timeoutMs: timeout_s * 1000, maxOutputBytes }));
  },
});

export const nodeExecAll = operation({
  name: 'node_exec_all',
  summary: 'Run a command on all nodes of a cluster, or on some, in parallel.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'exec', nodes: 'nodes', beside: true } },
  requires: ['guest'],
  effect: 'change',
  input: z.object({
    command,
    nodes,
    require_all: z.boolean().default(true).describe('Fail unless the command could be run on every node.'),
    timeout_s: timeoutS,
  }),
  output: z.object({
    results: z.record(z.string(), ran).describe('By node.'),
    failures: z.record(z.string(), z.string()).describe('Why it could not be run, by node.'),
  }),
  async run({ cluster }, { command, require_all, timeout_s }) {
    if (require_all) running(cluster.name, cluster.nodes);
    const limits = { timeoutMs: timeout_s * 1000, maxOutputBytes };
    const ended = await Promise.all(
      cluster.nodes.map(async ({ name, state, guest }) => {
        if (state !== 'running') return { name, failure: `The node is ${state}.` };
        const one = guest.exec(command, limits).then((result) => ({ name, result: answer(name, result) }));
        return await one.catch((reason: unknown) => ({ name, failure: LabError.of(reason).message }));
      }),
    );
    const results = Object.fromEntries(ended.flatMap((end) => ('result' in end ? [[end.name, end.result]] : [])));
    const failures = Object.fromEntries(ended.flatMap((end) => ('failure' in end ? [[end.name, end.failure]] : [])));
    if (require_all && Object.keys(failures).length > 0) throw incomplete(results, failures);
    return { results, failures };
  },
});

const answer = (node: string, { exitCode, stdout, stderr, durationMs, timedOut, truncated }: Ran) => ({
  ...{ node, exit_code: exitCode ?? null, stdout, stderr },
  ...{ duration_ms: Math.round(durationMs), timed_out: timedOut, truncated },
});

function incomplete(results: object, failures: Readonly<Record<string, string>>): LabError {
  const sentences = Object.entries(failures).map(([node, reason]) => `${node}: ${reason}`);
  return new LabError('PROVIDER_FAILED', `The command could not be run on every node. ${sentences.join(' ')}`, {
    details: { results, failures },
  });
}

/** Throws CONFLICT, with what to do, unless every one of these nodes runs. */
export function running(cluster: string, nodes: readonly { readonly name: string; readonly state: VmState }[]): void {
  const still = nodes.filter(({ state }) => state !== 'running');
  if (still.length === 0) return;
  const each = still.map(({ name, state }) => `${name} is ${state}`).join(', ');
  throw new LabError(
    'CONFLICT',
    `Cluster "${cluster}" does not run on every node that was named: ${each}. Start it with cluster_start.`,
    {
      details: { states: Object.fromEntries(still.map(({ name, state }) => [name, state])) },
    },
  );
}
