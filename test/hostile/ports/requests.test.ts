import { describe, expect, test } from 'vitest';
import { answerOf } from '../../../src/ports/https-get.ts';
import { httpsServer } from '../../unit/ports/https-server.ts';
import { inside, opened } from '../../unit/ports/opened.ts';
import { outcome } from './besieged.ts';

describe('no request reaches what was not granted', () => {
  test.each([
    ...[
      'https://169.254.169.254/latest/meta-data',
      'https://[::1]/',
      'https://0x7f000001/',
      'https://127.0.0.1/',
      'https://127.1/',
    ],
    ...[
      'https://2130706433/',
      'https://[::ffff:169.254.169.254]/',
      'http://example.org/',
      'file:///etc/passwd',
      'https://example.org:8443/',
    ],
    ...['https://example.org.evil.test/', 'https://example.org@127.0.0.1/', 'https://localhost/', 'data:text/plain,x'],
  ])('%s', async (url) => {
    await using door = await opened({ http: ['https://example.org'], files: { own: 'write' } });
    expect(await outcome(door.ports.http.get(url))).toMatch(/^(FORBIDDEN|INVALID_INPUT)$/);
    expect(await outcome(door.ports.http.download(url, inside(door, 'x')))).toMatch(/^(FORBIDDEN|INVALID_INPUT)$/);
    expect(door.events.every(({ phase }) => phase === 'refused')).toBe(true);
  });

  test('a granted name that leads to this host is refused; its address, granted as such, is not', async () => {
    await using server = await httpsServer((_, answer) => answer.end('ok'));
    await using door = await opened({ http: [`https://localhost:${server.port}`, server.origin] });
    await expect(door.ports.http.get(`https://localhost:${server.port}`)).rejects.toThrow('not on the internet');
    expect(await door.ports.http.get(server.origin)).toMatchObject({ status: 200 });
  });

  test('a redirect is judged like a request', async () => {
    const targets = [
      'https://169.254.169.254/',
      'file:///etc/passwd',
      'http://127.0.0.1/',
      '//[::1]/',
      'https://localhost:1/',
    ];
    await using server = await httpsServer(({ url }, answer) =>
      answer.writeHead(302, { location: targets[Number(url?.slice(1))] }).end(),
    );
    await using door = await opened({ http: [server.origin, 'https://localhost:1'] });
    for (const index of targets.keys())
      expect(await outcome(door.ports.http.get(`${server.origin}/${index}`))).toBe('FORBIDDEN');
  });

  test('a name that answers otherwise the second time is not asked a second time', async () => {
    const answers = [[{ address: '127.0.0.1', family: 4 }], [{ address: '93.184.216.34', family: 4 }]];
    let asked = 0;
    const lookup = async () => answers[asked++] ?? [];
    const url = 'https://rebound.test/';
    const { signal } = new AbortController();
    expect(await outcome(answerOf(url, () => {}, signal, lookup))).toBe('FORBIDDEN');
    expect(asked).toBe(1);
    const mixed = async () => answers.flat();
    expect(await outcome(answerOf(url, () => {}, signal, mixed))).toBe('FORBIDDEN');
  });
});
