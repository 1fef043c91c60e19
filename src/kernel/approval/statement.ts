import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonical } from '../../document/document.ts';
import { LabError, z } from '../../sdk/index.ts';

const hex = z.string().regex(/^[0-9a-f]{32}$/);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A yes to calls that were not made yet, and its bounds. */
export const grantTerms = z.strictObject({
  calls: z.int().min(1).max(20),
  minutes: z.int().min(1).max(60),
  /** All nodes of the clusters that this call touches, not only those it names. */
  whole: z.boolean(),
});

export type GrantTerms = z.output<typeof grantTerms>;

export const approverName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/);

/** What an approver signs. It names the lab, the very plan, and what they were shown, so that it is good for nothing else. */
export const statement = z.strictObject({
  lab: hex,
  approval: hex,
  plan: digest,
  shown: digest,
  approver: approverName,
  decision: z.enum(['approve', 'deny']),
  reason: z.string().max(200).optional(),
  grant: grantTerms.optional(),
  at: z.iso.datetime(),
});

export type Statement = z.output<typeof statement>;

/** Nothing else that a key may ever sign begins with these words. */
export const bytesOf = (said: Statement): Uint8Array => Buffer.from(`labwarden/approval/v1\0${canonical(said)}`);

/** What somebody signs who wants to be an approver: that they hold the key. */
export const claimOf = (claim: { readonly lab: string; readonly name: string; readonly user: string }): Uint8Array =>
  Buffer.from(`labwarden/approver/v1\0${canonical(claim)}`);

/** Throws INVALID_INPUT for anything but an ed25519 public key. */
export function publicKey(key: string): KeyObject {
  try {
    const read = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    if (read.asymmetricKeyType === 'ed25519') return read;
  } catch {
    // said below
  }
  throw new LabError('INVALID_INPUT', 'This is no ed25519 public key (SPKI, base64).');
}

export function isSigned(bytes: Uint8Array, key: string, signature: string): boolean {
  try {
    return verify(null, bytes, publicKey(key), Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

/** As SSH shows keys: short enough to be read to each other. */
export const fingerprint = (key: string): string =>
  `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
