import { resolve } from 'node:path';
import { digestOfFolder } from '../kernel/plugins.ts';
import { optionsOf, verbOf } from './options.ts';
import { print } from './print.ts';

/** `labwarden plugin digest DIR`: what the config pins, for a plugin that its admin has just read. */
export async function plugin([verb, ...args]: readonly string[]): Promise<number> {
  verbOf('plugin', verb, ['digest']);
  const [dir = ''] = optionsOf(args, { command: 'plugin digest', words: ['DIR'], options: {} }).words;
  print(await digestOfFolder(resolve(dir)));
  return 0;
}
