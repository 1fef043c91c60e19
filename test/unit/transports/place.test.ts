import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { placeOf } from '../../../src/transports/place.ts';
import { ownFolder } from '../../support/folder.ts';

const from = (cwd: string, more: object = {}) =>
  placeOf({ env: {}, cwd, home: '/home/ada', etc: '/nonexistent', ...more });

describe('one lab has one socket', () => {
  test('however its config is written, and from wherever', () => {
    const there = from('/labs', { argvFile: '/labs/red.yaml' }).socket;
    expect(from('/labs', { argvFile: 'red.yaml' }).socket).toBe(there);
    expect(from('/elsewhere', { argvFile: '../labs/red.yaml' }).socket).toBe(there);
    expect(from('/elsewhere', { env: { LABWARDEN_CONFIG: '/labs/red.yaml' } }).socket).toBe(there);
    expect(from('/labs', { argvFile: 'blue.yaml' }).socket).not.toBe(there);
  });

  test('and another one when the environment changes its config', () => {
    const moved = from('/labs', { argvFile: 'red.yaml', env: { LABWARDEN_STATE_DIR: '/elsewhere' } });
    expect(moved.socket).not.toBe(from('/labs', { argvFile: 'red.yaml' }).socket);
    const judged = from('/labs', { argvFile: 'red.yaml', env: { LABWARDEN_POLICIES: 'mine.yaml' } });
    expect(judged.socket).not.toBe(from('/labs', { argvFile: 'red.yaml' }).socket);
  });

  test('and another one where a .env changes its config', async () => {
    await using folder = await ownFolder();
    const [before, named] = [from(folder.path).socket, from(folder.path, { argvFile: '/labs/red.yaml' }).socket];
    await writeFile(join(folder.path, '.env'), 'LABWARDEN_LOG_LEVEL=debug\n');
    expect(from(folder.path).socket).not.toBe(before);
    expect(from(folder.path, { argvFile: '/labs/red.yaml' }).socket).toBe(named);
  });

  test('beneath XDG_RUNTIME_DIR, or in a folder of this user', () => {
    expect(from('/labs', { env: { XDG_RUNTIME_DIR: '/run/user/7' } }).socket).toMatch(
      /^\/run\/user\/7\/labwarden\/[0-9a-f]{12}\.sock$/,
    );
    expect(from('/labs').socket).toMatch(/^\/tmp\/labwarden-\d+\/[0-9a-f]{12}\.sock$/);
  });
});
