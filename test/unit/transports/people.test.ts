import { once } from 'node:events';
import { createConnection, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDoors, socketOf } from '../../../src/transports/people.ts';
import { ownFolder } from '../../support/folder.ts';

const account = userInfo().username;
const people = ['ana', 'bob'].map((name) => ({ name, groups: [], account }));

test('one person takes no connections from the others, however many they open', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'people');
  const came: string[] = [];
  const served = new Set<Socket>();
  const connected = (socket: Socket, { name }: { readonly name: string }) => {
    came.push(name);
    served.add(socket);
    socket.resume().on('close', () => served.delete(socket));
  };
  using _doors = await openDoors(people, dir, connected, () => {});
  const dial = async (name: string) => {
    const socket = createConnection(socketOf(dir, name)).resume();
    await once(socket, 'connect');
    return socket;
  };
  const held: Socket[] = [];
  for (let at = 0; at < 64; at += 1) held.push(await dial('ana'));
  const beyond = await dial('ana');
  await expect.poll(() => beyond.destroyed || came.length > 64).toBe(true);
  held.push(await dial('bob'));
  await expect.poll(() => came.filter((name) => name === 'bob').length).toBe(1);
  expect(came.filter((name) => name === 'ana')).toHaveLength(64);
  const [first] = held;
  first?.destroy();
  await expect.poll(() => served.size).toBe(64);
  held.push(await dial('ana'));
  await expect.poll(() => came.filter((name) => name === 'ana').length).toBe(65);
  for (const socket of held) socket.destroy();
  await expect.poll(() => served.size).toBe(0);
});

test('a socket that cannot accept for a moment is told of, and ends nothing', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'people');
  const came = Promise.withResolvers<Socket>();
  const failed: unknown[] = [];
  using _doors = await openDoors(people, dir, came.resolve, (reason) => failed.push(reason));
  await using socket = createConnection(socketOf(dir, 'ana'));
  await once(socket, 'connect');
  // As Node does it when there is no descriptor left for whoever comes next.
  const full = new Error('accept EMFILE');
  const server: Server | null = Reflect.get(await came.promise, 'server');
  server?.emit('error', full);
  expect(failed).toEqual([full]);
});
