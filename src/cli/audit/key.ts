import { text } from 'node:stream/consumers';
import { existingKey, hmac, publicKeyIn } from '../../audit/index.ts';
import { optionsOf } from '../options.ts';
import { print } from '../print.ts';
import { dirOf, which } from './which.ts';

/** The public key by which others know the log's checkpoints. */
export async function printKey(args: readonly string[]): Promise<number> {
  const { values } = optionsOf(args, { command: 'audit key', options: which });
  print(await publicKeyIn(await dirOf(values)));
  return 0;
}

/** How a string looks in the log that was hidden there. */
export async function printHash(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, { command: 'audit hash', words: ['STRING'], options: which });
  const [word = ''] = words;
  const value = word === '-' ? (await text(process.stdin)).replace(/\n$/, '') : word;
  print(hmac(value, await existingKey(await dirOf(values))));
  return 0;
}
