import { createHash } from 'node:crypto';
import { LabError } from '../sdk/index.ts';
import { bind } from './bindings.ts';
import { checked } from './file.ts';
import { limitsOf } from './limits.ts';
import { type Policy, policyFrom } from './policy.ts';
import { type PolicyText, readPolicy } from './read.ts';
import { collected, included, rulesOf } from './roles.ts';
import { mostWords, parse, type Source } from './source.ts';
import { complete, type Vocabulary } from './vocabulary.ts';

const most = { files: 32, kib: 1024 };

/** Throws CONFIG_INVALID that says where, what was found and what was expected. A policy is loaded whole or not at all. */
export async function loadPolicy(files: readonly string[], vocabulary: Vocabulary): Promise<Policy> {
  return policyOf(await readPolicies(files), vocabulary);
}

/** The texts of the files. Throws CONFIG_INVALID for the first that cannot be read. */
export async function readPolicies(files: readonly string[]): Promise<readonly PolicyText[]> {
  if (files.length > most.files)
    throw new LabError('CONFIG_INVALID', `${files.length} policy files; at most ${most.files}.`);
  return await Promise.all(files.map(readPolicy));
}

/** The policy of texts that were read already. Pure. */
export function policyOf(texts: readonly PolicyText[], vocabulary: Vocabulary): Policy {
  if (texts.length === 0)
    throw new LabError('CONFIG_INVALID', 'The config names no policy file, so nobody could do anything: add one.');
  const length = texts.reduce((sum, { text }) => sum + text.length, 0);
  if (length > most.kib * 1024)
    throw new LabError('CONFIG_INVALID', `The policy files are larger than ${most.kib} KiB together.`);
  const words = complete(vocabulary);
  const files = allParsed(texts).map(checked);
  const roles = collected(files);
  const rules = rulesOf(roles, words);
  const bindings = bind(files, roles, included(roles));
  return policyFrom({ hash: digest(texts, words), words, rules, bindings, limits: limitsOf(roles) });
}

function allParsed(texts: readonly PolicyText[]): readonly Source[] {
  let left = mostWords;
  return texts.map((text) => {
    const source = parse(text, left);
    left -= source.words;
    return source;
  });
}

const digest = (texts: readonly PolicyText[], { actions }: Vocabulary): string =>
  createHash('sha256')
    .update(JSON.stringify([texts.map(({ name, text }) => [name, text]), actions]))
    .digest('hex');
