import { nearest } from '../document/nearest.ts';
import { LabError } from '../sdk/errors.ts';
import { complaint } from './complaint.ts';
import { help, helpFor } from './help.ts';

type Command = (args: readonly string[]) => Promise<number>;

/** Every command in a file of its own, loaded only when it is asked for. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  lab: async () => (await import('./lab.ts')).lab,
  status: async () => (await import('./ask.ts')).status,
  stop: async () => (await import('./ask.ts')).stop,
  check: async () => (await import('./check.ts')).check,
  call: async () => (await import('./call.ts')).call,
  tools: async () => (await import('./tools.ts')).tools,
  audit: async () => (await import('./audit.ts')).audit,
  approvals: async () => (await import('./approvals.ts')).approvals,
  approve: async () => (await import('./approve.ts')).approve,
  deny: async () => (await import('./approve.ts')).deny,
  approver: async () => (await import('./approver.ts')).approver,
  grants: async () => (await import('./approvals.ts')).grants,
  grant: async () => (await import('./approvals.ts')).grant,
  plugin: async () => (await import('./plugin.ts')).plugin,
  policy: async () => (await import('./policy.ts')).policy,
  version: async () => (await import('./version.ts')).printVersion,
  '--version': async () => (await import('./version.ts')).printVersion,
};

/** Answers the exit code: 0 when it worked, 1 when it did not, 2 when it was not understood. */
export async function run(command: string, args: readonly string[]): Promise<number> {
  process.stdout.once('error', leaveQuietly);
  if (['help', '--help', '-h'].includes(command)) return print(helpFor(args), 0);
  if (asksForHelp(args)) return print(helpFor([command, ...args]), 0);
  const load = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!load) return print(`labwarden: there is no command "${command}"${meant(command)}\n\n${help}`, 2);
  try {
    return await (await load())(args);
  } catch (reason) {
    return print(complaint(reason), LabError.of(reason).code === 'INVALID_INPUT' ? 2 : 1);
  }
}

/** Not what stands behind `--`, which is a word whatever it looks like. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

function meant(command: string): string {
  const near = nearest(command, [...Object.keys(commands), 'serve']);
  return near === undefined ? '.' : `; did you mean "${near}"?`;
}

function print(text: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return code;
}

/** Whoever read along has had enough, as `head` has: no reason to complain. 128 and the number of SIGPIPE, as a shell counts. */
function leaveQuietly(reason: NodeJS.ErrnoException): void {
  if (reason.code !== 'EPIPE') throw reason;
  process.exit(141);
}
