import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, me, openLab } from '../../support/lab.ts';
import { said } from '../../support/policy-said.ts';

const stranger = { principal: { user: 'eve', groups: ['lab'], via: 'stdio' } as const };

test('what a lab has and did is judged anew, while it runs and when it does not, and nothing of it is changed', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const config = ['--config', files.config];
  const narrow = join(folder.path, 'narrow.yaml');
  await writeFile(
    narrow,
    "version: 1\nroles: { r: { allow: [{ id: only-look, actions: [inspect], on: [vm, cluster, job] }] } }\nbindings: [{ role: r, users: ['*'] }]\n",
  );
  const wide = join(folder.path, 'wide.yaml');
  await writeFile(
    wide,
    "version: 1\nroles: { r: { allow: [{ id: anything, actions: ['*'], on: [vm, cluster, job, host] }] } }\nbindings: [{ role: r, users: ['*'] }]\n",
  );

  const asked = async () => {
    const explained = await said('explain', ...config, '--user', me.user, 'destroy', 'cluster:red');
    expect(explained.code).toBe(0);
    expect(explained.out).toMatch(
      new RegExp(`^yes: ${me.user} "destroy" on cluster name=red owner=${me.user} .*topology=red$`, 'm'),
    );
    expect(explained.out.match(/"destroy" on vm name=[ab] .*cluster=red/g)).toHaveLength(2);
    expect((await said('explain', ...config, '--user', 'eve', 'destroy', 'vm:red/a')).code).toBe(1);
    expect(await said('explain', ...config, '--user', 'eve', 'start', 'vm:red/zed')).toMatchObject({
      code: 2,
      err: expect.stringContaining('No vm is named "red/zed"; write vm instead of vm:red/zed'),
    });
    expect((await said('explain', ...config, '--user', 'eve', 'inspect', 'host:main')).code).toBe(0);

    expect(await said('replay', ...config)).toMatchObject({ code: 0, out: '5 calls decided anew: 0 differently\n' });
    const less = await said('replay', ...config, '--policies', narrow, '--json');
    expect(less.code).toBe(1);
    const differences = JSON.parse(less.out).differences as { tool: string; user: string; sign: string; now: string }[];
    expect(differences.map(({ tool, user, sign }) => [sign, user, tool])).toEqual([
      ['-', me.user, 'cluster_define'],
      ['-', me.user, 'cluster_start'],
    ]);
    const more = await said('replay', ...config, '--policies', wide);
    expect(more.out).toMatch(
      /^\+ \S+ eve cluster_destroy cluster "red" and 2 more: no \(default deny\) → yes \(.*wide\.yaml:2 anything\), asked: ack {2}\[.+\]$/m,
    );
    expect(more.out).toMatch(/5 calls decided anew: 1 differently\n$/);
    const id = /\[(.+)\]$/m.exec(more.out)?.[1] ?? '';
    expect(await said('explain', ...config, '--call', id)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^no: eve "destroy" on cluster name=red .*\n(.*\n)+.*otherwise {7}role admin → yes/),
    });
    expect(await said('explain', ...config, '--call', 'none')).toMatchObject({
      code: 2,
      err: expect.stringContaining('keeps no call "none"'),
    });
    expect(await said('replay', ...config, '--since', '2999-01-01')).toMatchObject({
      code: 0,
      out: '0 calls decided anew: 0 differently\n',
    });
  };
  {
    await using lab = await openLab(files);
    for (const tool of ['cluster_define', 'cluster_start'])
      expect(
        await lab.ask(tool, tool === 'cluster_define' ? { topology_name: 'red' } : { cluster_name: 'red' }),
      ).toMatchObject({ ok: true });
    await lab.ask('cluster_list');
    await lab.ask('cluster_status', { cluster_name: 'red' });
    // Seen by everybody of this lab, and nobody's but mine to destroy.
    expect(await lab.ask('cluster_destroy', { cluster_name: 'red' }, stranger)).toMatchObject({ ok: false });
    expect(await lab.ask('cluster_destroy', { cluster_name: 'red' })).toMatchObject({
      ok: false,
      error: { code: 'CONFIRMATION_REQUIRED' },
    });
    await lab.kernel.lab.audit.flush();
    await asked();
  }
  const before = await readdir(join(folder.path, 'state'));
  expect((await said('explain', ...config, '--user', me.user, 'destroy', 'cluster:red')).code).toBe(0);
  expect(await said('replay', ...config)).toMatchObject({ code: 0, out: '5 calls decided anew: 0 differently\n' });
  expect(await readdir(join(folder.path, 'state'))).toEqual(before);
}, 30_000);

test('where there is no lab, names mean nothing, and the state folder is not made', async () => {
  await using folder = await ownFolder();
  const { config } = await labFiles(folder.path);
  const { code, err } = await said('explain', '--config', config, '--user', 'sam', 'start', 'cluster:red');
  expect(code).toBe(2);
  expect(err).toMatch(
    /There is no lab in .*state yet; write cluster instead of cluster:red, and its attributes behind it\.$/m,
  );
  expect(await readdir(join(folder.path, 'state'))).toEqual(['images']);
  expect(await said('replay', '--config', config)).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no audit log in '),
  });
}, 30_000);
