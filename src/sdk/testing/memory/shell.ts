import type { Vm } from '../../subjects.ts';

interface Answer {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly takesMs?: number;
}

/** A program, given its words; quotes are the words' own business. */
type Program = (words: readonly string[], vm: Vm) => Answer;

const programs: Readonly<Record<string, Program>> = {
  true: () => ({ exitCode: 0 }),
  false: () => ({ exitCode: 1 }),
  exit: ([code = '0']) => ({ exitCode: Number.parseInt(code, 10) & 255 }),
  echo: (words) => ({ exitCode: 0, stdout: `${words.join(' ')}\n` }),
  hostname: (_, { name }) => ({ exitCode: 0, stdout: `${name}\n` }),
  uname: ([option]) => ({ exitCode: 0, stdout: option === '-r' ? '6.1.0-memory\n' : 'Linux\n' }),
  sleep: ([seconds = '0']) => ({ exitCode: 0, takesMs: Number.parseFloat(seconds) * 1_000 }),
  cat: ([path = ''], { name }) =>
    path === '/etc/hostname'
      ? { exitCode: 0, stdout: `${name}\n` }
      : { exitCode: 1, stderr: `cat: ${path}: No such file or directory\n` },
};

/** What a command line answers. */
export function run(command: string, vm: Vm): Answer {
  const [name = '', ...words] = command.trim().split(/\s+/);
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  return program?.(words, vm) ?? { exitCode: 127, stderr: `sh: ${name}: not found\n` };
}
