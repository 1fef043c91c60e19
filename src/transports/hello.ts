import type { Socket } from 'node:net';
import { z } from '../sdk/index.ts';

const hello = z.strictObject({
  hello: z.literal(1),
  via: z.enum(['stdio', 'cli']),
  /** A question for the server itself, answered with one line; without it MCP follows. */
  ask: z.enum(['status', 'stop', 'approver', 'reload-policy', 'accept-policy']).optional(),
  /** Hash of the policy that is accepted. */
  policy: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Of the tools it might have, only those of these toolsets; answered with one line before MCP follows. */
  toolsets: z.array(z.string().max(40)).min(1).max(32).optional(),
  /** Only tools that change nothing. */
  readOnly: z.literal(true).optional(),
  /** What an approver's command wants to know, or says. The kernel reads it. */
  about: z.unknown().optional(),
});

/** What a client that named toolsets hears: nothing is the matter, or this is. */
export type Welcome = { readonly welcome: true } | { readonly refused: string };

export type Hello = z.output<typeof hello>;

const longestLine = 4096;
const withinMs = 5_000;

/** The first line of a connection; what comes after it stays in the socket. Rejects when there is no such line in time. */
export function helloOf(socket: Socket): Promise<Hello> {
  return new Promise((resolve, reject) => {
    let text: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => reject(new Error('no hello')), withinMs);
    const read = () => {
      for (let piece: Buffer | null = socket.read(); piece; piece = socket.read()) {
        text = Buffer.concat([text, piece]);
        const end = text.indexOf(10);
        if (end < 0 && text.byteLength <= longestLine) continue;
        over();
        if (text.byteLength > end + 1) socket.unshift(text.subarray(end + 1));
        return parse(text.toString('utf8', 0, Math.max(end, 0)));
      }
    };
    const over = () => {
      clearTimeout(timer);
      socket.off('readable', read);
    };
    const parse = (line: string) => {
      try {
        resolve(hello.parse(JSON.parse(line)));
      } catch (reason) {
        reject(reason);
      }
    };
    socket.on('readable', read);
    socket.once('close', () => {
      over();
      reject(new Error('gone'));
    });
  });
}
