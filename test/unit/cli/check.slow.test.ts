import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTopology } from '../../support/lab.ts';
import { program, type Served, served } from '../../support/mcp/served.ts';

let lab: Served;
beforeAll(async () => {
  lab = await served();
});
afterAll(async () => await lab[Symbol.asyncDispose]());

test('a lab that would start is fine, part by part, and nothing is started for it', async () => {
  const { code, stdout, stderr } = await lab.run('check');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const line of ['plugins: fine', 'provider main: fine', 'topology red: fine'])
    expect(stdout.split('\n')).toContain(line);
  expect(stdout).toMatch(/^2 files: 0 errors/m);
  expect(lab.servers()).toEqual([]);
});

test('everything that is wrong is said at once, each with what it is about', async () => {
  await using other = await served({ faults: [{ at: 'power.start', how: 'explode' }] });
  await writeTopology(other.dir, 'odd', { cluster_name: 'odd', base_image: 'empty.raw', nodes: [] });
  await writeFile(join(other.dir, 'topologies', 'torn.yaml'), 'cluster_name: [');
  const { code, stdout } = await other.run('check');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^provider main: providers\.main: .*how/m);
  expect(stdout).toMatch(/^topology odd: [\s\S]*nodes/m);
  expect(stdout).toMatch(/^topology torn: .*torn\.yaml/m);
  expect(stdout).toContain('topology red: fine');
});

test('an image that is not there is said, and is no mistake of the config', async () => {
  await writeTopology(lab.dir, 'bare', {
    ...{ cluster_name: 'bare', base_image: 'nowhere.raw', network: { bridge: 'lw-bare', subnet: '10.9.0.0/24' } },
    nodes: [{ name: 'a', role: 'member', memory_mb: 64, ip: '10.9.0.11' }],
  });
  expect(await lab.run('check')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^topology bare: fine, but there is no .*nowhere\.raw yet$/m),
  });
});

test('whoever stops reading ends a command without a stack trace', async () => {
  const child = spawn(program, ['check', '--config', lab.config], {
    env: lab.env,
    cwd: lab.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [said, code] = await Promise.all([text(child.stderr), new Promise((resolve) => child.once('close', resolve))]);
  expect([said, code]).toEqual(['', 141]);
});
