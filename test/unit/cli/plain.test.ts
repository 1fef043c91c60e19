import { describe, expect, test } from 'vitest';
import { plainJson, plainText } from '../../../src/cli/plain.ts';

const signs = ['\x1b[2J', '\x9b31m', '\x7f', '\u202e', '\u200b', '\u2028', '\u{e0041}', '\r'];

describe('what is printed at a terminal', () => {
  test.each(signs)('as JSON has no %j in it, and means the same', (sign) => {
    const value = { stdout: `before${sign}after\n`, [`key${sign}`]: [sign] };
    const printed = plainJson(value, 2);
    expect(printed).not.toContain(sign);
    expect(JSON.parse(printed)).toEqual(value);
    expect(printed.split('\n')).toHaveLength(6);
  });

  test.each(signs)('as text has %j written out, and keeps its lines', (sign) => {
    const printed = plainText(`one${sign}\ntwo`);
    expect(printed).not.toContain(sign);
    expect(printed.split('\n')).toHaveLength(2);
    expect(printed).toMatch(/^one\\u\{/);
  });
});
