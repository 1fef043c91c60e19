import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { inside, opened } from '../../unit/ports/opened.ts';
import { besieged, outcome } from './besieged.ts';

describe('no socket but those of the granted root', () => {
  test('a path that no socket can have is refused with its length', async () => {
    await using lab = await besieged();
    const unix = `${lab.root}/${'s'.repeat(108 - lab.root.length - 1)}`;
    await expect(lab.ports.dial.open({ unix })).rejects.toThrow('has 108 bytes; a socket');
  });

  test('not through a link, in the middle or in the last place', async () => {
    await using lab = await besieged();
    const server = createServer().listen(inside(lab, 'outside', 'daemon.sock'));
    await once(server, 'listening');
    let calls = 0;
    server.on('connection', () => calls++);
    symlinkSync(inside(lab, 'outside', 'daemon.sock'), `${lab.root}/daemon.sock`);
    for (const unix of [
      `${lab.root}/away/daemon.sock`,
      `${lab.root}/daemon.sock`,
      inside(lab, 'outside', 'daemon.sock'),
    ])
      expect(await outcome(lab.ports.dial.open({ unix }))).toBe('FORBIDDEN');
    expect(calls).toBe(0);
    server.close();
  });

  test('no port or host that was not granted', async () => {
    await using door = await opened({ dial: [{ to: 'tcp:127.0.0.1:5900', effect: 'read' }] });
    for (const tcp of ['127.0.0.1:22', 'localhost:5900', '127.0.0.1:05900', '0.0.0.0:5900'])
      expect(await outcome(door.ports.dial.open({ tcp }))).toBe('FORBIDDEN');
    expect(await outcome(door.ports.dial.open({ tls: '127.0.0.1:5900' }))).toBe('FORBIDDEN');
    expect(await outcome(door.ports.dial.open({ tcp: '127.0.0.1:*' }))).toBe('INVALID_INPUT');
  });
});
