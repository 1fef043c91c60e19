import { createHmac, randomBytes } from 'node:crypto';
import type { SecretPort } from '../sdk/index.ts';
import type { Behind } from './doors.ts';

/** Secrets by reference: what a plugin holds of them, and the way back, which only ports have. */
export interface Secrets {
  token(name: string): string;
  /** The bytes, with each of this plugin's tokens replaced by its secret. A token must be whole. */
  filled(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Tokens mean something in this process only, and only in the hands of the plugin they were made for. */
const key = randomBytes(32);

/** `read` is asked each time, so that a secret that was changed is not kept, and none stays in memory. */
export function secretsOf(plugin: string, names: readonly string[], read: (name: string) => Promise<string>): Secrets {
  const token = (name: string) =>
    `secret-${createHmac('sha256', key).update(`${plugin}\0${name}`).digest('hex').slice(0, 32)}`;
  return {
    token,
    async filled(bytes) {
      let filled = bytes;
      for (const name of names) filled = await replaced(filled, token(name), () => read(name));
      return filled;
    },
  };
}

export const secret = (secrets: Secrets): Behind<SecretPort> => ({
  token: async (_door, name) => secrets.token(name),
});

async function replaced(bytes: Uint8Array, token: string, read: () => Promise<string>): Promise<Uint8Array> {
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!rest.includes(token)) return bytes;
  const parts = rest.toString('latin1').split(token); // latin1: one character is one byte, both ways
  return Buffer.from(parts.join(Buffer.from(await read()).toString('latin1')), 'latin1');
}
