import { constants } from 'node:os';
import type { Options } from 'execa';
import { type ExecPort, LabError, type Template } from '../sdk/index.ts';
import { argv, type ReservedWords } from './argv.ts';
import type { Behind, Door } from './doors.ts';
import { environment } from './environment.ts';

/** Granted programs, run to their end. An exit code is an answer, not an error. */
export const exec = (templates: Readonly<Record<string, Template>>, words: ReservedWords): Behind<ExecPort> => ({
  async run(door, name, values) {
    const template = templates[name];
    if (!template) throw new LabError('FORBIDDEN', `No program was granted under the name "${name}".`);
    const [program = '', ...args] = argv(template.argv, values, words);
    return run(program, args, template.timeoutMs ?? usualMs, door);
  },
});

const usualMs = 60_000;

/** Of stdout and stderr each. */
const mostOutput = 1024 * 1024;

const options = {
  extendEnv: false,
  cwd: '/',
  stdin: 'ignore',
  reject: false,
  stripFinalNewline: false,
  maxBuffer: mostOutput,
  // A limit is a limit: no second chance, and what it started ends with it.
  killSignal: 'SIGKILL',
  killDescendants: true,
} as const satisfies Options;

/** A program of the lab's own: what it is and what it is told stands in our code, or in the admin's config. */
export async function runOwn(
  [program = '', ...args]: readonly string[],
  how: {
    readonly stdin?: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const door = { signal: how.signal, took() {} };
  const { exitCode, stderr } = await run(program, args, how.timeoutMs, door, how.stdin);
  if (exitCode === 0) return;
  throw new LabError('PROVIDER_FAILED', `"${program}" ended with ${exitCode}: ${stderr.trim().slice(0, 200)}`);
}

type Ends = Pick<Door, 'signal' | 'took'>;

async function run(program: string, args: readonly string[], timeout: number, { signal, took }: Ends, input?: string) {
  // Loaded with the first program that is run: its 140 files would be a fifth of the server's start.
  const { execa } = await import('execa');
  const { stdin, ...rest } = options;
  const fed = input === undefined ? { stdin } : { input };
  const result = await execa(program, args, { ...rest, ...fed, env: environment(), timeout, cancelSignal: signal });
  took(Buffer.byteLength(result.stdout) + Buffer.byteLength(result.stderr));
  signal.throwIfAborted();
  if (result.timedOut)
    throw new LabError('TIMEOUT', `"${program}" ran longer than its ${timeout / 1000} s and was ended.`);
  if (result.isMaxBuffer)
    throw new LabError('LIMIT_EXCEEDED', `"${program}" printed more than ${mostOutput} bytes and was ended.`);
  const { stdout, stderr } = result;
  return { exitCode: result.exitCode ?? exitCodeOf(program, result), stdout, stderr };
}

type Death = {
  readonly signal?: NodeJS.Signals | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
};

/** As shells count: 128 and the number of the signal that ended it. */
function exitCodeOf(program: string, { signal, code, cause }: Death): number {
  if (signal) return 128 + constants.signals[signal];
  const why = code === 'ENOENT' ? 'it is not installed here, or not on PATH' : `the system says ${code}`;
  throw new LabError('PROVIDER_UNAVAILABLE', `"${program}" cannot be started: ${why}.`, { cause });
}
