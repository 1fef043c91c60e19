import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { LabError } from '../sdk/index.ts';
import { beneath, type Spot } from './beneath.ts';
import { unlessMissing } from './file-error.ts';

/** asm-generic/fcntl.h: a handle that names a thing and does not open it. Node has no constant for it. */
const O_PATH = 0o10000000;

export interface HeldSocket extends AsyncDisposable {
  /** Connect to this, while it is held: it means the very socket that was looked at. */
  readonly path: string;
}

/** A unix socket beneath a root. connect(2) would follow a link in the last place; through a handle there is none to follow. */
export async function socketAt(root: string, path: string): Promise<HeldSocket> {
  const found = await unlessMissing(path, () => looked(root, path));
  if (found) return found;
  throw new LabError('PROVIDER_UNAVAILABLE', `Nobody answers at ${path}: ENOENT.`);
}

async function looked(root: string, path: string): Promise<HeldSocket> {
  const spot = await beneath(root, path);
  if (process.platform !== 'linux') return spot;
  await using _ = spot;
  // Awaited here: the spot must be held until then.
  return await namedByHandle(spot, path);
}

async function namedByHandle(spot: Spot, path: string): Promise<HeldSocket> {
  const handle = await open(spot.path, O_PATH | constants.O_NOFOLLOW);
  if ((await handle.stat()).isSocket())
    return { path: `/proc/self/fd/${handle.fd}`, [Symbol.asyncDispose]: () => handle.close() };
  await handle.close();
  throw new LabError('FORBIDDEN', `${path} is no socket; links beneath a root are not followed.`);
}
