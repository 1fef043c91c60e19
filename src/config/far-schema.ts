import { z } from '../sdk/index.ts';

/** A path as people write it. */
export const path = z.string().regex(/^[^\n\r\t]+$/, 'a path on one line');

export const secretName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, "_" and "-", a letter first');
const guests = z
  .boolean()
  .default(false)
  .describe('Topologies may name it as the password of their guests. Whoever is root in such a guest can learn it.');
export const secretFrom = z.union([
  z.strictObject({
    file: path.describe('A file of yours or root’s, mode 0600, whose first bytes are the secret.'),
    guests,
  }),
  z.strictObject({
    env: z
      .string()
      .regex(/^(?!LABWARDEN_)[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a variable’s name that does not start with LABWARDEN_')
      .describe('A variable of the environment that the lab server starts with.'),
    guests,
  }),
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .max(64)
      .describe('Program, by its absolute path, and arguments: no shell. What it prints within 10 s is the secret.'),
    guests,
  }),
]);

export const sshHost = z.strictObject({
  host: z.string().regex(/^[A-Za-z0-9][\w.:-]{0,252}$/, 'a host name or address'),
  port: z.int().min(1).max(65_535).default(22),
  user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a Unix user name'),
  key_path: path.describe('Private key without a passphrase, beneath roots.keys.'),
  known_hosts: path.describe('File with the machine’s host key; nothing else is ever trusted.'),
});
