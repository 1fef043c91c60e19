import { Buffer } from 'node:buffer';
import { LabError, type Pipe } from 'labwarden/sdk';

const newline = 0x0a;
const longestLine = 1024 * 1024;

/** Every line that comes out of the pipe, as the value it holds. Throws at one that is no JSON, or longer than 1 MiB. */
export async function* jsonLines(pipe: Pipe): AsyncGenerator<unknown> {
  let held = Buffer.alloc(0);
  for (let piece = await pipe.read(); piece; piece = await pipe.read()) {
    held = Buffer.concat([held, piece]);
    for (let end = held.indexOf(newline); end >= 0; end = held.indexOf(newline)) {
      const line = held.subarray(0, end).toString().trim();
      held = held.subarray(end + 1);
      if (line) yield parsed(line);
    }
    if (held.byteLength > longestLine) throw garbled();
  }
}

export const jsonLine = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw garbled(cause);
  }
}

const garbled = (cause?: unknown) =>
  new LabError('PROVIDER_FAILED', 'What answered on a control socket does not speak JSON lines.', { cause });
