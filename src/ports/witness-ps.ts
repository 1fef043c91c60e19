import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { tokenName, type Witness } from './witness.ts';

/** macOS, which has no /proc: what `ps` prints. It hides the environment of some programs; their words must do then. */
export const psWitness = (bootId: () => string): Witness => ({
  bootId,
  startTime(pid) {
    const [state = '', ...started] = ps(['-o', 'stat=,lstart=', '-p', String(pid)]).split(/\s+/);
    return started.length === 0 || state.startsWith('Z') ? undefined : started.join(' ');
  },
  token(pid) {
    const words = ps(['eww', '-o', 'command=', '-p', String(pid)]).split(' ');
    return words.find((word) => word.startsWith(`${tokenName}=`))?.slice(tokenName.length + 1);
  },
  argvDigest(pid) {
    const words = ps(['-ww', '-o', 'command=', '-p', String(pid)]);
    return words === '' ? undefined : createHash('sha256').update(words).digest('hex');
  },
  leaders: () =>
    ps(['-ax', '-o', 'pid=,pgid='])
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid, group]) => (pid !== undefined && pid === group ? [pid] : [])),
});

/** Darwin gives each boot an id of its own. */
export const darwinBootId = (): string =>
  execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();

/** Empty when there is no such process: `ps` ends with 1 then. */
function ps(args: readonly string[]): string {
  try {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync('ps', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
