import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../src/sdk/index.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, me, openLab, places, type TestLab, topology, writeTopology } from '../support/lab.ts';

const ana: Principal = { user: 'ana', groups: [], via: 'stdio' };

/** Clusters by what is wrong with their second node. */
const frail = {
  ...{ nocreate: ['fine', 'no-create'], latecreate: ['fine', 'late-create'], nolan: ['fine', 'well'] },
  ...{ nodiscard: ['no-discard', 'no-create'], nostart: ['fine', 'no-start'], nossh: ['fine', 'no-ssh'] },
  ...{ noexec: ['fine', 'no-exec'], noshutdown: ['fine', 'no-shutdown'], noremove: ['fine', 'no-remove'] },
};
const sound = Object.fromEntries(
  ['flow', 'doors', 'twice', 'kept', 'erased', 'changed', 'shared', 'ran', 'crashed', 'stopped', 'named', 'grown'].map(
    (name) => [name, ['a', 'b']],
  ),
);
const faults = [
  { at: 'define.create', of: 'no-create', how: 'fail' },
  { at: 'define.create', of: 'late-create', when: 'after', how: 'fail' },
  { at: 'define.discard', of: 'no-discard', how: 'fail' },
  { at: 'define.remove', of: 'no-remove', how: 'fail' },
  { at: 'lan.define', of: 'nolan', when: 'after', how: 'fail' },
  { at: 'power.start', of: 'no-start', how: 'fail' },
  { at: 'power.shutdown', of: 'no-shutdown', how: 'fail' },
  { at: 'guest.ready', of: 'no-ssh', how: 'hang' },
  { at: 'guest.exec', of: 'no-exec', how: 'fail' },
];

