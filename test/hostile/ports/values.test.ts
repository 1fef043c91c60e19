import { describe, expect, test } from 'vitest';
import type { Granted } from '../../../src/ports/index.ts';
import { codes } from '../../../src/sdk/index.ts';
import { opened } from '../../unit/ports/opened.ts';
import { besieged, outcome } from './besieged.ts';

describe('no value becomes anything but a value', () => {
  const show: Granted = {
    exec: {
      show: { argv: ['printf', '--', '%s\\0', 'a', '{value}', 'b'], effect: 'read' },
      option: { argv: ['@node', '{value}'], effect: 'read' },
      inside: { argv: ['echo', 'path={value},readonly=on'], effect: 'read' },
    },
  };

  test.each([
    ...[
      '-e',
      '--',
      '--eval=1',
      ',',
      '\n',
      '$(id)',
      '`id`',
      ';id',
      '|id',
      '&',
      '*',
      '~',
      "'",
      '"',
      '\\',
      '',
      ' ',
      '{value}',
      '@node',
    ],
    ...['\u202e', '\u{1f4a3}', 'x'.repeat(64 * 1024)],
  ])('%j stays one word in its place', async (value) => {
    await using door = await opened(show);
    const { stdout } = await door.ports.exec.run('show', { value });
    expect(stdout.split('\0')).toEqual(['a', value, 'b', '']);
  });

  test('a zero byte, an option and a value that is none are refused', async () => {
    await using door = await opened(show);
    const run = (template: string, value: unknown) => outcome(door.ports.exec.run(template, { value } as never));
    expect(await run('show', 'a\0b')).toBe('INVALID_INPUT');
    expect(await run('option', '--eval=process.exit(9)')).toBe('INVALID_INPUT');
    for (const value of [7, null, { toString: () => '-e' }, ['a', 7]])
      expect(await run('show', value)).toBe('INVALID_INPUT');
    for (const value of [',readonly=off', '\n', '"']) expect(await run('inside', value)).toBe('INVALID_INPUT');
    expect(await run('__proto__', 'x')).toBe('FORBIDDEN');
  });
});

test('arguments of any form are refused with a code, never with an accident', async () => {
  await using lab = await besieged();
  const junk = [
    undefined,
    null,
    7,
    '',
    [],
    {},
    { unix: 7 },
    { tcp: 'a', tls: 'b' },
    () => {},
    Symbol('x'),
    Number.NaN,
    '\0',
  ];
  for (const port of Object.values(lab.ports))
    for (const [verb, act] of Object.entries(port) as [string, (...args: unknown[]) => Promise<unknown>][])
      for (const argument of verb === 'roots' ? [] : junk)
        expect(Object.keys(codes)).toContain(await outcome(act(argument, argument)));
});
