import { complaint } from './complaint.ts';
import { verbOf } from './options.ts';

type Verb = (args: readonly string[]) => Promise<number>;

/** None of them needs a server, so that a copy of a log can be read and checked anywhere. */
const verbs = {
  verify: async () => (await import('./audit/verify.ts')).verify,
  tail: async () => (await import('./audit/tail.ts')).tail,
  query: async () => (await import('./audit/query.ts')).query,
  show: async () => (await import('./audit/show.ts')).show,
  prove: async () => (await import('./audit/prove.ts')).provePlace,
  'verify-proof': async () => (await import('./audit/prove.ts')).verifyProof,
  key: async () => (await import('./audit/key.ts')).printKey,
  hash: async () => (await import('./audit/key.ts')).printHash,
} as const satisfies Readonly<Record<string, () => Promise<Verb>>>;

/** `labwarden audit …` */
export async function audit([verb, ...args]: readonly string[]): Promise<number> {
  try {
    return await (await verbs[verbOf('audit', verb, Object.keys(verbs) as (keyof typeof verbs)[])]())(args);
  } catch (reason) {
    process.stderr.write(`${complaint(reason)}\n`);
    return notDone;
  }
}

/** No verdict, so none of the exit codes that are one. */
const notDone = 4;