describe.each(places)('clusters keep what they promise %s', (place) => {
  let folder: Awaited<ReturnType<typeof ownFolder>>;
  let lab: TestLab;

  beforeAll(async () => {
    folder = await ownFolder();
    const clusters = { ...frail, ...sound };
    lab = await openLab(await labFiles(folder.path, { place, faults, clusters, limits: { call_deadline_s: 2 } }));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const nodes = (domain_state: string, ssh_reachable: boolean) =>
    ['a', 'b'].map((name, index) => ({
      ...{ name, role: 'member', ip: `10.9.0.${index + 11}`, domain_state, ssh_reachable },
    }));
  const status = (cluster_name: string, network_active: boolean, state: string, reachable: boolean) => ({
    ok: true,
    data: { cluster_name, network_active, nodes: nodes(state, reachable) },
  });
  const defined = async (name: string, who = me) =>
    expect(await lab.ask('cluster_define', { topology_name: name }, { principal: who })).toMatchObject({ ok: true });
  const started = async (name: string) => {
    await defined(name);
    expect(await lab.ask('cluster_start', { cluster_name: name })).toMatchObject({ ok: true });
  };
  const clusterOf = async (name: string, owner = me.user) =>
    (await lab.lab.state.named('cluster', name)).find((cluster) => cluster.owner === owner);
  const nodesOf = async (name: string, owner = me.user) =>
    await lab.lab.state.nodes((await clusterOf(name, owner))?.id ?? '');
  const refused = (code: string, message: string) => ({
    ok: false,
    error: { code, message: expect.stringContaining(message) },
  });

  test('define → start → status → exec → stop', async () => {
    const cluster_name = 'flow';
    const define = await lab.ask('cluster_define', { topology_name: 'flow' });
    expect(define).toEqual(status('flow', true, 'stopped', false));
    expect(await lab.ask('cluster_start', { cluster_name })).toEqual(status('flow', true, 'running', true));
    expect(await lab.ask('cluster_status', { cluster_name })).toEqual(status('flow', true, 'running', true));
    expect(await lab.ask('node_exec', { cluster_name, node_name: 'a', command: 'echo hi' })).toEqual({
      ok: true,
      data: {
        ...{ node: 'a', exit_code: 0, stdout: 'hi\n', stderr: '' },
        ...{ duration_ms: expect.any(Number), timed_out: false, truncated: false },
      },
    });
    expect(await lab.ask('cluster_stop', { cluster_name })).toEqual(status('flow', true, 'stopped', false));
    expect(await lab.ask('cluster_status', { cluster_name })).toEqual(status('flow', true, 'stopped', false));
  });

  test('define → start → handle → destroy', async () => {
    const cluster_name = 'doors';
    await defined('doors');
    expect(await lab.ask('cluster_handle', { cluster_name })).toMatchObject(
      refused('CONFLICT', 'a is stopped, b is stopped. Start it with cluster_start.'),
    );
    expect(await lab.ask('cluster_start', { cluster_name })).toMatchObject({ ok: true });
    const door = (name: string, index: number) => ({
      ...{ name, role: 'member', ip: `10.9.0.${index + 11}`, ssh_host: '127.0.0.1', ssh_port: 22, ssh_user: 'root' },
      ...{ ssh_key_path: expect.stringContaining(folder.path), known_hosts_path: expect.stringContaining(folder.path) },
    });
    expect(await lab.ask('cluster_handle', { cluster_name })).toEqual({
      ok: true,
      data: { cluster_name, artifact_path: null, kernel_version: '6.1.0-memory', nodes: ['a', 'b'].map(door) },
    });
    const asked = await lab.ask('cluster_destroy', { cluster_name });
    expect(asked).toMatchObject({
      ...refused('CONFIRMATION_REQUIRED', `Destroy cluster "doors" of ${me.user} with 2 nodes.`),
      error: {
        details: {
          expect: 'doors',
          preview: {
            effects: [
              'a, b stop at once; what was not written is lost.',
              'Its VM definitions and its network are removed.',
              'Its disks are kept; cluster_define uses them again.',
            ],
          },
        },
      },
    });
    expect(await lab.agree('cluster_destroy', { cluster_name })).toEqual(status('doors', false, 'absent', false));
    expect(await lab.ask('cluster_status', { cluster_name })).toMatchObject(
      refused('NOT_FOUND', 'No cluster is named "doors". cluster_list shows what there is'),
    );
  });

  test('a second define changes nothing, and shows the cluster as it is', async () => {
    await started('twice');
    const before = [await clusterOf('twice'), await nodesOf('twice'), await lab.world()];
    expect(await lab.ask('cluster_define', { topology_name: 'twice' })).toEqual(status('twice', true, 'running', true));
    const ids = (things: unknown) => JSON.parse(JSON.stringify(things, (key, v) => (key === 'generation' ? 0 : v)));
    expect(ids([await clusterOf('twice'), await nodesOf('twice'), await lab.world()])).toEqual(ids(before));
  });

  test('a define makes what somebody took away behind our back', async () => {
    await defined('grown');
    const [, b] = await nodesOf('grown');
    await lab.lab.state.cabinet('provider-main').remove(`vm/${b?.id}`);
    expect(await lab.ask('cluster_status', { cluster_name: 'grown' })).toMatchObject({
      data: { nodes: [{ domain_state: 'stopped' }, { name: 'b', domain_state: 'absent' }] },
    });
    expect(await lab.ask('cluster_start', { cluster_name: 'grown' })).toMatchObject(
      refused(
        'CONFLICT',
        'Node "b" cannot be started: the hypervisor does not know it; cluster_define makes it again.',
      ),
    );
    expect(await lab.ask('cluster_define', { topology_name: 'grown' })).toEqual(
      status('grown', true, 'stopped', false),
    );
  });

  test('a destroy keeps the disks, and the next define uses them again', async () => {
    await started('kept');
    const paths = (await nodesOf('kept')).map(({ spec }) => spec.disk.path);
    const [first] = await nodesOf('kept');
    expect(await lab.agree('cluster_destroy', { cluster_name: 'kept' })).toMatchObject({ ok: true });
    const [path = ''] = paths;
    expect(await lab.lab.state.disk(path)).toMatchObject({ path, owner: me.user });
    expect(await lab.lab.state.disk(path)).not.toHaveProperty('vmId');
    expect(await lab.world('disk/')).toEqual(expect.arrayContaining(paths.map((each) => `disk/${each}`)));
    await defined('kept');
    const [again] = await nodesOf('kept');
    expect(again?.id).not.toBe(first?.id);
    expect(await lab.lab.state.disk(path)).toMatchObject({ vmId: again?.id });
  });

  test('a destroy with remove_overlays leaves nothing behind', async () => {
    await started('erased');
    const made = await nodesOf('erased');
    const seeds = async () => (await readdir(join(folder.path, 'state/seeds'))).map((file) => file.split('.')[0]);
    expect(await seeds()).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    const erase = { cluster_name: 'erased', remove_overlays: true };
    expect(await lab.ask('cluster_destroy', erase)).toMatchObject({
      error: {
        details: { preview: { effects: expect.arrayContaining([expect.stringContaining('deleted for good')]) } },
      },
    });
    expect(await lab.agree('cluster_destroy', erase)).toEqual(status('erased', false, 'absent', false));
    for (const { id, spec } of made) {
      expect(await lab.lab.state.disk(spec.disk.path)).toBeUndefined();
      expect(await seeds()).not.toContain(id);
      expect(await lab.world(`vm/${id}`)).toEqual([]);
      expect(await lab.world(`disk/${spec.disk.path}`)).toEqual([]);
    }
  });

  test('a topology that has changed is no longer the cluster, and the error says what to do', async () => {
    await defined('changed');
    await writeTopology(folder.path, 'changed', topology('changed', ['a', 'b', 'c']));
    await writeTopology(folder.path, 'usurper', topology('changed', ['a']));
    expect(await lab.ask('cluster_define', { topology_name: 'changed' })).toMatchObject(
      refused('CONFLICT', 'Destroy the cluster (its overlays are kept), then define it again.'),
    );
    expect(await lab.ask('cluster_define', { topology_name: 'usurper' })).toMatchObject(
      refused(
        'CONFLICT',
        'You have a cluster "changed" from topology "changed". Destroy it, or give "usurper" another',
      ),
    );
    expect(await lab.agree('cluster_destroy', { cluster_name: 'changed' })).toMatchObject({ ok: true });
    expect(await lab.ask('cluster_define', { topology_name: 'changed' })).toMatchObject({
      data: { nodes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
    });
  });

  test("another person's cluster of the same topology is their own, with names and folders of its own", async () => {
    await defined('shared');
    await defined('shared', ana);
    const [mine, hers] = [await nodesOf('shared'), await nodesOf('shared', 'ana')];
    const places = [...mine, ...hers].flatMap(({ id, spec }) => [id, spec.disk.path, spec.seedPath]);
    expect(new Set(places).size).toBe(12);
    expect(hers.map(({ owner }) => owner)).toEqual(['ana', 'ana']);
    expect(await lab.ask('cluster_start', { cluster_name: 'shared' }, { principal: ana })).toMatchObject({ ok: true });
    expect(await lab.ask('cluster_status', { cluster_name: 'shared' })).toEqual(
      status('shared', true, 'stopped', false),
    );
    expect(await lab.ask('cluster_start', { cluster_name: 'ana:shared' })).toMatchObject(
      refused('FORBIDDEN', 'Policy refuses "start" on cluster "ana:shared"'),
    );
  });

  test('list shows the clusters there are, and how many of their nodes run', async () => {
    await started('named');
    const listed = await lab.ask('cluster_list');
    expect(listed).toMatchObject({ ok: true });
    expect(Reflect.get(Object(listed), 'data').clusters).toContainEqual({
      ...{ cluster_name: 'named', owner: me.user, project: 'default', topology: 'named', provider: 'main' },
      ...{ nodes: 2, running: 2 },
    });
  });

  describe('exec', () => {
    const exec = (command: string, more: object = {}) =>
      lab.ask('node_exec', { cluster_name: 'ran', node_name: 'a', command, ...more });

    beforeAll(async () => started('ran'));

    test('a command that fails is an answer', async () => {
      expect(await exec('exit 7')).toMatchObject({ ok: true, data: { exit_code: 7 } });
      expect(await exec('nonsense')).toMatchObject({ data: { exit_code: 127, stderr: 'sh: nonsense: not found\n' } });
    });

    test('a command that takes too long is ended, and the answer says so', async () => {
      expect(await exec('sleep 30', { timeout_s: 1 })).toMatchObject({ data: { exit_code: null, timed_out: true } });
      expect(await exec('sleep 0')).toMatchObject({ data: { exit_code: 0, timed_out: false } });
    });

    test('what it prints comes back whole, and the answer says that nothing was cut', async () => {
      const euros = '€'.repeat(30_000);
      expect(await exec(`echo ${euros}`)).toMatchObject({ data: { stdout: `${euros}\n`, truncated: false } });
    });

    test('a node that there is not is answered with those there are', async () => {
      const unknown = { cluster_name: 'ran', node_name: 'z', command: 'true' };
      const sentence = 'Cluster "ran" has no node "z"; it has a, b.';
      expect(await lab.ask('node_exec', unknown)).toMatchObject({
        error: { code: 'NOT_FOUND', message: sentence, details: { have: ['a', 'b'] } },
      });
      const all = { cluster_name: 'ran', command: 'true', nodes: ['a', 'z'] };
      expect(await lab.ask('node_exec_all', all)).toMatchObject(refused('NOT_FOUND', sentence));
      expect(await lab.ask('node_crash', { cluster_name: 'ran', node: 'z' })).toMatchObject(
        refused('NOT_FOUND', sentence),
      );
    });

    test('on all nodes, or on those that were named', async () => {
      const hostname = { cluster_name: 'ran', command: 'hostname' };
      const ran = (node: string) => expect.objectContaining({ node, exit_code: 0, stdout: `${node}\n` });
      expect(await lab.ask('node_exec_all', hostname)).toEqual({
        ok: true,
        data: { results: { a: ran('a'), b: ran('b') }, failures: {} },
      });
      expect(await lab.ask('node_exec_all', { ...hostname, nodes: ['b', 'b'] })).toEqual({
        ok: true,
        data: { results: { b: ran('b') }, failures: {} },
      });
    });

    test('strict unless told otherwise: one node where it cannot be run fails the call', async () => {
      await started('noexec');
      const command = { cluster_name: 'noexec', command: 'true' };
      expect(await lab.ask('node_exec_all', command)).toMatchObject({
        ...refused('PROVIDER_FAILED', 'could not be run on every node. no-exec: The guest.exec of "no-exec" fails'),
        error: { details: { results: { fine: { exit_code: 0 } }, failures: { 'no-exec': expect.any(String) } } },
      });
      expect(await lab.ask('node_exec_all', { ...command, require_all: false })).toMatchObject({
        ok: true,
        data: { results: { fine: { exit_code: 0 } }, failures: { 'no-exec': expect.stringContaining('fails') } },
      });
    });

    test('a node that does not run is named, with what to do', async () => {
      await defined('stopped');
      const command = { cluster_name: 'stopped', command: 'true' };
      const sentence = 'a is stopped, b is stopped. Start it with cluster_start.';
      expect(await lab.ask('node_exec_all', command)).toMatchObject(refused('CONFLICT', sentence));
      expect(await lab.ask('node_exec', { ...command, node_name: 'a' })).toMatchObject(
        refused('CONFLICT', 'a is stopped. Start it with cluster_start.'),
      );
      expect(await lab.ask('node_exec_all', { ...command, require_all: false })).toEqual({
        ok: true,
        data: { results: {}, failures: { a: 'The node is stopped.', b: 'The node is stopped.' } },
      });
    });
  });

  test('a crash cuts one node and no other, and starts it again when told so', async () => {
    await started('crashed');
    const crash = { cluster_name: 'crashed', node: 'b' };
    const [a, b] = nodes('running', true);
    const off = { ...b, domain_state: 'stopped', ssh_reachable: false };
    expect(await lab.ask('node_crash', crash)).toEqual({ ok: true, data: { cluster_name: 'crashed', ...off } });
    expect(await lab.ask('cluster_status', { cluster_name: 'crashed' })).toMatchObject({ data: { nodes: [a, off] } });
    expect(await lab.ask('node_crash', crash)).toMatchObject(
      refused('CONFLICT', 'Node "b" is stopped; only a running one can crash.'),
    );
    expect(await lab.ask('node_crash', { ...crash, node: 'a', restart_after: true })).toEqual({
      ok: true,
      data: { cluster_name: 'crashed', ...a },
    });
    const quick = { ...crash, node: 'a', restart_after: true, wait_for_ssh: false };
    expect(await lab.ask('node_crash', quick)).toMatchObject({
      data: { domain_state: 'running', ssh_reachable: true },
    });
  });

  test('a stop asks the guests; with mode destroy it asks the person and cuts the power', async () => {
    await started('twice');
    const destroy = { cluster_name: 'twice', mode: 'destroy' };
    expect(await lab.ask('cluster_stop', destroy)).toMatchObject({
      ...refused('CONFIRMATION_REQUIRED', 'Cut the power of cluster "twice".'),
      error: {
        details: { preview: { effects: [expect.stringContaining('a stops'), expect.stringContaining('b stops')] } },
      },
    });
    expect(await lab.agree('cluster_stop', destroy)).toEqual(status('twice', true, 'stopped', false));
    expect(await lab.ask('cluster_stop', { cluster_name: 'twice' })).toEqual(status('twice', true, 'stopped', false));
    expect(await lab.ask('cluster_stop', { cluster_name: 'twice', mode: 'kill' })).toMatchObject(
      refused('INVALID_INPUT', 'mode'),
    );
  });

  test('a guest that does not stop fails the stop and is named; the others have stopped', async () => {
    await started('noshutdown');
    expect(await lab.ask('cluster_stop', { cluster_name: 'noshutdown' })).toMatchObject(
      refused('PROVIDER_FAILED', 'Shutting down failed on one node. no-shutdown: '),
    );
    expect(await lab.ask('cluster_status', { cluster_name: 'noshutdown' })).toMatchObject({
      data: { nodes: [{ domain_state: 'stopped' }, { domain_state: 'running' }] },
    });
  });

  describe('start', () => {
    test('starts what is stopped, and leaves what runs as it is', async () => {
      await started('named');
      await lab.ask('node_crash', { cluster_name: 'named', node: 'a' });
      expect(await lab.ask('cluster_start', { cluster_name: 'named', wait_for_ssh: false })).toEqual(
        status('named', true, 'running', true),
      );
    });

    test('one node that the hypervisor cannot start fails the call, and is named', async () => {
      await defined('nostart');
      expect(await lab.ask('cluster_start', { cluster_name: 'nostart' })).toMatchObject({
        ...refused('PROVIDER_FAILED', 'Starting failed on one node. no-start: '),
        error: { details: { failures: { 'no-start': { code: 'PROVIDER_FAILED' } } } },
      });
    });

    test('one node that never answers SSH fails the call, which says which, at which stage, and why', async () => {
      await defined('nossh');
      expect(await lab.ask('cluster_start', { cluster_name: 'nossh' })).toMatchObject({
        ...refused('TIMEOUT', 'Waiting for SSH failed on one node. no-ssh: '),
        error: { details: { failures: { 'no-ssh': { code: 'TIMEOUT' } } } },
      });
      expect(await lab.ask('cluster_start', { cluster_name: 'nossh', wait_for_ssh: false })).toMatchObject({
        ok: true,
      });
    });
  });

  describe('a define that fails', () => {
    const traces = async (name: string) => ({
      cluster: await clusterOf(name),
      vms: (await lab.world('vm/')).length,
      disks: (await lab.world('disk/')).filter((key) => key.includes(`/${name}/`)),
      lans: (await lab.world('lan/')).length,
      seeds: (await readdir(join(folder.path, 'state/seeds'))).length,
      keys: (await readdir(join(folder.path, 'state/keys/host'))).length,
    });

    test.each([
      ['at its second node', 'nocreate', 'Defining failed on one node. no-create: The define.create'],
      ['with the answer lost', 'latecreate', 'Defining failed on one node. late-create: The define.create'],
      ['at its network', 'nolan', 'The lan.define of "nolan" fails'],
    ])('%s leaves nothing behind', async (_, name, sentence) => {
      const before = await traces(name);
      expect(await lab.ask('cluster_define', { topology_name: name })).toMatchObject(
        refused('PROVIDER_FAILED', sentence),
      );
      expect(await traces(name)).toEqual({ ...before, cluster: undefined });
      const path = join(folder.path, 'state/overlays', me.user, name, 'fine.qcow2');
      expect(await lab.lab.state.disk(path)).toBeUndefined();
      // The name is free for a topology that works.
      await writeTopology(folder.path, 'again', topology(name === 'nolan' ? 'again' : name, ['fine']));
      await defined('again');
      await lab.agree('cluster_destroy', { cluster_name: name === 'nolan' ? 'again' : name, remove_overlays: true });
    });

    test('and cannot be undone says both, and keeps its name so that it can be destroyed', async () => {
      expect(await lab.ask('cluster_define', { topology_name: 'nodiscard' })).toMatchObject(
        refused('PROVIDER_FAILED', 'Defining failed on one node. no-create: '),
      );
      expect(await lab.ask('cluster_status', { cluster_name: 'nodiscard' })).toMatchObject({
        data: { network_active: true, nodes: [{ domain_state: 'stopped' }, { domain_state: 'absent' }] },
      });
      const erase = { cluster_name: 'nodiscard', remove_overlays: true };
      expect(await lab.agree('cluster_destroy', erase)).toMatchObject({ ok: true });
    });
  });

  test('a destroy that fails half-way can be repeated', async () => {
    await started('noremove');
    const kept = await lab.agree('cluster_destroy', { cluster_name: 'noremove' });
    expect(kept).toMatchObject(refused('PROVIDER_FAILED', 'Destroying failed on one node. no-remove: '));
    const disks = (await nodesOf('noremove')).map(({ spec }) => spec.disk.path);
    expect(await lab.agree('cluster_destroy', { cluster_name: 'noremove', remove_overlays: true })).toMatchObject({
      ok: true,
    });
    for (const path of disks) expect(await lab.lab.state.disk(path)).toBeUndefined();
    expect(await clusterOf('noremove')).toBeUndefined();
  });
});
