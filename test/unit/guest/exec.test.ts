import { expect, test as inTurn } from 'vitest';
import { openGuests } from '../../../src/ports/guest/index.ts';
import { machine, never, until } from '../../support/guest.ts';

const test = inTurn.concurrent;

const limits = { timeoutMs: 20_000, maxOutputBytes: 1_000_000 };

test('a command answers with its output, its errors and its exit code', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const ran = await guests.exec(at.target, 'echo out; echo err >&2; exit 7', limits, never);
  expect(ran).toMatchObject({ exitCode: 7, stdout: 'out\n', stderr: 'err\n', timedOut: false, truncated: false });
});

test('a password lets us in where there is no key', async () => {
  await using at = await machine({ password: 'hunter2' });
  await using guests = openGuests();
  const { keyPath: _, ...target } = at.target;
  const withPassword = { ...target, password: async () => 'hunter2' };
  expect(await guests.exec(withPassword, 'echo in', limits, never)).toMatchObject({ stdout: 'in\n' });
  await expect(guests.exec(target, 'echo in', limits, never)).rejects.toThrow('neither a key nor a password');
});

test('a command finds its stdin empty', async () => {
  await using at = await machine();
  await using guests = openGuests();
  expect(await guests.exec(at.target, 'cat; echo done', limits, never)).toMatchObject({
    stdout: 'done\n',
    exitCode: 0,
  });
});

test('a command that a signal ended counts as a shell counts', async () => {
  await using at = await machine();
  await using guests = openGuests();
  expect(await guests.exec(at.target, 'kill -TERM $$', limits, never)).toMatchObject({
    exitCode: 143,
    timedOut: false,
  });
});

test('all commands share one connection, four of them at once and the others in their order', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const commands = Array.from({ length: 10 }, (_, index) => `sleep 0.05; echo ${index}`);
  const ran = await Promise.all(commands.map((command) => guests.exec(at.target, command, limits, never)));
  expect(ran.map(({ stdout }) => stdout)).toEqual(commands.map((_, index) => `${index}\n`));
  expect(at.server).toMatchObject({ commands, connections: 1, mostAtOnce: 4 });
});

test('what is more than the limit is cut and said to be, and the command still ends by itself', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const big = 'head -c 5000000 /dev/zero | tr "\\0" x; head -c 3000000 /dev/zero | tr "\\0" y >&2; exit 3';
  const ran = await guests.exec(at.target, big, { ...limits, maxOutputBytes: 1_000 }, never);
  expect(ran).toEqual({
    ...{ exitCode: 3, stdout: 'x'.repeat(1_000), stderr: 'y'.repeat(1_000), timedOut: false, truncated: true },
    durationMs: expect.any(Number),
  });
});

test('output as long as the limit is whole, also megabytes of it', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const command = 'head -c 4000000 /dev/zero | tr "\\0" x';
  const ran = await guests.exec(at.target, command, { ...limits, maxOutputBytes: 4_000_000 }, never);
  expect(ran.truncated).toBe(false);
  expect(ran.stdout === 'x'.repeat(4_000_000)).toBe(true);
});

test('a character is never cut in two, and bytes that are none are replaced', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const euros = await guests.exec(at.target, "printf '€€'", { ...limits, maxOutputBytes: 5 }, never);
  expect(euros).toMatchObject({ stdout: '€', truncated: true });
  expect(await guests.exec(at.target, "printf 'a\\377b'", limits, never)).toMatchObject({ stdout: 'a\ufffdb' });
});

test('a command that takes too long is killed, and the connection stays good', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const ran = await guests.exec(at.target, 'echo begun; sleep 100', { ...limits, timeoutMs: 200 }, never);
  expect(ran).toMatchObject({ exitCode: undefined, timedOut: true, stdout: 'begun\n' });
  await until(() => at.server.endings.length === 1);
  expect(at.server.endings[0]?.signal).toBe('SIGKILL');
  expect(await guests.exec(at.target, 'echo next', limits, never)).toMatchObject({ stdout: 'next\n' });
  expect(at.server.connections).toBe(1);
});

test('when the signal aborts, the command is killed and the reason thrown', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const call = new AbortController();
  const ran = guests.exec(at.target, 'sleep 100', limits, call.signal);
  await until(() => at.server.commands.length === 1);
  call.abort();
  await expect(ran).rejects.toMatchObject({ code: 'CANCELLED' });
  await until(() => at.server.endings.length === 1);
  expect(at.server.endings[0]?.signal).toBe('SIGKILL');
});

test('who is cancelled while waiting for a turn never reaches the machine', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const [running, waiting] = [new AbortController(), new AbortController()];
  const busy = Array.from({ length: 4 }, () => guests.exec(at.target, 'sleep 100', limits, running.signal));
  const fifth = guests.exec(at.target, 'echo fifth', limits, waiting.signal);
  await until(() => at.server.commands.length === 4);
  waiting.abort();
  await expect(fifth).rejects.toMatchObject({ code: 'CANCELLED' });
  running.abort();
  await Promise.allSettled(busy);
  expect(await guests.exec(at.target, 'echo sixth', limits, never)).toMatchObject({ stdout: 'sixth\n' });
  expect(at.server.commands).not.toContain('echo fifth');
});

test('one who gives up while we dial does not take the others along', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const call = new AbortController();
  const first = guests.exec(at.target, 'echo first', limits, call.signal);
  const second = guests.exec(at.target, 'echo second', limits, never);
  call.abort();
  await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await second).toMatchObject({ stdout: 'second\n' });
  expect(at.server).toMatchObject({ connections: 1, commands: ['echo second'] });
});

test('a machine that closes without a word about the outcome leaves it unknown', async () => {
  await using at = await machine({ strange: ({ accept }) => accept().close() === undefined });
  await using guests = openGuests();
  await expect(guests.exec(at.target, 'rm x', limits, never)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(at.server.commands).toEqual(['rm x']);
});

test('a connection lost in the middle leaves the outcome unknown, and nothing is run twice', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const ran = guests.exec(at.target, 'sleep 100', limits, never);
  await until(() => at.server.commands.length === 1);
  at.server.cut();
  await expect(ran).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', details: { node: 'db1' } });
  expect(at.server.commands).toEqual(['sleep 100']);
});

test('a machine that runs no commands says so', async () => {
  await using at = await machine({ strange: ({ reject }) => reject() === undefined });
  await using guests = openGuests();
  await expect(guests.exec(at.target, 'id', limits, never)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
});

test('a key that is not there, or none at all, is named', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const keyPath = `${at.home}/other`;
  const ran = guests.exec({ ...at.target, keyPath }, 'id', limits, never);
  await expect(ran).rejects.toMatchObject({ code: 'PROVIDER_FAILED', message: expect.stringContaining(keyPath) });
});

test('a wrong user key is refused and said to be', async () => {
  await using at = await machine({ authorized: [] });
  await using guests = openGuests();
  const ran = guests.exec(at.target, 'id', limits, never);
  await expect(ran).rejects.toMatchObject({ code: 'PROVIDER_FAILED', details: { stage: 'login', node: 'db1' } });
  expect(at.server).toMatchObject({ logins: 0, commands: [] });
});

test('nobody there is PROVIDER_UNAVAILABLE', async () => {
  const at = await machine();
  const { port } = at.server;
  await at[Symbol.asyncDispose]();
  await using guests = openGuests();
  await using home = await machine(); // its key is still on disk
  const target = { ...home.target, endpoint: async () => ({ host: '127.0.0.1', port }) };
  const ran = guests.exec(target, 'id', limits, never);
  await expect(ran).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', details: { stage: 'connect' } });
});
