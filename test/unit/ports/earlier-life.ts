import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/** Run as a program: starts `sleep 60` as "vm" beneath a folder, and dies by kill -9 where it is told to. */
const [, , folder = '', script = ''] = process.argv;

const die = () => process.kill(process.pid, 'SIGKILL');

if (script === 'kill-after-spawn') {
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
    spawn(...args);
    return die();
  }) as unknown as typeof spawn;
  syncBuiltinESMExports();
}

const { opened } = await import('./opened.ts');
const sleep = { argv: ['sleep', '{s}'], effect: 'change' as const };
const { ports } = await opened({ process: { sleep } }, { recordDir: folder });
await ports.process.start('vm', 'sleep', { s: '60' }, { detached: script !== 'kill-attached' });
die();
