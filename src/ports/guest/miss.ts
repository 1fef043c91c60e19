import { type Code, LabError } from '../../sdk/index.ts';
import type { GuestTarget } from './target.ts';

/** How far a machine let us come. */
export type Stage = 'power' | 'connect' | 'handshake' | 'login';

export interface Miss {
  readonly stage: Stage;
  readonly reason: string;
}

const otherHostKey = 'it shows another host key than the one labwarden gave it';

const code = {
  connect: 'PROVIDER_UNAVAILABLE',
  handshake: 'PROVIDER_FAILED',
  login: 'PROVIDER_FAILED',
} as const satisfies Partial<Record<Stage, Code>>;

/** The error for a machine that did not let us in. `missOf` reads it back. */
export function missed(
  target: GuestTarget,
  place: string,
  stage: keyof typeof code,
  reason: string,
  cause: unknown,
): LabError {
  const details = { node: target.name, stage, reason };
  return new LabError(code[stage], sentence(target, place, stage, reason), { details, cause });
}

/** The error for a machine with another host key, shown by its fingerprint. */
export function stranger(target: GuestTarget, place: string, shown: string): LabError {
  const { code, message, details } = missed(target, place, 'handshake', otherHostKey, undefined);
  return new LabError(code, message, { details: { ...details, shown }, cause: `Its key is ${shown}.` });
}

function sentence({ name, user }: GuestTarget, place: string, stage: keyof typeof code, reason: string): string {
  if (reason === otherHostKey)
    return `The machine at ${place} shows another host key than the one labwarden gave it; it may not be "${name}".`;
  if (stage === 'connect') return `"${name}" does not answer SSH at ${place}: ${reason}.`;
  if (stage === 'handshake') return `"${name}" answers at ${place} but no SSH session comes about: ${reason}.`;
  return `"${name}" does not let the user "${user}" in at ${place}: ${reason}.`;
}

/** Why a machine did not let us in, or `undefined` when it did. Everything else that went wrong is thrown. */
export async function missOf(attempt: Promise<unknown>): Promise<Miss | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (thrown) {
    const { stage, reason } = LabError.of(thrown).details;
    if (typeof reason === 'string' && isStage(stage)) return { stage, reason };
    throw thrown;
  }
}

const isStage = (stage: unknown): stage is keyof typeof code => typeof stage === 'string' && Object.hasOwn(code, stage);
