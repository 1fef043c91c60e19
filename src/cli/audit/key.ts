import { text } from 'node:stream/consumers';
import { existingKey, hmac, publicKeyIn } from '../../audit/index.ts';
import { dirOf, optionsOf, which } from './options.ts';

/** The public key by which others know the log's checkpoints. */
export async function printKey(args: readonly string[]): Promise<number> {
  const { words: _none, ...where } = optionsOf(args, which, 0, '--config FILE and --dir DIR');
  process.stdout.write(`${await publicKeyIn(await dirOf(where))}\n`);
  return 0;
}

/** How a string looks in the log that was hidden there. */
export async function printHash(args: readonly string[]): Promise<number> {
  const takes = 'a string, or - to read it from stdin, --config FILE and --dir DIR';
  const { words, ...where } = optionsOf(args, which, 1, takes);
  const [word = ''] = words;
  const value = word === '-' ? (await text(process.stdin)).replace(/\n$/, '') : word;
  process.stdout.write(`${hmac(value, await existingKey(await dirOf(where)))}\n`);
  return 0;
}
