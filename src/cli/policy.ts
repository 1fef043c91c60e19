import { LabError } from '../sdk/errors.ts';
import { complaint } from './complaint.ts';
import { verbOf } from './options.ts';

type Command = (args: readonly string[]) => Promise<number>;

/** Every command in a file of its own, loaded only when it is asked for. All but the last two need no lab server and write nothing. */
const commands = {
  check: async () => (await import('./policy/check.ts')).check,
  test: async () => (await import('./policy/test.ts')).test,
  explain: async () => (await import('./policy/explain.ts')).explainOne,
  diff: async () => (await import('./policy/diff.ts')).compare,
  whocan: async () => (await import('./policy/whocan.ts')).whoMay,
  replay: async () => (await import('./policy/replay.ts')).replayLog,
  reload: async () => (await import('./live-policy.ts')).reloadPolicy,
  accept: async () => (await import('./live-policy.ts')).acceptPolicy,
} as const satisfies Readonly<Record<string, () => Promise<Command>>>;

/** No answer, so none of the exit codes that are one. */
function unanswered(verb: string | undefined, reason: unknown): number {
  if (verb === 'reload' || verb === 'accept') return LabError.of(reason).code === 'INVALID_INPUT' ? 2 : 1;
  return verb === 'diff' ? 3 : 2;
}

/** `labwarden policy …`: what an admin asks of policy files. */
export async function policy([verb, ...args]: readonly string[]): Promise<number> {
  try {
    return await (await commands[verbOf('policy', verb, Object.keys(commands) as (keyof typeof commands)[])]())(args);
  } catch (reason) {
    process.stderr.write(`${complaint(reason)}\n`);
    return unanswered(verb, reason);
  }
}
