import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Granted } from '../../../src/ports/index.ts';
import { LabError } from '../../../src/sdk/index.ts';
import { inside, type Opened, opened } from '../../unit/ports/opened.ts';

/** What came of it: the answer, or the code of its error. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (reason) => (reason instanceof LabError ? reason.code : reason),
  );

/** A lab with a root, a secret beside it, and links that lead from the one to the other. */
export async function besieged(): Promise<Opened & { readonly root: string; readonly secret: string }> {
  const door = await opened({});
  const root = inside(door, 'root');
  const more = { recordDir: door.folder, roots: { own: root, run: root, images: inside(door, 'images') } };
  const asked: Granted = {
    files: { own: 'write', images: 'read' },
    dial: [{ to: 'unix:run', effect: 'change' }],
    http: ['https://example.org'],
  };
  for (const folder of ['root', 'root/real', 'images', 'outside']) mkdirSync(inside(door, folder));
  const secret = inside(door, 'outside', 'secret');
  writeFileSync(secret, 'canary');
  writeFileSync(inside(door, 'images', 'base'), 'image');
  writeFileSync(`${root}/real/secret`, 'mine');
  symlinkSync(inside(door, 'outside'), `${root}/away`);
  symlinkSync(secret, `${root}/last`);
  const attacked = await opened(asked, more);
  const end = async () => {
    await attacked[Symbol.asyncDispose]();
    await door[Symbol.asyncDispose]();
  };
  return { ...attacked, root, secret, [Symbol.asyncDispose]: end };
}
