import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { digestOfFolder } from '../kernel/plugins.ts';
import { LabError } from '../sdk/errors.ts';
import { optionsOf, verbOf } from './options.ts';
import { print } from './print.ts';

/** `labwarden plugin digest DIR`: what the config pins, for a plugin that its admin has just read. */
export async function plugin([verb, ...args]: readonly string[]): Promise<number> {
  verbOf('plugin', verb, ['digest']);
  const [dir = ''] = optionsOf(args, { command: 'plugin digest', words: ['DIR'], options: {} }).words;
  if (!existsSync(join(resolve(dir), 'plugin.json')))
    throw new LabError('NOT_FOUND', `There is no plugin in ${resolve(dir)}: it has no plugin.json.`);
  print(await digestOfFolder(resolve(dir)));
  return 0;
}
