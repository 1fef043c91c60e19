import { createPublicKey, sign, verify } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyNames, makeKey, openKey, publicPart } from '../../../src/cli/approver-key.ts';
import { ownFolder } from '../../support/folder.ts';

const passphrase = 'correct horse battery staple';

test('a key signs once its passphrase opens it, and lies where nobody else reads it', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'approver');
  const part = makeKey(dir, { name: 'ana', user: 'root' }, passphrase);
  expect(keyNames(dir)).toEqual(['ana']);
  expect(publicPart(dir, 'ana')).toEqual(part);
  const signature = sign(null, Buffer.from('words'), openKey(dir, 'ana', passphrase));
  const key = createPublicKey({ key: Buffer.from(part.key, 'base64'), format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from('words'), key, signature)).toBe(true);
  expect((await stat(join(dir, 'ana.json'))).mode & 0o777).toBe(0o600);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  expect(() => makeKey(dir, { name: 'ana', user: 'root' }, passphrase)).toThrow('EEXIST');
});

test('another passphrase opens nothing, and neither does a file that was changed', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'approver');
  makeKey(dir, { name: 'ana', user: 'ana' }, passphrase);
  const path = join(dir, 'ana.json');
  const whole = await readFile(path, 'utf8');
  expect(whole).not.toContain(passphrase);
  for (const wrong of ['', `${passphrase} `, 'Correct horse battery staple'])
    expect(() => openKey(dir, 'ana', wrong)).toThrow('This is not the passphrase of "ana".');
  // It is bound to its user: nobody makes it another's.
  await writeFile(path, whole.replace('"user": "ana"', '"user": "olga"'));
  expect(() => openKey(dir, 'ana', passphrase)).toThrow('This is not the passphrase');
  for (const broken of ['', '{}', whole.replace('131072', '2'), whole.replace('"name": "ana"', '"name": "olga"')]) {
    await writeFile(path, broken);
    expect(() => openKey(dir, 'ana', passphrase)).toThrow(`${path} is no approver key.`);
  }
});

test('the same passphrase is the same, however its letters are put together', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'approver');
  makeKey(dir, { name: 'ana', user: 'ana' }, 'fa\u00e7ade is composed');
  expect(openKey(dir, 'ana', 'fac\u0327ade is composed').type).toBe('private');
});

test('a folder that others can enter holds no key', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'approver');
  expect(keyNames(dir)).toEqual([]);
  expect(() => openKey(dir, 'ana', passphrase)).toThrow('You have no approver key "ana"');
  makeKey(dir, { name: 'ana', user: 'ana' }, passphrase);
  await chmod(dir, 0o755);
  expect(() => openKey(dir, 'ana', passphrase)).toThrow('must be a folder of yours');
});
