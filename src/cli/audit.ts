import { LabError } from '../sdk/index.ts';
import { complaint } from './complaint.ts';

type Verb = (args: readonly string[]) => Promise<number>;

/** None of them needs a server, so that a copy of a log can be read and checked anywhere. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  verify: async () => (await import('./audit/verify.ts')).verify,
  tail: async () => (await import('./audit/tail.ts')).tail,
  query: async () => (await import('./audit/query.ts')).query,
  show: async () => (await import('./audit/show.ts')).show,
  prove: async () => (await import('./audit/prove.ts')).provePlace,
  'verify-proof': async () => (await import('./audit/prove.ts')).verifyProof,
  key: async () => (await import('./audit/key.ts')).printKey,
  hash: async () => (await import('./audit/key.ts')).printHash,
};

/** `labwarden audit …` */
export async function audit([verb = '', ...args]: readonly string[]): Promise<number> {
  try {
    const load = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (!load)
      throw new LabError('INVALID_INPUT', `labwarden audit takes ${Object.keys(verbs).join(', ')}, not "${verb}".`);
    return await (await load())(args);
  } catch (reason) {
    process.stderr.write(`${complaint(reason)}\n`);
    return notDone;
  }
}

/** No verdict, so none of the exit codes that are one. */
const notDone = 4;
