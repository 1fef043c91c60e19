import { constants, open } from 'node:fs/promises';

export interface Line {
  /** Without its newline. Valid until the next chunk is read. */
  readonly bytes: Buffer;
  /** False for what stands behind the file's last newline. */
  readonly ended: boolean;
  /** Far longer than any line can be; only its last bytes are here. */
  readonly endless: boolean;
}

const newline = 0x0a;
const chunkBytes = 1024 * 1024;

/** The lines of one file, a chunk's worth at a time. Links are not followed. */
export async function* readLines(path: string): AsyncGenerator<readonly Line[]> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const cutter = lineCutter();
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(chunk);
      if (bytesRead === 0) break;
      yield cutter.lines(chunk.subarray(0, bytesRead));
    }
    yield cutter.rest();
  } finally {
    await file.close();
  }
}

/** Cuts bytes into lines, however they arrive. */
export function lineCutter() {
  let held: Buffer = Buffer.alloc(0);
  let endless = false;
  return {
    lines(chunk: Buffer): readonly Line[] {
      const bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
      const lines: Line[] = [];
      let from = 0;
      for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
        lines.push({ bytes: bytes.subarray(from, at), ended: true, endless });
        endless = false;
        from = at + 1;
      }
      // The chunk is used again, so what is held must be a copy.
      held = Buffer.from(bytes.subarray(from));
      if (held.length > 2 * chunkBytes) {
        endless = true;
        held = Buffer.alloc(0);
      }
      return lines;
    },
    rest: (): readonly Line[] => (held.length > 0 || endless ? [{ bytes: held, ended: false, endless }] : []),
  };
}
