import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNotes, type Target } from '../../../src/audit/index.ts';
import type { Config } from '../../../src/config/config.ts';
import { targetsOf } from '../../../src/kernel/audit-targets.ts';
import { ownFolder } from '../../support/folder.ts';

const note = (size: number) =>
  `labwarden/x/audit\n${size}\n${'A'.repeat(43)}=\n\n\u2014 labwarden/x/audit ${'B'.repeat(92)}\n`;
const signal = new AbortController().signal;

function target(of: Config['audit']['targets'][number]): Target {
  const [one] = targetsOf({ targets: [of] });
  if (!one) throw new Error('One target makes one.');
  return one;
}

test('a file gets every note, one after the other, and can be read as notes', async () => {
  await using folder = await ownFolder();
  const file = join(folder.path, 'notes');
  for (const size of [1, 2]) await target({ file }).deliver(note(size), signal);
  expect(readNotes(await readFile(file, 'utf8')).map(({ size }) => size)).toEqual([1, 2]);
  await expect(target({ file: folder.path }).deliver(note(1), signal)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('a command gets the note on stdin and its arguments as they are; another exit code is a failure', async () => {
  await using folder = await ownFolder();
  const script = join(folder.path, 'take.mjs');
  await writeFile(
    script,
    `import { readFileSync, writeFileSync } from 'node:fs';
     writeFileSync(process.argv[2], process.argv[3] + readFileSync(0, 'utf8'));
     if (process.argv[3] === 'fail') { console.error('no room'); process.exit(3); }`,
  );
  const file = join(folder.path, 'got');
  const command = (word: string) => target({ command: [process.execPath, script, file, word], timeout_s: 10 });
  await command('$(reboot); ').deliver(note(7), signal);
  expect(await readFile(file, 'utf8')).toBe(`$(reboot); ${note(7)}`);
  await expect(command('fail').deliver(note(7), signal)).rejects.toThrow('ended with 3: no room');
  await expect(target({ command: ['/nowhere/program'], timeout_s: 1 }).deliver('', signal)).rejects.toThrow(
    'cannot be started',
  );
});

test('a syslog gets a notice of one line, in the form of RFC 5424', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const heard = once(server, 'message');
  await target({ syslog: `udp:127.0.0.1:${port}` }).deliver(note(9), signal);
  const [bytes] = await heard;
  server.close();
  const [, json = ''] =
    /^<37>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ labwarden \d+ checkpoint - (.*)$/.exec(String(bytes)) ?? [];
  expect(JSON.parse(json)).toEqual({ note: note(9) });
  expect(json).toMatch(/^[ -~]+$/);
});

// A syslog on a unix socket is in audit-targets.slow.test.ts.
