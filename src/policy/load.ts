import { createHash } from 'node:crypto';
import { LabError, type Principal, type SubjectType } from '../sdk/index.ts';
import type { Attributes } from './attributes.ts';
import { bind, type RolesOf } from './bindings.ts';
import { type Decision, type Engine, engine } from './engine.ts';
import { checked } from './file.ts';
import { holding, type Limit, limitsOf } from './limits.ts';
import { type PolicyText, readPolicy } from './read.ts';
import { collected, included, rulesOf } from './roles.ts';
import type { Rule } from './rules.ts';
import { parse } from './source.ts';
import { isLeaseKeeper, leaseRules } from './system.ts';
import { complete, type Vocabulary } from './vocabulary.ts';

export interface Policy {
  /** SHA-256 of the files and the vocabulary: the same hash decides the same. Hex. */
  readonly hash: string;
  /** About one thing, never about a type. Pure: no clock, no state, no I/O. */
  decide(who: Principal, action: string, type: SubjectType, attributes: Attributes): Decision;
  /** False only when no thing could ever be allowed: good for hiding a tool, never for allowing a call. */
  mayEver(who: Principal, action: string, type: SubjectType): boolean;
  /** All that apply, those that others include among them. */
  roles(who: Principal): readonly string[];
  /** How much they may have: every one of these holds. Pure. */
  limits(who: Principal): readonly Limit[];
}

const mostFiles = 32;

/** Throws CONFIG_INVALID that says where, what was found and what was expected. A policy is loaded whole or not at all. */
export async function loadPolicy(files: readonly string[], vocabulary: Vocabulary): Promise<Policy> {
  if (files.length > mostFiles)
    throw new LabError('CONFIG_INVALID', `${files.length} policy files; at most ${mostFiles}.`);
  return policyOf(await Promise.all(files.map(readPolicy)), vocabulary);
}

/** The same from texts that were read already. */
export function policyOf(texts: readonly PolicyText[], vocabulary: Vocabulary): Policy {
  if (texts.length === 0)
    throw new LabError('CONFIG_INVALID', 'The config names no policy file, so nobody could do anything: add one.');
  const words = complete(vocabulary);
  const files = texts.map((text) => checked(parse(text)));
  const roles = collected(files);
  const rules = rulesOf(roles, words);
  return policy(digest(texts, words), words, bind(files, included(roles)), rules, limitsOf(roles));
}

function policy(
  hash: string,
  { actions }: Vocabulary,
  roles: RolesOf,
  rules: ReadonlyMap<string, readonly Rule[]>,
  limits: ReadonlyMap<string, readonly Limit[]>,
): Policy {
  const engines = new Map<string, Engine>();
  const leases = engine(leaseRules({ actions }));
  // By roles and not by name: `$me` is looked up in the thing that is judged.
  const engineFor = (who: Principal) => {
    if (isLeaseKeeper(who)) return leases;
    const has = roles(who);
    return remembered(engines, has.join(), () => engine(has.flatMap((role) => rules.get(role) ?? [])));
  };
  const known = (action: string, type: SubjectType) => Object.hasOwn(actions, type) && actions[type].includes(action);
  return {
    ...{ hash, roles },
    limits: (who) =>
      holding(
        roles(who).flatMap((role) => limits.get(role) ?? []),
        who,
      ),
    decide(who, action, type, attributes) {
      if (!known(action, type)) return { effect: 'deny', rule: '(default deny)' };
      return engineFor(who).decide(who, action, type, attributes);
    },
    mayEver: (who, action, type) => known(action, type) && engineFor(who).mayEver(action, type),
  };
}

const mostEngines = 64;

/** The oldest makes room: nobody's groups, however many, can fill the memory. */
function remembered(engines: Map<string, Engine>, key: string, make: () => Engine): Engine {
  const known = engines.get(key);
  if (known) return known;
  const [oldest] = engines.keys();
  if (engines.size >= mostEngines && oldest !== undefined) engines.delete(oldest);
  const made = make();
  engines.set(key, made);
  return made;
}

const digest = (texts: readonly PolicyText[], { actions }: Vocabulary): string =>
  createHash('sha256')
    .update(JSON.stringify([texts.map(({ name, text }) => [name, text]), actions]))
    .digest('hex');
