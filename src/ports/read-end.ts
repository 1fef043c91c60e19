import type { FileHandle } from 'node:fs/promises';
import { LabError } from '../sdk/index.ts';
import { plainly } from './file-error.ts';
import type { End } from './pipe.ts';

/** A file from one byte on, as the end of a pipe. It holds the handle until it is closed. */
export async function readEnd(file: FileHandle, from: number, path: string): Promise<End> {
  let at = from < 0 ? Math.max(0, (await file.stat()).size + from) : from;
  const close = () => file.close();
  return {
    read: (atMost) =>
      plainly(path, async () => {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(atMost), 0, atMost, at);
        at += bytesRead;
        return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
      }),
    async write() {
      throw new LabError('CONFLICT', `${path} was opened for reading.`);
    },
    close,
    drop: close,
  };
}
