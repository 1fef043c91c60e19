import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { walkByRealPath } from '../../../src/ports/beneath.ts';
import { inside, textOf } from '../../unit/ports/opened.ts';
import { besieged, outcome } from './besieged.ts';

describe('no path leads out of its root', () => {
  const verbs = ['stat', 'list', 'digest', 'read', 'write', 'makeFolder', 'remove'] as const;

  test.each([
    ['up', 'INVALID_INPUT', (root: string) => `${root}/../outside/secret`],
    ['up at the end', 'INVALID_INPUT', (root: string) => `${root}/real/..`],
    ['in place', 'INVALID_INPUT', (root: string) => `${root}/./real`],
    ['with an empty name', 'INVALID_INPUT', (root: string) => `${root}//real`],
    ['with a zero byte', 'INVALID_INPUT', (root: string) => `${root}/real\0/../../outside/secret`],
    ['relative', 'INVALID_INPUT', () => 'outside/secret'],
    ['absolute', 'FORBIDDEN', () => '/etc/passwd'],
    ['to a neighbour whose name begins alike', 'FORBIDDEN', (root: string) => `${root}2/secret`],
    ['longer than any path', 'INVALID_INPUT', (root: string) => `${root}/${'a/'.repeat(2_100)}a`],
    ['through a link in the middle', 'FORBIDDEN', (root: string) => `${root}/away/secret`],
  ] as const)('%s', async (_, code, path) => {
    await using lab = await besieged();
    for (const verb of verbs)
      expect([verb, await outcome(lab.ports.files[verb](path(lab.root)))]).toEqual([verb, code]);
    for (const [from, to] of [
      [path(lab.root), `${lab.root}/x`],
      [`${lab.root}/real/secret`, path(lab.root)],
    ] as const)
      expect(await outcome(lab.ports.files.rename(from, to))).toBe(code);
    expect(readFileSync(lab.secret, 'utf8')).toBe('canary');
    expect(readdirSync(inside(lab, 'outside'))).toEqual(['secret']);
  });

  test('a link in the last place is a thing of its own, and what it points to is never touched', async () => {
    await using lab = await besieged();
    const { files } = lab.ports;
    const last = `${lab.root}/last`;
    expect(await outcome(files.read(last))).toBe('FORBIDDEN');
    expect(await outcome(files.digest(last))).toBe('FORBIDDEN');
    expect(await outcome(files.list(`${lab.root}/away`))).toBe('FORBIDDEN');
    expect(await outcome(files.makeFolder(`${lab.root}/away`))).toBe('FORBIDDEN');
    expect(await files.stat(last)).toMatchObject({ kind: 'other' });
    await files.rename(last, `${lab.root}/moved`);
    const pipe = await files.write(`${lab.root}/moved`);
    await pipe.write(Buffer.from('new'));
    await pipe.close();
    await files.remove(`${lab.root}/away`);
    expect(readFileSync(`${lab.root}/moved`, 'utf8')).toBe('new');
    expect(readFileSync(lab.secret, 'utf8')).toBe('canary');
  });

  test('where folders cannot be held, a link that stands there is refused all the same', async () => {
    await using lab = await besieged();
    const walk = (...names: readonly string[]) => walkByRealPath(lab.root, names, names.join('/'));
    expect(await outcome(walk('away', 'secret'))).toBe('FORBIDDEN');
    await using spot = await walk('real', 'secret');
    expect(readFileSync(spot.path, 'utf8')).toBe('mine');
  });

  test.each([
    ['folder', 'real', 'away', 'real/secret'],
    ['file', 'file', 'last', 'file'],
  ])('a %s that is swapped for a link for 2,000 reads gives nothing away', async (_, thing, link, path) => {
    await using lab = await besieged();
    writeFileSync(`${lab.root}/file`, 'mine');
    await using _swapper = await swapping(`${lab.root}/${thing}`, `${lab.root}/${link}`);
    const seen = new Map<unknown, number>();
    const read = async () => textOf(await lab.ports.files.read(`${lab.root}/${path}`));
    const bothSeen = () => seen.has('mine') && seen.has('FORBIDDEN');
    for (let reads = 0; reads < 2_000 || (!bothSeen() && reads < 100_000); reads++) {
      const got = await outcome(read());
      seen.set(got, (seen.get(got) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['FORBIDDEN', 'NOT_FOUND', 'mine'].filter((key) => seen.has(key)));
    expect(bothSeen()).toBe(true);
  });

  test('a root for reading is not written to', async () => {
    await using lab = await besieged();
    const base = inside(lab, 'images', 'base');
    const { files } = lab.ports;
    for (const change of [
      () => files.write(base),
      () => files.remove(base),
      () => files.makeFolder(inside(lab, 'images', 'new')),
      () => files.rename(base, `${lab.root}/stolen`),
      () => files.rename(`${lab.root}/real/secret`, inside(lab, 'images', 'new')),
      () => lab.ports.http.download('https://example.org/x', base),
    ])
      expect(await outcome(change())).toBe('FORBIDDEN');
    expect(await textOf(await files.read(base))).toBe('image');
    expect(await files.list(inside(lab, 'images'))).toEqual(['base']);
  });
});

/** Swaps a thing and a link for each other, in a thread of its own, until disposed of. */
async function swapping(thing: string, link: string): Promise<AsyncDisposable> {
  const code = `
    const { renameSync: move } = require('node:fs');
    const { parentPort, workerData: [thing, link] } = require('node:worker_threads');
    parentPort.postMessage('ready');
    for (;;) { move(thing, thing + '~'); move(link, thing); move(thing, link); move(thing + '~', thing); }`;
  const worker = new Worker(code, { eval: true, workerData: [thing, link] });
  await once(worker, 'message');
  return { [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
}
