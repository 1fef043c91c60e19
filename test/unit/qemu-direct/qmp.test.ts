import { expect, test } from 'vitest';
import { Qmp } from '../../../plugins/qemu-direct/qmp.ts';
import { qemu } from '../../support/spoken-qmp.ts';

const ok = (_: string, id: number) => `{"return": {"status": "running"}, "id": ${id}}\n`;

test('a command is answered with what QEMU returned, however the bytes are cut', async () => {
  const { pipe, say } = qemu((_, id) => {
    for (const part of ['{"return": {"sta', `tus": "running"}, "id": ${id}}`, '\n']) say(part);
    return undefined;
  });
  const qmp = await Qmp.open(pipe, 1_000);
  expect(await qmp.execute('query-status')).toEqual({ status: 'running' });
});

test('answers find their questions by id, in whatever order they come', async () => {
  const held: string[] = [];
  const { pipe } = qemu((command, id) => {
    held.unshift(`{"return": "${command}", "id": ${id}}\n`);
    return held.length === 2 ? held.join('') : undefined;
  });
  const qmp = await Qmp.open(pipe, 1_000);
  expect(await Promise.all([qmp.execute('query-name'), qmp.execute('query-uuid')])).toEqual([
    'query-name',
    'query-uuid',
  ]);
});

test('events are told, and are no answer', async () => {
  const events: string[] = [];
  const { pipe, say } = qemu((command, id) => {
    say('{"event": "GUEST_PANICKED", "data": {"action": "pause"}, "timestamp": {"seconds": 1, "microseconds": 0}}\n');
    return ok(command, id);
  });
  const qmp = await Qmp.open(pipe, 1_000, (event, { action }) => events.push(`${event} ${action}`));
  expect(await qmp.execute('query-status')).toEqual({ status: 'running' });
  expect(events).toEqual(['GUEST_PANICKED pause']);
});

test('a refusal carries the words of QEMU', async () => {
  const { pipe } = qemu((_, id) => `{"error": {"class": "GenericError", "desc": "Resetting first"}, "id": ${id}}\n`);
  const refused = (await Qmp.open(pipe, 1_000)).execute('cont');
  await expect(refused).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: 'QEMU refused cont: Resetting first',
  });
});

test('a monitor that greets nobody is a TIMEOUT', async () => {
  await expect(Qmp.open(qemu(ok, '').pipe, 10)).rejects.toMatchObject({ code: 'TIMEOUT' });
});

test('a command that is never answered is a TIMEOUT, and ends the connection', async () => {
  const qmp = await Qmp.open(qemu(() => undefined).pipe, 10);
  await expect(qmp.execute('query-status')).rejects.toMatchObject({ code: 'TIMEOUT' });
  await qmp.ended;
  await expect(qmp.execute('query-status')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('whoever waits when QEMU ends is told so', async () => {
  const { pipe, hangUp } = qemu(() => void hangUp());
  const qmp = await Qmp.open(pipe, 1_000);
  await expect(qmp.execute('quit')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await qmp.ended;
});

test.for(['SSH-2.0-OpenSSH_9.2\n', 'x'.repeat(1024 * 1024 + 1), '[]\n'])(
  'what is no QMP is let go (%#)',
  async (hello) => {
    await expect(Qmp.open(qemu(ok, hello).pipe, 1_000)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  },
);
