import type { Readable } from 'node:stream';

const mostLength = 16 * 1024;

/** Each line that a process prints. One without an end is handed out in parts, so that it costs nothing to wait for. */
export function eachLine(stream: Readable, deliver: (line: string) => void): void {
  let held = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    if (held.length > mostLength) {
      lines.push(held);
      held = '';
    }
    for (const line of lines) deliver(line);
  });
  stream.on('end', () => held && deliver(held));
}
