import type { Socket } from 'node:net';
import { here, placeOf } from './place.ts';
import { serveArguments } from './serve-arguments.ts';
import { reach } from './start.ts';

/** MCP on stdin and stdout, carried to the lab server and back, which is started when none runs. */
export async function relay(args: readonly string[]): Promise<void> {
  try {
    const { config, toolsets, readOnly } = serveArguments(args);
    const socket = await reach(placeOf(here(config)), config);
    const hello = { hello: 1, via: 'stdio', ...(toolsets && { toolsets }), ...(readOnly && { readOnly }) };
    socket.write(`${JSON.stringify(hello)}\n`);
    if (toolsets) await welcomed(socket);
    carry(socket);
  } catch (reason) {
    refuse(reason instanceof Error ? reason.message : String(reason));
  }
}

/** Resolves when the server has all that was named. Throws with what it says. */
async function welcomed(socket: Socket): Promise<void> {
  let text = '';
  // It says no more than this line before it is asked something.
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    text += piece;
    if (text.endsWith('\n')) break;
  }
  const said =
    text === '' ? { refused: 'The lab server hung up; it may be older than this program.' } : JSON.parse(text);
  if ('refused' in said) throw new Error(said.refused);
}

function carry(socket: Socket): void {
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
  let leaving = false;
  process.stdin.once('end', () => {
    leaving = true;
  });
  socket.once('error', () => {});
  process.stdout.once('error', () => process.exit(1)); // the client hears nothing any more
  socket.once('close', () => {
    if (!leaving) process.stderr.write('labwarden: the lab server has gone; start the client again.\n');
    process.exit(leaving ? 0 : 1);
  });
}

/** Says why on stderr, and to the client as the answer to whatever it asks first, for many show only that. */
function refuse(message: string): void {
  process.stderr.write(`labwarden: ${message}\n`);
  let text = '';
  process.stdin.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const end = text.indexOf('\n');
    if (end < 0) return;
    process.stdout.write(answer(text.slice(0, end), message), () => process.exit(1));
  });
  process.stdin.once('end', () => process.exit(1));
}

function answer(line: string, message: string): string {
  try {
    const { id } = JSON.parse(line);
    return `${JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error: { code: -32000, message } })}\n`;
  } catch {
    return '';
  }
}
