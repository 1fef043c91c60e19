import { type DemoClient, Refused } from './client.ts';
import { step } from './print.ts';

interface Node {
  readonly name: string;
  readonly role: string;
  readonly ip: string;
  readonly domain_state: string;
  readonly ssh_reachable: boolean;
}

interface Ran {
  readonly exit_code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const cluster_name = 'demo';

export async function drive(client: DemoClient): Promise<void> {
  await step(
    'cluster_define example-3node',
    () => client.call('cluster_define', { topology_name: 'example-3node' }),
    nodeLines,
  );
  await step('cluster_start, waiting for SSH', () => client.call('cluster_start', { cluster_name }), nodeLines);
  await step('cluster_status', () => client.call('cluster_status', { cluster_name }), nodeLines);
  await step('cluster_handle', () => client.call('cluster_handle', { cluster_name }), handleLines);
  await step(
    'node_exec_all "uname -r"',
    () => client.call('node_exec_all', { cluster_name, command: 'uname -r' }),
    execLines,
  );
  await step(
    'a TCP exchange between two nodes, over their own network',
    () => exchange(client),
    (lines) => lines,
  );
  await step(
    'node_crash of client1, and its restart',
    () => client.call('node_crash', { cluster_name, node: 'client1', restart_after: true }),
    (node) => nodeLines({ nodes: [node] }),
  );
  await step(
    'node_crash of server, which policy refuses',
    () => refused(client),
    (lines) => lines,
  );
  await step(
    'cluster_destroy, with its confirmation',
    () => client.call('cluster_destroy', { cluster_name, remove_overlays: true }),
    nodeLines,
  );
}

const nodeLines = ({ nodes }: Record<string, unknown>): readonly string[] =>
  (nodes as readonly Node[]).map(({ name, ip, domain_state, ssh_reachable }) =>
    [name.padEnd(8), ip.padEnd(12), domain_state, ssh_reachable ? ', lets us in' : ''].join(' ').trimEnd(),
  );

interface Handle {
  readonly name: string;
  readonly ssh_host: string;
  readonly ssh_port: number;
  readonly ssh_user: string;
}

const handleLines = ({ nodes, kernel_version }: Record<string, unknown>): readonly string[] => [
  `kernel ${kernel_version}`,
  ...(nodes as readonly Handle[]).map(
    ({ name, ssh_host, ssh_port, ssh_user }) => `${name.padEnd(8)} ssh ${ssh_user}@${ssh_host} -p ${ssh_port}`,
  ),
];

const execLines = ({ results }: Record<string, unknown>): readonly string[] =>
  Object.entries(results as Record<string, Ran>).map(([name, { stdout }]) => `${name.padEnd(8)} ${stdout.trim()}`);

/** The server listens and answers, a client speaks: two calls at once, and neither goes through this machine. */
async function exchange(client: DemoClient): Promise<readonly string[]> {
  const { nodes } = await client.call('cluster_status', { cluster_name });
  const server = (nodes as readonly Node[]).find(({ role }) => role === 'server');
  const listen = 'echo "hello client, this is $(hostname)" | nc -l -p 7000';
  // From a file, so that there is something to say at once: nc ends when the other side does, also before it was told anything.
  const greeting = 'echo "hello server, this is $(hostname)" >/tmp/greeting';
  const speak = `${greeting}; for try in 1 2 3 4 5 6 7 8 9 10; do nc -w 5 ${server?.ip} 7000 </tmp/greeting && exit 0; sleep 0.3; done; exit 1`;
  const exec = (node_name: string, command: string) =>
    client.call('node_exec', { cluster_name, node_name, command, timeout_s: 30 });
  const [heard, answered] = (await Promise.all([exec('server', listen), exec('client1', speak)])) as unknown as [
    Ran,
    Ran,
  ];
  if (!heard.stdout.includes('client1') || !answered.stdout.includes('server'))
    throw new Error(`The nodes did not hear each other: ${JSON.stringify([heard, answered])}`);
  return [`server heard:  ${heard.stdout.trim()}`, `client1 heard: ${answered.stdout.trim()}`];
}

async function refused(client: DemoClient): Promise<readonly string[]> {
  const done = await client.call('node_crash', { cluster_name, node: 'server' }).catch((reason: unknown) => reason);
  if (done instanceof Refused && done.code === 'FORBIDDEN') return [`${done.code}: ${done.message}`];
  throw new Error(`Policy was to refuse it, and did not: ${JSON.stringify(done)}`);
}
