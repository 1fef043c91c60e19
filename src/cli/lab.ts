import { closeSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { loadConfig } from '../config/config.ts';
import { boot } from '../kernel/boot.ts';
import { packageDir } from '../kernel/installed.ts';
import { spawnPlugin } from '../rpc/spawn.ts';
import { LabError } from '../sdk/index.ts';
import { serveLab } from '../transports/lab-server.ts';
import { here, placeOf } from '../transports/place.ts';
import { openLog } from './log.ts';
import { optionsOf } from './options.ts';
import { version } from './version.ts';

/** The lab server itself: started by the first client, gone when nobody needs it. */
export async function lab(args: readonly string[]): Promise<number> {
  const { config } = optionsOf(args, { command: 'lab', options: { config: 'FILE' } }).values;
  try {
    const code = await live(config);
    // Node would do it after our last word, when whoever waits for that takes the folder away.
    flushCompileCache();
    return code;
  } catch (reason) {
    const { code, message, cause } = LabError.of(reason);
    tell(JSON.stringify({ code, message: code === 'INTERNAL' ? `${message} (${String(cause)})` : message }));
    throw reason;
  }
}

async function live(file: string | undefined): Promise<number> {
  const where = here(file);
  const config = await loadConfig({ ...where, packageDir });
  const log = openLog(config);
  const told = Promise.withResolvers<string>();
  process.on('unhandledRejection', (reason) =>
    log('error', 'something failed and nobody listened', { cause: String((reason as Error)?.stack ?? reason) }),
  );
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => told.resolve(signal));
  await using children = new AsyncDisposableStack();
  await using kernel = await boot(config, log, async (entry) => children.use(await spawnPlugin(entry)).plugin);
  const server = await serveLab(kernel, {
    path: placeOf(where).socket,
    version: await version(),
    idleExitMs: config.limits.idleExitMs,
    people: config.people,
    peopleDir: config.peopleDir,
  });
  log('info', 'ready', { config: config.source ?? 'defaults', state: config.stateDir });
  tell('ready\n');
  const why = await Promise.race([server.over, told.promise]);
  log('info', `stopping: ${why}`);
  await server.close();
  return 0;
}

const startersPipe = 3;

/** Whoever started us waits at descriptor 3 for one word. Started by hand, there may be nobody. */
function tell(text: string): void {
  try {
    writeSync(startersPipe, text);
    closeSync(startersPipe);
  } catch {
    // nobody waits
  }
}
