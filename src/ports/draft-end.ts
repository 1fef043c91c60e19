import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError } from '../sdk/index.ts';
import type { Spot } from './beneath.ts';
import { plainly } from './file-error.ts';
import type { End } from './pipe.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** A name that a file has while it is written. One that is found later was left by a crash, and nobody needs it. */
export const isDraft = (name: string): boolean => /^\.labwarden-[0-9a-f]{32}\.draft$/.test(name);

/** A file that appears at its spot, whole and on the disk, when it is closed. The spot is given back then. */
export async function draftEnd(spot: Spot, path: string, signal: AbortSignal): Promise<End> {
  const name = join(dirname(spot.path), `.labwarden-${randomBytes(16).toString('hex')}.draft`);
  const file = await open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch(async (reason) => {
    await spot[Symbol.asyncDispose]();
    throw reason;
  });
  let broken: unknown;
  const breaks = (reason: unknown) => {
    broken = reason;
  };
  const drop = async () => {
    await using _ = spot;
    await file.close();
    await unlink(name);
  };
  return {
    async read() {
      throw new LabError('CONFLICT', `${path} was opened for writing.`);
    },
    write: (piece) =>
      plainly(path, () => file.writeFile(piece)).catch((reason) => {
        breaks(reason);
        throw reason;
      }),
    async close(written) {
      await written.catch(() => {});
      if (broken === undefined) await plainly(path, () => file.sync()).catch(breaks);
      if (broken !== undefined || signal.aborted) {
        await drop();
        throw signal.aborted ? signal.reason : broken;
      }
      await using _ = spot;
      await file.close();
      await plainly(path, () => appear(name, spot));
    },
    drop,
  };
}

async function appear(name: string, spot: Spot): Promise<void> {
  try {
    await rename(name, spot.path);
  } catch (reason) {
    await unlink(name);
    throw reason;
  }
  await spot.folder.sync();
}
