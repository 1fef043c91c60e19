import { sign } from 'node:crypto';
import { claimOf, fingerprint } from '../kernel/approval/statement.ts';
import { LabError } from '../sdk/index.ts';
import { keyNames, keysFolder, makeKey, openKey, type PublicPart, publicPart } from './approver-key.ts';
import { askLab } from './ask-lab.ts';
import { optionsOf, verbOf } from './options.ts';
import { print } from './print.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** `labwarden approver`: who may approve, and how one becomes one. */
export async function approver([verb, ...args]: readonly string[]): Promise<number> {
  return await verbs[verbOf('approver', verb, ['list', 'add', 'remove'])](args);
}

const verbs = { list, add, remove } as const;

async function list(args: readonly string[]): Promise<number> {
  const { config, json } = optionsOf(args, {
    command: 'approver list',
    options: { config: 'FILE', json: '' },
  }).values;
  const { lab, approvers } = await askLab({ do: 'approvers' }, config);
  if (json) return said(JSON.stringify({ lab, approvers }));
  if (approvers.length === 0) return said('This lab has no approver. The first one: labwarden approver add NAME');
  const lines = approvers.map(({ name, user, fingerprint, added_at, removed_at, trusted }, at) => {
    const how = at === 0 ? 'the first, trusted unseen' : 'signed for by those before';
    const since =
      removed_at === undefined
        ? `since ${added_at}, ${trusted ? how : 'NOT signed for: counts for nothing'}`
        : `removed ${removed_at}`;
    return `${name}  user ${user}  ${fingerprint}  ${since}`;
  });
  return said(lines.join('\n'));
}

async function add(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, {
    command: 'approver add',
    words: ['NAME'],
    options: { user: 'USER', config: 'FILE' },
  });
  const [name = ''] = words;
  const { user = name, config } = values;
  if (!/^[a-z0-9][a-z0-9._-]{0,39}$/.test(name))
    throw new LabError(
      'INVALID_INPUT',
      `"${name}" is no name for an approver: lower-case letters, digits, dots and dashes.`,
    );
  const { lab } = await askLab({ do: 'approvers' }, config);
  using terminal = openTerminal();
  const { part, passphrase } = await keyOf(terminal, name, user);
  const bytes = claimOf({ lab, name, user: part.user });
  const signature = sign(null, bytes, openKey(keysFolder(), name, passphrase)).toString('base64');
  const enrolled = await askLab({ do: 'add', ...part, signature }, config);
  const key = `Key of ${name}, for user ${part.user}: ${fingerprint(part.key)}`;
  if ('first' in enrolled)
    return said(
      `${key}\n${name} is the first approver of this lab. Every later one needs a signature of those before.`,
    );
  return said(`${key}\n${next(enrolled)}`);
}

const next = ({ approval, needs }: { readonly approval: string; readonly needs: number }): string =>
  `${needs === 1 ? 'An approver of this lab has' : `${needs} approvers of this lab have`} to run: labwarden approve ${approval.slice(0, 8)}`;

const shortest = 12;

/** The key of this name, opened or made. */
async function keyOf(
  terminal: Terminal,
  name: string,
  user: string,
): Promise<{ part: PublicPart; passphrase: string }> {
  const dir = keysFolder();
  if (keyNames(dir).includes(name))
    return { part: publicPart(dir, name), passphrase: await terminal.secret(`Passphrase of ${name}: `) };
  terminal.say(`A new key for ${name}. Whoever knows its passphrase approves in your name; no agent may ever see it.`);
  const passphrase = await terminal.secret(`A passphrase of at least ${shortest} characters: `);
  if ([...passphrase].length < shortest) throw new LabError('INVALID_INPUT', 'It is too short. No key was made.');
  if ((await terminal.secret('The same again: ')) !== passphrase)
    throw new LabError('INVALID_INPUT', 'These were two different ones. No key was made.');
  return { part: makeKey(dir, { name, user }, passphrase), passphrase };
}

async function remove(args: readonly string[]): Promise<number> {
  const takes = { command: 'approver remove', words: ['NAME'], options: { config: 'FILE' } } as const;
  const { words, values } = optionsOf(args, takes);
  const asked = await askLab({ do: 'remove', name: words[0] ?? '' }, values.config);
  return said('first' in asked ? '' : next(asked));
}

function said(text: string): number {
  print(text);
  return 0;
}
