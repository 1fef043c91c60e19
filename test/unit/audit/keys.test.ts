import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { auditKeys, hmac } from '../../../src/audit/index.ts';
import { scratch } from '../../support/audit/index.ts';

test('the key is made on first use, for its owner alone, and stays', async () => {
  using folder = scratch();
  const [one, two] = [await auditKeys(folder.dir), await auditKeys(folder.dir)];
  expect(statSync(join(folder.dir, 'hmac.key')).mode & 0o777).toBe(0o600);
  expect(two.id).toBe(one.id);
  expect(hmac('alice', two)).toBe(hmac('alice', one));
});

test('eight who make it at the same time have the same one, and leave nothing else behind', async () => {
  using folder = scratch();
  const keys = await Promise.all(Array.from({ length: 8 }, () => auditKeys(folder.dir)));
  expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
  expect(readdirSync(folder.dir)).toEqual(['hmac.key']);
});

test('the log shows this of a string, as RFC 2104 makes it', async () => {
  using folder = scratch();
  writeFileSync(join(folder.dir, 'hmac.key'), `${'0b'.repeat(32)}\n`, { mode: 0o600 });
  const key = await auditKeys(folder.dir);
  // printf 'Hi There' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '0b%.0s' {1..32})
  expect(hmac('Hi There', key)).toBe(`hmac:${key.id}:198a607eb44bfbc69903a0f1cf2bbdc5`);
  expect(key.id).toMatch(/^[0-9a-f]{12}$/);
});

test('a key that others may read is refused', async () => {
  using folder = scratch();
  await auditKeys(folder.dir);
  chmodSync(join(folder.dir, 'hmac.key'), 0o640);
  await expect(auditKeys(folder.dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a key that was cut short is refused, and not replaced', async () => {
  using folder = scratch();
  writeFileSync(join(folder.dir, 'hmac.key'), '0b0b', { mode: 0o600 });
  await expect(auditKeys(folder.dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(readFileSync(join(folder.dir, 'hmac.key'), 'utf8')).toBe('0b0b');
});

test('the secret does not show when the key is printed', async () => {
  using folder = scratch();
  const key = await auditKeys(folder.dir);
  const secret = readFileSync(join(folder.dir, 'hmac.key'), 'utf8').trim();
  expect(`${inspect(key, { depth: 9, showHidden: true })} ${JSON.stringify(key)}`).not.toContain(secret);
});
