import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { targetsOf } from '../../../src/kernel/audit-targets.ts';
import { ownFolder } from '../../support/folder.ts';

const note = `labwarden/x/audit\n9\n${'A'.repeat(43)}=\n\n\u2014 labwarden/x/audit ${'B'.repeat(92)}\n`;

/** Sends it to this socket. */
async function deliver(path: string): Promise<void> {
  const [target] = targetsOf({ targets: [{ syslog: `unix:${path}` }] });
  await target?.deliver(note, new AbortController().signal);
}

const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
print(s.recv(65536).decode(), flush=True)
`;

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!has('logger') || !has('python3'))('a syslog on a unix socket gets the same, through logger', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'log');
  const child = spawn('python3', ['-c', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let heard = '';
  child.stdout.on('data', (piece) => {
    heard += piece;
  });
  await once(child.stdout, 'data');
  await deliver(path);
  await closed;
  expect(heard).toMatch(/^ready\n<37>1 .* labwarden .*checkpoint/);
  expect(heard).toContain(JSON.stringify({ note }).replaceAll('\u2014', '\\u2014'));
  await expect(deliver(`${path}.gone`)).rejects.toThrow('ended with 1');
});
