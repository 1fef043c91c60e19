import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { serveLab } from '../../../src/transports/lab-server.ts';
import { dial } from '../../../src/transports/start.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, openLab } from '../../support/lab.ts';

test('an error of the listening socket, every one of them, is logged and ends nothing', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await labFiles(folder.path));
  const logged: unknown[] = [];
  const log = (...line: readonly unknown[]) => void logged.push(line);
  const servers: Server[] = [];
  const heard = (message: unknown) => void servers.push(Reflect.get(Object(message), 'server'));
  const channel = 'tracing:net.server.listen:asyncStart';
  subscribe(channel, heard);
  const path = join(folder.path, 'run', 'lab.sock');
  const kernel = { ...lab.kernel, lab: { ...lab.lab, log } };
  const served = await serveLab(kernel, { path, version: '0', idleExitMs: 60_000 });
  unsubscribe(channel, heard);
  for (let time = 0; time < 3; time += 1) servers[0]?.emit('error', new Error('accept EMFILE'));
  expect(logged).toEqual(Array(3).fill(['error', 'the lab server cannot accept', { cause: 'Error: accept EMFILE' }]));
  const client = await dial(path);
  expect(client).toBeDefined();
  client?.destroy();
  await served.close();
});

test('for as long as a lease waits for its end, the server stays; then it goes when nobody needs it', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await labFiles(folder.path));
  let [pending, looks] = [1, 0];
  const leases = {
    get pending() {
      looks += 1;
      return pending;
    },
  } as typeof lab.kernel.leases;
  const path = join(folder.path, 'run', 'lab.sock');
  const served = await serveLab({ ...lab.kernel, leases }, { path, version: '0', idleExitMs: 5 });
  const over = vi.fn();
  void served.over.then(over);
  await vi.waitFor(() => expect(looks).toBeGreaterThan(3));
  expect(over).not.toHaveBeenCalled();
  pending = 0;
  expect(await served.over).toBe('idle');
  await served.close();
});
