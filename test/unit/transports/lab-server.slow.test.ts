import { existsSync } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type McpClient, told, v1, v2 } from '../../support/mcp/clients.ts';
import { runningJob } from '../../support/mcp/jobs.ts';
import { serveRaw } from '../../support/mcp/raw.ts';
import { labwarden, served } from '../../support/mcp/served.ts';

const clusters = async (client: McpClient) =>
  (await client.call('cluster_list')).structuredContent?.['clusters'] as readonly { readonly cluster_name: string }[];

test('what one client makes the other one sees, and neither waits for the other', async () => {
  await using lab = await served({ faults: [{ at: 'power.start', of: 'a', how: 'hang' }] });
  await using one = await v1(lab);
  await using other = await v2(lab);
  await one.call('cluster_define', { topology_name: 'red' });
  await other.call('cluster_define', { topology_name: 'blue' });
  expect((await clusters(one)).map(({ cluster_name }) => cluster_name).sort()).toEqual(['blue', 'red']);
  expect(await clusters(other)).toEqual(await clusters(one));
  const hanging = one.call('cluster_start', { cluster_name: 'red' });
  for (let call = 0; call < 50; call += 1) expect(await clusters(other)).toHaveLength(2);
  await other.close();
  expect(await clusters(one)).toHaveLength(2);
  await using third = await v2(lab);
  await third.call('job_cancel', { job_id: await runningJob(third, 'cluster_start') });
  expect(told(await hanging)).toMatchObject({ code: 'CANCELLED' });
});

test('clients that come at the same moment share one lab server', async () => {
  await using lab = await served();
  await using open = new AsyncDisposableStack();
  const all = await Promise.all([v1(lab), v2(lab), v1(lab)]);
  for (const client of all) open.use(client);
  // Those that came too late have said so already, and are just leaving.
  while (lab.servers().length !== 1) await pause(10);
  await all[0]?.call('cluster_define', { topology_name: 'red' });
  for (const client of all) expect(await clusters(client)).toMatchObject([{ cluster_name: 'red' }]);
});

test('the same state has no second lab server, and the client hears whose state it is', async () => {
  await using lab = await served();
  await using client = await v2(lab);
  const config = join(lab.dir, 'other.yaml');
  await copyFile(lab.config, config);
  await using second = serveRaw({ ...lab, config });
  const answer = await second.ask('initialize', {});
  expect(answer?.error).toMatchObject({
    code: -32000,
    message: expect.stringContaining(`Another lab server holds ${lab.state}`),
  });
  expect(second.stderr()).toContain(lab.state);
  await second.ended;
  expect(await clusters(client)).toEqual([]);
});

test('a lab server that was killed is missed aloud, and the next client starts another', async () => {
  await using lab = await served();
  await using relay = serveRaw(lab);
  await relay.ask('initialize', {});
  const [pid = 0] = lab.servers();
  process.kill(pid, 'SIGKILL');
  await relay.ended;
  await new Promise((resolve) => (relay.child.exitCode === null ? relay.child.once('close', resolve) : resolve(null)));
  expect(relay.child.exitCode).toBe(1);
  expect(relay.stderr()).toBe('labwarden: the lab server has gone; start the client again.\n');
  await using next = await v2(lab);
  expect(await clusters(next)).toEqual([]);
  expect(lab.servers()).not.toContain(pid);
});

test('a client that comes while the lab server ends gets the next one', async () => {
  await using lab = await served({
    faults: [{ at: 'power.start', of: 'a', how: 'freeze' }],
    limits: { answer_within_s: 1, stop_grace_s: 2 },
  });
  await using first = await v2(lab);
  await first.call('cluster_define', { topology_name: 'red' });
  expect(told(await first.call('cluster_start', { cluster_name: 'red' }))).toMatchObject({ code: 'STILL_RUNNING' });
  const [ending] = lab.servers();
  expect(await lab.run('stop')).toMatchObject({
    code: 0,
    stdout: `The lab server (process ${ending}) ends. Running VMs go on.\n`,
  });
  await using next = await v2(lab);
  expect(await clusters(next)).toMatchObject([{ cluster_name: 'red' }]);
  expect(lab.servers()).not.toContain(ending);
});

test('a lab server that nobody needs ends, and leaves no socket', async () => {
  await using lab = await served({ limits: { idle_exit_s: 1 } });
  await using client = await v1(lab);
  expect(existsSync(lab.place.socket)).toBe(true);
  await client.close();
  await lab.gone();
  expect(existsSync(lab.place.socket)).toBe(false);
  expect(await readFile(join(lab.dir, 'lab.log'), 'utf8').catch(() => '')).not.toMatch(/"level":(50|60)/);
});

test('a job keeps it alive without any client', async () => {
  await using lab = await served({ limits: { idle_exit_s: 1 }, faults: [{ at: 'power.start', of: 'a', how: 'hang' }] });
  await using client = await v2(lab);
  await client.call('cluster_define', { topology_name: 'solo' });
  client.call('cluster_start', { cluster_name: 'solo' }).catch(() => {});
  while ((await client.call('job_list', { status: 'running' })).structuredContent?.['jobs']?.toString() === '');
  const before = lab.servers();
  await client.close();
  await pause(2_500);
  expect(lab.servers()).toEqual(before);
});

test('its socket and the folder around it are for this user alone', async () => {
  await using lab = await served();
  await using _ = await v1(lab);
  expect((await stat(lab.place.socket)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(lab.place.socket))).mode & 0o777).toBe(0o700);
  expect((await stat(lab.place.log)).mode & 0o777).toBe(0o600);
});

test('started by hand it says what is wrong, and needs nobody to wait for it', async () => {
  await using lab = await served();
  await using _ = await v1(lab);
  expect(await lab.run('lab')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('labwarden: CONFLICT: Another lab server holds'),
  });
  expect(await labwarden({ env: lab.env, cwd: lab.dir }, 'lab', '--config', 'nowhere.yaml')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nowhere.yaml'),
  });
});
