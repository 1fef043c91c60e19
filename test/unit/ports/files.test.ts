import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import type { RootPaths } from '../../../src/ports/index.ts';
import { LabError, type Ports } from '../../../src/sdk/index.ts';
import { inside, opened, textOf } from './opened.ts';

const asked = { files: { own: 'write' } } as const;

async function written(files: Ports['files'], path: string, text: string): Promise<void> {
  const pipe = await files.write(path);
  await pipe.write(Buffer.from(text));
  await pipe.close();
}

test('a plugin learns where its roots are, each folder of a list by a name of its own', async () => {
  const roots: RootPaths = { own: '/srv/own', images: ['/srv/a/', '/srv/b'], seeds: '/srv/seeds' };
  await using door = await opened({ files: { own: 'write', images: 'read', overlays: 'read' } }, { roots });
  expect(await door.ports.files.roots()).toEqual({ own: '/srv/own', images: '/srv/a', 'images-2': '/srv/b' });
});

test('a file appears whole, when it is closed, readable by us alone', async () => {
  await using door = await opened(asked);
  const { files } = door.ports;
  const path = inside(door, 'seed.iso');
  const pipe = await files.write(path);
  await pipe.write(Buffer.alloc(100_000, 1));
  expect(await files.stat(path)).toBeUndefined();
  expect(await files.list(door.folder)).toEqual([]);
  await pipe.close();
  expect(await files.list(door.folder)).toEqual(['seed.iso']);
  expect(readFileSync(path).equals(Buffer.alloc(100_000, 1))).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a file that is written again is the old one until it is the new one', async () => {
  await using door = await opened(asked);
  await written(door.ports.files, inside(door, 'a'), 'old');
  const pipe = await door.ports.files.write(inside(door, 'a'));
  await pipe.write(Buffer.from('new'));
  expect(await textOf(await door.ports.files.read(inside(door, 'a')))).toBe('old');
  await pipe.close();
  expect(await textOf(await door.ports.files.read(inside(door, 'a')))).toBe('new');
});

test('a call that ends before its file is closed leaves nothing', async () => {
  await using door = await opened(asked);
  const pipe = await door.ports.files.write(inside(door, 'a'));
  await pipe.write(Buffer.from('half'));
  const reason = new LabError('CANCELLED', 'Enough.');
  door.stop(reason);
  await expect(pipe.close()).rejects.toBe(reason);
  await expect.poll(() => readdirSync(door.folder), { timeout: 5_000 }).toEqual([]);
  await expect(door.ports.files.list(door.folder)).rejects.toBe(reason);
});

test('a call that ends while its file is being closed leaves nothing either', async () => {
  await using door = await opened(asked);
  const pipe = await door.ports.files.write(inside(door, 'a'));
  await pipe.write(Buffer.from('whole'));
  const closing = pipe.close();
  const reason = new LabError('CANCELLED', 'Enough.');
  door.stop(reason);
  await expect(closing).rejects.toBe(reason);
  expect(readdirSync(door.folder)).toEqual([]);
});

test('facts tell kind, size and what is really used; nothing there is no error', async () => {
  await using door = await opened(asked);
  writeFileSync(inside(door, 'sparse'), '');
  truncateSync(inside(door, 'sparse'), 1_000_000);
  symlinkSync('/etc/passwd', inside(door, 'link'));
  const { files } = door.ports;
  expect(await files.stat(inside(door, 'sparse'))).toEqual({ kind: 'file', sizeBytes: 1_000_000, usedBytes: 0 });
  expect(await files.stat(door.folder)).toMatchObject({ kind: 'folder' });
  expect(await files.stat(inside(door, 'link'))).toMatchObject({ kind: 'other' });
  expect(await files.stat(inside(door, 'none', 'none'))).toBeUndefined();
  expect(await files.stat(inside(door, 'sparse', 'none'))).toBeUndefined();
  expect(await files.list(inside(door, 'none'))).toEqual([]);
  await files.remove(inside(door, 'none'));
});

