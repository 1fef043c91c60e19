import { z } from 'zod';
import { LabError } from '../errors.ts';

/** An algorithm, its base64, and a comment of printable ASCII without quote or backslash. No options before it. */
const publicKey = z
  .string()
  .regex(
    /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,2000}={0,2}(?: [ !#-[\]-~]{1,200})?$/,
    'must be one OpenSSH public key line without options',
  );

/** What YAML 1.1 reads as something else than a word. */
const yamlWords = /^(?:y|yes|n|no|true|false|on|off|null)$/;

const userName = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a login name: lower-case letters, digits, "_" and "-", at most 32')
  .refine((name) => !yamlWords.test(name), 'is a word with a meaning of its own in YAML');

const nic = z.strictObject({
  mac: z.string().regex(/^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/, 'must be a MAC address such as 52:54:00:00:00:01'),
  address: z.cidrv4('must be an IPv4 address with its prefix, such as 10.77.0.11/24'),
  gateway: z.ipv4('must be an IPv4 address').optional(),
  nameserver: z.ipv4('must be an IPv4 address').optional(),
});

const seedInput = z
  .strictObject({
    /** A new one makes the guest apply its seed again. */
    instanceId: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" and "-", at most 64'),
    hostname: z
      .string()
      .regex(
        /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
        'must be one host name label: lower-case letters, digits and "-"',
      ),
    /** Who logs in. Anyone but root may become root without a password. */
    user: userName,
    authorizedKeys: z.array(publicKey).max(64),
    /** The user is one that the image has, with a password of its own: nothing is done about them, and SSH takes passwords. */
    ownPassword: z.literal(true).optional(),
    hostKey: z.strictObject({
      private: z
        .string()
        .max(16_384)
        .regex(
          /^-----BEGIN OPENSSH PRIVATE KEY-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+-----END OPENSSH PRIVATE KEY-----\n?$/,
          'must be an OpenSSH private key',
        ),
      public: publicKey.startsWith('ssh-ed25519 ', 'must be an ed25519 key'),
    }),
    nics: z
      .array(nic)
      .max(16)
      .refine(
        (nics) => new Set(nics.map(({ mac }) => mac.toLowerCase())).size === nics.length,
        'name a MAC address twice',
      ),
  })
  .refine(({ authorizedKeys, ownPassword }) => ownPassword || authorizedKeys.length > 0, {
    path: ['authorizedKeys'],
    error: 'must hold a key, or nobody could log in',
  });

export type SeedInput = z.input<typeof seedInput>;
export type Seed = z.output<typeof seedInput>;
export type SeedNic = SeedInput['nics'][number];

export function checkedSeed(input: SeedInput): Seed {
  const { data, error } = seedInput.safeParse(input);
  if (data) return data;
  // The first complaint is enough to fix; values stay out of it, because one of them is a private key.
  const [issue] = error.issues;
  const field = issue?.path.join('.') || 'input';
  throw new LabError('INVALID_INPUT', `The seed's ${field} is refused: ${issue?.message}.`, { details: { field } });
}
