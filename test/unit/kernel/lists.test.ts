import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { judgedFrom } from '../../../src/kernel/judged.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, openLab, topology, writeTopology } from '../../support/lab.ts';

test('a list shows what is on a provider that is down, and counts what runs on the others', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const configured = async (providers: object) => {
    const config = parse(await readFile(files.config, 'utf8'));
    await writeFile(files.config, stringify({ ...config, providers }));
  };
  await writeTopology(folder.path, 'far', { ...topology('far', ['a']), provider: 'other' });
  await configured({ main: { plugin: 'memory' }, other: { plugin: 'memory' } });
  {
    await using lab = await openLab(files);
    for (const name of ['red', 'far']) await lab.ask('cluster_define', { topology_name: name });
    for (const cluster_name of ['red', 'far'])
      expect(await lab.ask('cluster_start', { cluster_name })).toMatchObject({ ok: true });
  }
  await configured({
    main: { plugin: 'memory' },
    other: { plugin: 'memory', faults: 'a word where a list should be' },
  });
  await using lab = await openLab(files);
  expect(await lab.ask('cluster_list')).toMatchObject({
    ok: true,
    data: {
      clusters: [
        { cluster_name: 'far', provider: 'other', nodes: 1, running: 0 },
        { cluster_name: 'red', provider: 'main', nodes: 2, running: 2 },
      ],
    },
  });
  expect(await lab.ask('cluster_status', { cluster_name: 'far' })).toMatchObject({
    ok: false,
    error: { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('Provider "other" is down') },
  });
  expect(await lab.ask('cluster_status', { cluster_name: 'red' })).toMatchObject({ ok: true });
});

test('a list is told in the log by its length and its first twenty', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await labFiles(folder.path));
  await lab.ask('cluster_define', { topology_name: 'solo' });
  for (let start = 0; start < 20; start += 1) await lab.ask('cluster_start', { cluster_name: 'solo' });
  await lab.ask('job_list', { limit: 1 });
  await lab.ask('cluster_list');
  const lines = (await lab.records()).filter(({ kind }) => kind === 'decision');
  const [jobs, clusters] = ['job_list', 'cluster_list'].map((tool) => lines.find(({ act }) => act === tool));
  expect(jobs?.subjects).toHaveLength(20);
  expect(jobs?.data).toMatchObject({ code: 'ok', subjects: 21 });
  expect(judgedFrom(jobs?.data)).toHaveLength(20);
  expect(clusters?.subjects).toHaveLength(1);
  expect(clusters?.data).toEqual({ code: 'ok', judged: expect.anything() });
});
