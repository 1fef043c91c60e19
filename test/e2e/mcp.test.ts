import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clients, type McpClient, type Person, told } from '../support/mcp/clients.ts';
import { endedJob, runningJob } from '../support/mcp/jobs.ts';
import { type Served, served } from '../support/mcp/served.ts';

/** A tool as test/surface has it. */
const pinned = async (name: string): Promise<object> =>
  JSON.parse(await readFile(new URL(`../surface/tools/${name}.json`, import.meta.url), 'utf8'));

const never: Person = (message) => {
  throw new Error(`Nobody was to be asked, and somebody was: ${message}`);
};
const typing =
  (name: string, heard: string[] = []): Person =>
  (message) => {
    heard.push(message);
    return { type_the_name: name };
  };

describe.each(Object.entries(clients))('%s', (_, connect) => {
  describe('in a lab where all goes well', () => {
    let lab: Served;
    beforeAll(async () => {
      lab = await served();
    });
    afterAll(() => lab[Symbol.asyncDispose]());

    test('sees every tool whole, and always in one order', async () => {
      await using client = await connect(lab);
      const tools = await client.tools();
      expect(tools.map(({ name }) => name)).toContain('cluster_define');
      for (const tool of tools) expect(tool).toMatchObject(await pinned(tool.name));
      expect(await client.tools()).toEqual(tools);
      for (const { annotations, outputSchema } of tools) {
        expect(Object.keys(annotations ?? {}).sort()).toEqual([
          'destructiveHint',
          'idempotentHint',
          'openWorldHint',
          'readOnlyHint',
        ]);
        expect(outputSchema?.type).toBe('object');
      }
      const of = (tool: string) => tools.find(({ name }) => name === tool)?.annotations;
      expect(of('cluster_list')).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(of('cluster_destroy')).toMatchObject({ readOnlyHint: false, destructiveHint: true });
    });

    test('reads, changes, reads the change, and is asked before it destroys', async () => {
      const heard: string[] = [];
      await using client = await connect(lab, typing('red', heard));
      expect(await client.call('cluster_list')).toMatchObject({ structuredContent: { clusters: [] } });
      const defined = await client.call('cluster_define', { topology_name: 'red' });
      expect(defined.isError).toBeFalsy();
      expect(defined.structuredContent).toMatchObject({ cluster_name: 'red', network_active: true });
      expect(JSON.parse(defined.content[0]?.text ?? '')).toEqual(defined.structuredContent);
      expect(await client.call('cluster_list')).toMatchObject({
        structuredContent: { clusters: [{ cluster_name: 'red', nodes: 2, running: 0 }] },
      });
      const destroyed = await client.call('cluster_destroy', { cluster_name: 'red', remove_overlays: true });
      expect(destroyed.structuredContent).toMatchObject({ cluster_name: 'red', network_active: false });
      expect(heard).toEqual([expect.stringContaining('Destroy cluster "red"')]);
      expect(heard[0]).toContain('deleted for good');
      expect(heard[0]).toContain('Type "red" to agree.');
      expect(await client.call('cluster_list')).toMatchObject({ structuredContent: { clusters: [] } });
    });

    describe('a cluster stays when', () => {
      beforeAll(async () => {
        await using client = await connect(lab, never);
        await client.call('cluster_define', { topology_name: 'blue' });
      });

      const destroy = (client: McpClient) => client.call('cluster_destroy', { cluster_name: 'blue' });
      const still = async (client: McpClient) =>
        expect(await client.call('cluster_status', { cluster_name: 'blue' })).toMatchObject({
          structuredContent: { nodes: [{ domain_state: 'stopped' }, { domain_state: 'stopped' }] },
        });

      test('its person says no', async () => {
        await using client = await connect(lab, () => 'decline');
        const answer = told(await destroy(client));
        expect(answer).toMatchObject({ isError: true, code: 'DECLINED', advice: 'never', recoverable: false });
        expect(answer.structuredContent).toBeUndefined();
        await still(client);
      });

      test('its person types another name', async () => {
        await using client = await connect(lab, typing('red'));
        expect(told(await destroy(client))).toMatchObject({ code: 'DECLINED', message: /"blue" was to be typed/ });
        await still(client);
      });

      test('the client cannot ask anybody; it hears what to do', async () => {
        await using client = await connect(lab);
        const answer = told(await destroy(client));
        expect(answer).toMatchObject({ isError: true, code: 'CONFIRMATION_REQUIRED', advice: 'confirm' });
        expect(answer.sentence).toContain('Use a client that supports MCP elicitation.');
        expect(answer.structuredContent).toBeUndefined();
        await still(client);
      });
    });

    test('an error is one sentence with its code, then JSON, and nothing structured', async () => {
      await using client = await connect(lab, never);
      const name = randomUUID();
      const answer = told(await client.call('cluster_status', { cluster_name: name }));
      expect(answer).toMatchObject({ isError: true, code: 'NOT_FOUND', recoverable: true, advice: 'fix' });
      expect(answer.sentence).toMatch(new RegExp(`^NOT_FOUND: No cluster is named "${name}"`));
      expect(answer.sentence).toBe(`NOT_FOUND: ${answer.message}`);
      expect(answer.call).toMatch(/^[0-9a-z-]+$/);
      expect(answer.structuredContent).toBeUndefined();
    });

    test('a tool that is not there is named', async () => {
      await using client = await connect(lab, never);
      expect(told(await client.call('vm_teleport'))).toMatchObject({
        sentence: 'NOT_FOUND: There is no tool "vm_teleport".',
      });
    });

    test.each([
      ['is missing', 'cluster_status', {}, /cluster_name/],
      ['is of another type', 'cluster_start', { cluster_name: 'blue', ssh_timeout_s: 'soon' }, /ssh_timeout_s/],
      ['is too large', 'job_list', { limit: 9999 }, /limit.*200/],
      ['is none of the words', 'cluster_stop', { cluster_name: 'blue', mode: 'nicely' }, /mode/],
    ])('an argument that %s is named', async (_, tool, args, named) => {
      await using client = await connect(lab, never);
      const answer = told(await client.call(tool, args));
      expect(answer).toMatchObject({ isError: true, code: 'INVALID_INPUT', advice: 'fix' });
      expect(answer.sentence).toMatch(named);
    });

    test('progress is told while a cluster starts', async () => {
      await using client = await connect(lab, never);
      await client.call('cluster_define', { topology_name: 'red' });
      const heard: object[] = [];
      const answer = await client.call(
        'cluster_start',
        { cluster_name: 'red' },
        { onprogress: (progress) => void heard.push(progress) },
      );
      expect(answer.structuredContent).toMatchObject({ nodes: [{ ssh_reachable: true }, { ssh_reachable: true }] });
      expect(heard).toMatchObject([
        { progress: 1, total: 2, message: '1 of 2 nodes let us in over SSH' },
        { progress: 2, total: 2, message: '2 of 2 nodes let us in over SSH' },
      ]);
    });
  });

  test('cancel stops a running job', async () => {
    await using lab = await served({ faults: [{ at: 'power.start', of: 'a', how: 'hang' }] });
    await using client = await connect(lab, never);
    await using other = await connect(lab, never);
    await client.call('cluster_define', { topology_name: 'red' });
    const cancel = new AbortController();
    const call = client.call('cluster_start', { cluster_name: 'red' }, { signal: cancel.signal });
    const refused = expect(call).rejects.toThrow();
    const job = await runningJob(other, 'cluster_start');
    cancel.abort('enough');
    await refused;
    expect(await endedJob(other, job)).toMatchObject({ status: 'failed', error: { code: 'CANCELLED' } });
    expect(await client.call('job_get', { job_id: job })).toMatchObject({ structuredContent: { status: 'failed' } });
  });

  test.each([
    ['closes its connection', (client: McpClient) => client.close()],
    ['dies', async (client: McpClient) => client.kill()],
  ])('a client that %s leaves its job running', async (_, leave) => {
    await using lab = await served({ faults: [{ at: 'power.start', of: 'a', how: 'hang' }] });
    await using other = await connect(lab, never);
    await using client = await connect(lab, never);
    await client.call('cluster_define', { topology_name: 'red' });
    const call = client.call('cluster_start', { cluster_name: 'red' });
    const lost = expect(call).rejects.toThrow();
    const job_id = await runningJob(other, 'cluster_start');
    await leave(client);
    await lost;
    // The server has seen the client go before it answers with one client less.
    while (!(await lab.run('status')).stdout.includes(': 1 client, '));
    expect(await other.call('job_get', { job_id })).toMatchObject({ structuredContent: { status: 'running' } });
    expect(await other.call('job_cancel', { job_id })).toMatchObject({ structuredContent: { status: 'failed' } });
  });

  test('a call that takes long goes on as a job, which can be asked for and ended', async () => {
    await using lab = await served({
      faults: [{ at: 'power.start', of: 'a', how: 'hang' }],
      limits: { answer_within_s: 1 },
    });
    await using client = await connect(lab, never);
    await client.call('cluster_define', { topology_name: 'red' });
    const answer = told(await client.call('cluster_start', { cluster_name: 'red' }));
    expect(answer).toMatchObject({ isError: true, code: 'STILL_RUNNING', advice: 'job_get', recoverable: true });
    const { job_id } = answer.details;
    expect(answer.sentence).toContain(`The job goes on as ${job_id}.`);
    expect(await client.call('job_get', { job_id })).toMatchObject({
      structuredContent: { job_id, tool: 'cluster_start', status: 'running' },
    });
    expect(told(await client.call('cluster_stop', { cluster_name: 'red' }))).toMatchObject({ code: 'BUSY' });
    await client.call('job_cancel', { job_id });
    expect(await endedJob(client, job_id)).toMatchObject({ status: 'failed', error: { code: 'CANCELLED' } });
  });
});
