import { LabError } from '../../sdk/index.ts';
import type { Guests, GuestTarget } from './target.ts';

/** All that goes into the command is of these characters: none of them means anything to a shell between double quotes. */
const line = /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}(?: [A-Za-z0-9@._-]{1,100})?$/;

/** Lets one more key in, for the user we log in as. Idempotent. */
export async function openDoor(
  guests: Guests,
  target: GuestTarget,
  publicKey: string,
  signal: AbortSignal,
): Promise<void> {
  if (!line.test(publicKey))
    throw new LabError(
      'INVALID_INPUT',
      `The key for "${target.name}" must be one ssh-ed25519 line: its base64, and a comment of letters, digits and "@._-".`,
    );
  const { exitCode } = await guests.exec(
    target,
    letIn(publicKey),
    { timeoutMs: 30_000, maxOutputBytes: 4_096 },
    signal,
  );
  if (exitCode === 0) return;
  const details = { node: target.name, exitCode };
  throw new LabError('PROVIDER_FAILED', `"${target.name}" did not take the key into its authorized_keys.`, { details });
}

/** In `sh`, whatever the user's own shell. A last line without its end is ended first, or both keys would be lost. */
const letIn = (key: string): string =>
  `sh -c 'umask 077; f="$HOME/.ssh/authorized_keys"; mkdir -p "$HOME/.ssh" && touch "$f" || exit 1; ` +
  `grep -qxF -e "${key}" "$f" && exit 0; [ -z "$(tail -c 1 "$f")" ] || echo >> "$f"; echo "${key}" >> "$f"'`;