test('a digest is the SHA-256 of the whole file', async () => {
  await using door = await opened(asked);
  const bytes = Buffer.alloc(3_000_000, 'labwarden');
  writeFileSync(inside(door, 'image'), bytes);
  const expected = createHash('sha256').update(bytes).digest('hex');
  expect(await door.ports.files.digest(inside(door, 'image'))).toBe(`sha256:${expected}`);
  await expect(door.ports.files.digest(inside(door, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(door.ports.files.digest(door.folder)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('folders are made with their parents, once; only empty ones are removed', async () => {
  await using door = await opened(asked);
  const { files } = door.ports;
  await files.makeFolder(inside(door, 'a', 'b', 'c'));
  await files.makeFolder(inside(door, 'a', 'b', 'c'));
  await files.makeFolder(door.folder);
  expect(await files.list(inside(door, 'a', 'b'))).toEqual(['c']);
  await expect(files.remove(inside(door, 'a'))).rejects.toMatchObject({ code: 'CONFLICT' });
  await files.remove(inside(door, 'a', 'b', 'c'));
  expect(await files.list(inside(door, 'a', 'b'))).toEqual([]);
  await written(files, inside(door, 'file'), 'x');
  await expect(files.makeFolder(inside(door, 'file'))).rejects.toMatchObject({ code: 'CONFLICT' });
  await files.remove(inside(door, 'file'));
  expect(await files.list(door.folder)).toEqual(['a']);
});

test('what a crash left half-written is not shown, and does not keep its folder', async () => {
  await using door = await opened(asked);
  mkdirSync(inside(door, 'a'));
  writeFileSync(inside(door, 'a', `.labwarden-${'0'.repeat(32)}.draft`), 'half');
  expect(await door.ports.files.list(inside(door, 'a'))).toEqual([]);
  await door.ports.files.remove(inside(door, 'a'));
  expect(readdirSync(door.folder)).toEqual([]);
});

test('a rename never overwrites, whatever stands there', async () => {
  await using door = await opened(asked);
  const { files } = door.ports;
  await written(files, inside(door, 'a'), 'a');
  await written(files, inside(door, 'b'), 'b');
  mkdirSync(inside(door, 'empty'));
  mkdirSync(inside(door, 'folder'));
  symlinkSync('nowhere', inside(door, 'dangling'));
  for (const [from, to] of [
    ['a', 'b'],
    ['a', 'a'],
    ['a', 'empty'],
    ['folder', 'empty'],
    ['folder', 'a'],
    ['a', 'dangling'],
  ] as const)
    await expect(files.rename(inside(door, from), inside(door, to))).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await files.list(door.folder)).toEqual(['a', 'b', 'dangling', 'empty', 'folder']);
  await files.rename(inside(door, 'a'), inside(door, 'folder', 'c'));
  await files.rename(inside(door, 'folder'), inside(door, 'moved'));
  expect(await textOf(await files.read(inside(door, 'moved', 'c')))).toBe('a');
  await expect(files.rename(inside(door, 'a'), inside(door, 'x'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a file with two names keeps both when it is renamed to itself', async () => {
  await using door = await opened(asked);
  writeFileSync(inside(door, 'a'), 'a');
  linkSync(inside(door, 'a'), inside(door, 'b'));
  const same = door.ports.files.rename(inside(door, 'a'), inside(door, 'a'));
  await expect(same).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(readdirSync(door.folder)).toEqual(['a', 'b']);
});

test('a rename that a crash cut in two is finished by the next', async () => {
  await using door = await opened(asked);
  writeFileSync(inside(door, 'a'), 'a');
  linkSync(inside(door, 'a'), inside(door, 'b'));
  await door.ports.files.rename(inside(door, 'a'), inside(door, 'b'));
  expect(readdirSync(door.folder)).toEqual(['b']);
  expect(readFileSync(inside(door, 'b'), 'utf8')).toBe('a');
});

test('the innermost root decides', async () => {
  await using outer = await opened(asked);
  mkdirSync(inside(outer, 'images'));
  writeFileSync(inside(outer, 'images', 'base'), 'x');
  const more = { recordDir: outer.folder, roots: { own: outer.folder, images: inside(outer, 'images') } };
  await using door = await opened({ files: { own: 'write', images: 'read' } }, more);
  expect(await door.ports.files.list(inside(door, 'images'))).toEqual(['base']);
  await expect(door.ports.files.remove(inside(door, 'images', 'base'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
