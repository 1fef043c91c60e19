import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Policy, type PolicyText, policyOf, type Vocabulary } from '../policy/index.ts';
import { z } from '../sdk/index.ts';
import type { Log } from './surroundings.ts';

const memory = z.strictObject({
  hash: z.string(),
  texts: z.array(z.strictObject({ name: z.string(), text: z.string() })),
});

/** A policy with what it was made of. */
export interface Made {
  readonly policy: Policy;
  readonly texts: readonly PolicyText[];
}

const fileIn = (stateDir: string): string => join(stateDir, 'policy.json');

/**
 * The policy that was in force when the last server ended, so that a restart is no way around a question. `undefined` when there
 * was none, when it is the same, or when it no longer means anything because plugins have gone.
 */
export async function remembered(
  stateDir: string,
  now: Policy,
  vocabulary: Vocabulary,
  log: Log,
): Promise<Made | undefined> {
  try {
    const { hash, texts } = memory.parse(JSON.parse(await readFile(fileIn(stateDir), 'utf8')));
    return hash === now.hash ? undefined : { policy: policyOf(texts, vocabulary), texts };
  } catch (reason) {
    if (Object(reason).code !== 'ENOENT')
      log('warn', 'the policy that was in force last cannot be compared with', { cause: String(reason) });
    return undefined;
  }
}

export async function remember(stateDir: string, { policy: { hash }, texts }: Made): Promise<void> {
  const draft = `${fileIn(stateDir)}.new`;
  await writeFile(draft, JSON.stringify({ hash, texts }), { mode: 0o600 });
  await rename(draft, fileIn(stateDir));
}
