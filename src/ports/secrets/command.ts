import { execFile } from 'node:child_process';
import { environment } from '../environment.ts';
import { mostBytes, notThere } from './miss.ts';

const withinMs = 10_000;

/** What a program of the admin's prints. Whatever it says on stderr is dropped: nobody knows what stands there. */
export const printedBy = (name: string, [program = '', ...args]: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = {
      ...({ cwd: '/', env: environment(), encoding: 'utf8', shell: false } as const),
      ...({ timeout: withinMs, killSignal: 'SIGKILL', maxBuffer: mostBytes + 2 } as const),
    };
    const child = execFile(program, args, options, (error, stdout) => {
      // Node puts all that was printed on its error, which must not become a cause.
      if (error) reject(notThere(name, whyNot(error, program)));
      else resolve(stdout);
    });
    child.stdin?.end();
  });

function whyNot(
  { code, killed, signal }: { code?: unknown; killed?: boolean; signal?: unknown },
  program: string,
): string {
  if (code === 'ENOENT') return `${program} does not exist`;
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `${program} printed more than ${mostBytes} bytes`;
  if (killed) return `${program} took longer than ${withinMs / 1000} s and was ended`;
  return typeof code === 'number' ? `${program} ended with ${code}` : `${program} ended by ${String(signal ?? code)}`;
}
