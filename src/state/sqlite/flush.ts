import { type FileHandle, open } from 'node:fs/promises';
import { LabError } from '../../sdk/index.ts';

export interface Flusher {
  flush(): Promise<void>;
  /** Why nothing is durable any more. */
  readonly failed: string | undefined;
  close(): Promise<void>;
}

/**
 * Makes commits survive a power cut: whoever comes while the disk is busy shares the next round. The first failure is the last
 * word, because after a failed sync nobody knows what the disk has.
 */
export function flusher(path: string): Flusher {
  let file: Promise<FileHandle> | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let failure: LabError | undefined;
  const round = async () => {
    if (failure) throw failure;
    try {
      file ??= open(path, 'r+');
      await (await file).datasync();
    } catch (cause) {
      failure = unavailable(path, cause);
      throw failure;
    }
  };
  const start = (): Promise<void> => {
    running = round().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    flush() {
      if (!running) return start();
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined;
          return start();
        });
      return next;
    },
    get failed() {
      return failure?.message;
    },
    async close() {
      const opened = await file?.catch(() => undefined);
      await opened?.close();
    },
  };
}

const unavailable = (path: string, cause: unknown) =>
  new LabError('INTERNAL', `${path} cannot be made durable (${whyOf(cause)}). Mend that, then restart labwarden.`, {
    cause,
  });

const whyOf = (cause: unknown): string => String(Object(cause).code ?? Object(cause).message);
