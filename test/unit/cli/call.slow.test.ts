import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, type Served, served } from '../../support/mcp/served.ts';

let lab: Served;
beforeAll(async () => {
  lab = await served();
});
afterAll(async () => await lab[Symbol.asyncDispose]());

test('tools lists what a client is offered, and as JSON just what the protocol says', async () => {
  const { code, stdout } = await lab.run('tools');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^cluster_define +\S.*$/m);
  const { tools } = JSON.parse((await lab.run('tools', '--json')).stdout);
  expect(tools).toContainEqual(
    expect.objectContaining({ name: 'node_exec', inputSchema: expect.objectContaining({ type: 'object' }) }),
  );
});

test('a call answers with JSON, its arguments written one by one or as JSON', async () => {
  const defined = await lab.run('call', 'cluster_define', 'topology_name=red');
  expect(defined).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(defined.stdout)).toMatchObject({ cluster_name: 'red' });
  const started = await lab.run('call', 'cluster_start', '{"cluster_name": "red", "wait_for_ssh": true}');
  expect(JSON.parse(started.stdout)).toMatchObject({ nodes: [{ domain_state: 'running' }, {}] });
  const words = ['cluster_name=red', 'command=echo 7', 'nodes=["a"]', 'timeout_s=5'];
  const { results } = JSON.parse((await lab.run('call', 'node_exec_all', ...words)).stdout);
  expect(results).toMatchObject({ a: { stdout: '7\n' } });
});

test('what a guest prints, or somebody calls a thing, does nothing to the terminal', async () => {
  const hidden = '\u009b2J\u202e\u200b';
  const words = ['cluster_name=red', 'node_name=a', `command=echo a${hidden}b`];
  const { stdout } = await lab.run('call', 'node_exec', ...words);
  expect(stdout).not.toMatch(/[\u007f-\u009f\p{Cf}]/u);
  expect(JSON.parse(stdout)).toMatchObject({ stdout: `a${hidden}b\n` });
  const { stderr } = await lab.run('call', 'cluster_status', `cluster_name=${hidden}`);
  expect(stderr).not.toMatch(/[\u007f-\u009f\p{Cf}]/u);
});

test.each([
  [['cluster_status', 'cluster_name=nobody'], 1, /^labwarden: NOT_FOUND: .*nobody.* \[fix\]\n$/],
  [['no_such_tool'], 1, /^labwarden: NOT_FOUND: .*no_such_tool/],
  [['node_exec_all', 'nodes=a'], 2, /^labwarden: INVALID_INPUT: "nodes" \(array\) is not JSON: a\n$/],
  [['node_exec_all', 'red'], 2, /^labwarden: INVALID_INPUT: "red" is no argument; write NAME=VALUE/],
  [['node_exec_all', '{"a":1}', 'b=2'], 2, /^labwarden: INVALID_INPUT: "b=2" stands behind the JSON object/],
  [['--verbose'], 2, /^labwarden: INVALID_INPUT: "--verbose" is not understood here; use: labwarden call TOOL/],
  [['cluster_status', 'cluster_name=a', 'cluster_name=b'], 2, /"cluster_name" stands here twice/],
  [
    ['cluster_destroy', 'cluster_name=red', 'remove_overlays=yes'],
    2,
    /"remove_overlays" is true or false, and not: yes/,
  ],
])('call %j fails in a line that says what to do', async (args, code, line) => {
  expect(await lab.run('call', ...args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(line) });
});

test('Ctrl-C ends a call that went on as a job, and says how the job ended', async () => {
  await using other = await served({ limits: { answer_within_s: 1 } });
  for (const words of [
    ['cluster_define', 'topology_name=solo'],
    ['cluster_start', 'cluster_name=solo'],
  ])
    expect(await other.run('call', ...words)).toMatchObject({ code: 0 });
  const exec = ['cluster_name=solo', 'node_name=a', 'command=sleep 600', 'timeout_s=600'];
  const words = ['call', 'node_exec', ...exec, '--config', other.config];
  const child = spawn(program, words, { env: other.env, cwd: other.dir, stdio: ['ignore', 'ignore', 'pipe'] });
  const code = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  for await (const piece of child.stderr.setEncoding('utf8')) {
    if (!said.includes('as job') && `${said}${piece}`.includes('as job')) child.kill('SIGINT');
    said += piece;
  }
  expect(await code).toBe(1);
  expect(said).toContain('labwarden: CANCELLED: ');
  const { jobs } = JSON.parse((await other.run('call', 'job_list', 'status=running')).stdout);
  expect(jobs).toEqual([]);
});

test('what needs a person is refused where there is none, whatever is piped in', async () => {
  const asked = await lab.run('call', 'cluster_destroy', 'cluster_name=red');
  expect(asked).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^labwarden: CONFIRMATION_REQUIRED: .*\nlabwarden call asks you itself when you run it in a terminal\.\n$/,
    ),
  });
  expect(JSON.parse((await lab.run('call', 'cluster_status', 'cluster_name=red')).stdout)).toMatchObject({
    cluster_name: 'red',
  });
});

test('a person at a terminal is shown what would be lost, and only the right name is a yes', async () => {
  expect(await onTerminal('blue')).toMatch(/DECLINED/);
  const said = await onTerminal('red');
  expect(said).toContain('Type "red" to agree');
  expect(said).toMatch(/"cluster_name": "red"/);
  expect((await lab.run('call', 'cluster_status', 'cluster_name=red')).stderr).toContain('NOT_FOUND');
});

/** What stands on the terminal of a person who destroys the cluster and types this when they are asked. */
async function onTerminal(typed: string): Promise<string> {
  const command = `'${program}' call cluster_destroy cluster_name=red --config '${lab.config}'`;
  // script(1) runs it on a terminal of its own.
  const child = spawn('script', ['-qfec', command, '/dev/null'], { env: lab.env, cwd: lab.dir });
  let shown = '';
  let said = false;
  for await (const piece of child.stdout.setEncoding('utf8')) {
    shown += piece;
    // A terminal's own codes come between and after the letters.
    if (said || !shown.includes('to agree: ')) continue;
    said = true;
    child.stdin.write(`${typed}\n`);
  }
  return shown;
}
