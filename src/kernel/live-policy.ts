import type { AuditLog } from '../audit/index.ts';
import type { Config } from '../config/config.ts';
import { type PolicyText, policyOf, readPolicies, widenings } from '../policy/index.ts';
import { LabError } from '../sdk/index.ts';
import { pause } from './pause.ts';
import { PolicyKeeper } from './policy-keeper.ts';
import { remember, remembered } from './policy-memory.ts';
import type { Entry } from './registry.ts';
import { Shadow } from './shadow.ts';
import type { Log } from './surroundings.ts';
import { destructiveOf, vocabularyOf } from './vocabulary.ts';
import { watchFiles } from './watch-files.ts';

const quietMs = 150;
const lookEveryMs = 5_000;
const mostRounds = 40;

/** Reads the policy of the config and keeps it up to date with its files. Throws CONFIG_INVALID when it cannot be read to begin with. */
export async function openPolicy(
  { policies: files, shadowPolicies, policyWidening, stateDir }: Config,
  operations: ReadonlyMap<string, Entry>,
  { audit, log }: { readonly audit: AuditLog; readonly log: Log },
): Promise<PolicyKeeper & AsyncDisposable> {
  const vocabulary = vocabularyOf(operations);
  const scale = { vocabulary, destructive: weighed(operations) };
  const texts = await readPolicies(files);
  const now = { texts, policy: policyOf(texts, vocabulary) };
  const shadow = new Shadow({ files: shadowPolicies, vocabulary, audit, log });
  await shadow.reload();
  const asks = policyWidening === 'ask';
  const before = asks ? await remembered(stateDir, now.policy, vocabulary, log) : undefined;
  const widens = before ? widenings(before.policy, now.policy, scale.destructive) : [];
  const made = before && widens.length > 0 ? before : now;
  audit.enqueue({ kind: 'policy', data: { hash: made.policy.hash, files: [...files] } });
  const keeper = new PolicyKeeper({ files, stateDir, scale, asks, shadow, audit, log }, made);
  if (made === now) await remember(stateDir, now);
  else keeper.hold({ ...now, widens });
  const closing = new AbortController();
  const changed = () => void keeper.reload(() => still(files, closing.signal));
  const watching = watchFiles([...files, ...shadowPolicies], changed, { quietMs, everyMs: lookEveryMs });
  const close = async () => {
    watching[Symbol.dispose]();
    closing.abort();
    await keeper.end();
  };
  return Object.assign(keeper, { [Symbol.asyncDispose]: close });
}

/**
 * What must not become wider unseen: whatever destroys, the word that lets others destroy, and what ends there by itself: who takes a
 * thing is its owner, and the trash is purged.
 */
const weighed = (operations: ReadonlyMap<string, Entry>): ReadonlySet<string> =>
  new Set([...destructiveOf(operations), 'approve', 'take', 'trash']);

/** The texts, once they are twice the same: half of a file that is just being written may be a policy too. */
async function still(files: readonly string[], signal: AbortSignal): Promise<readonly PolicyText[]> {
  let before = await outcome(files);
  for (let rounds = 0; rounds < mostRounds && !signal.aborted; rounds += 1) {
    await pause(quietMs, signal);
    const now = await outcome(files);
    if (now.mark === before.mark) return now.texts();
    before = now;
  }
  throw new LabError('CONFIG_INVALID', 'The policy files keep changing while they are read.');
}

async function outcome(files: readonly string[]) {
  try {
    const read = await readPolicies(files);
    return { mark: JSON.stringify(read), texts: () => read };
  } catch (reason) {
    const texts = (): never => {
      throw reason;
    };
    return { mark: String(reason), texts };
  }
}
