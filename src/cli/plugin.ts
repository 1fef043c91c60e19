import { resolve } from 'node:path';
import { digestOfFolder } from '../kernel/plugins.ts';
import { LabError } from '../sdk/index.ts';

/** `labwarden plugin digest DIR`: what the config pins, for a plugin that its admin has just read. */
export async function plugin([verb, dir, ...rest]: readonly string[]): Promise<number> {
  if (verb !== 'digest' || dir === undefined || rest.length > 0)
    throw new LabError('INVALID_INPUT', 'labwarden plugin takes: digest DIR.');
  process.stdout.write(`${await digestOfFolder(resolve(dir))}\n`);
  return 0;
}
