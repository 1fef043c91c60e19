import { expect, test, vi } from 'vitest';
import { newCallId } from '../../src/kernel/call-id.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, me, openLab } from '../support/lab.ts';

const policy = (limits: readonly object[]) => ({
  version: 1,
  roles: { all: { limits } },
  bindings: [
    { role: 'user', users: ['*'] },
    { role: 'all', users: ['*'] },
  ],
});

test('whoever has all the jobs they may have can still end one', async () => {
  await using folder = await ownFolder();
  const policies = [policy([{ id: 'one', per: 'person', running_jobs: 1 }])];
  const faults = [{ at: 'power.start', of: 'a', how: 'hang' }];
  await using lab = await openLab(await labFiles(folder.path, { shipped: ['roles.yaml'], policies, faults }));
  await lab.ask('cluster_define', { topology_name: 'solo' });
  const id = newCallId();
  const hanging = lab.ask('cluster_start', { cluster_name: 'solo' }, { id });
  await vi.waitFor(async () => expect(await lab.lab.state.byId('job', id)).toMatchObject({ status: 'running' }));
  expect(await lab.ask('cluster_define', { topology_name: 'red' })).toMatchObject({
    error: { code: 'LIMIT_EXCEEDED', details: { kind: 'running_jobs', have: 1, want: 1, most: 1 } },
  });
  expect(await lab.ask('job_cancel', { job_id: id })).toMatchObject({ ok: true });
  expect(await hanging).toMatchObject({ error: { code: 'CANCELLED' } });
  expect(await lab.ask('cluster_define', { topology_name: 'red' })).toMatchObject({ ok: true });
});

test('lab_status tells who one is, what one has of what one may have, and how the lab is', async () => {
  await using folder = await ownFolder();
  const policies = [
    policy([
      { id: 'own', per: 'person', vms: 5, lease: { default_h: 8 } },
      { id: 'any', per: 'project', disk_gb: 100 },
      { id: 'other', per: 'project', project: 'elsewhere', vms: 1 },
    ]),
  ];
  await using lab = await openLab(await labFiles(folder.path, { shipped: ['roles.yaml'], policies }));
  await lab.ask('cluster_define', { topology_name: 'red' });
  const status = await lab.ask('lab_status');
  if (!status.ok) throw status.error;
  const { limits, ...rest } = status.data as { limits: readonly { rule: string; kind: string }[] };
  expect(rest).toEqual({
    ...{ user: me.user, groups: [], roles: ['user', 'protection', 'all'] },
    leases: [{ cluster_name: 'red', stage: 'active', next: 'stop', next_at: expect.any(String) }],
    providers: [{ name: 'main', status: 'ready' }],
    ...{ audit: 'ok', state: 'ok', policy: lab.lab.policy.hash },
  });
  expect(limits.filter(({ rule }) => !rule.endsWith('user-room'))).toEqual([
    {
      rule: expect.stringMatching(/^policy-0\.yaml:\d+ own$/),
      per: 'person',
      of: me.user,
      kind: 'vms',
      have: 2,
      most: 5,
    },
    { rule: expect.stringMatching(/ any$/), per: 'project', of: 'default', kind: 'disk_gb', have: 2, most: 100 },
  ]);
});
