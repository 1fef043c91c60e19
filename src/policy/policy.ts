import type { Principal, SubjectType } from '../sdk/index.ts';
import type { Attributes } from './attributes.ts';
import type { Bindings, Named } from './bindings.ts';
import { type Decision, type Engine, engine } from './engine.ts';
import { holding, type Limit } from './limits.ts';
import type { Rule } from './rules.ts';
import { isLeaseKeeper, leaseRules } from './system.ts';
import type { Vocabulary } from './vocabulary.ts';

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
  /** All rules that apply to somebody, which is what decisions are made of; without anybody, all there are. */
  rules(who?: Principal): readonly Rule[];
  /** Everybody whom some binding names. */
  readonly named: Named;
}

interface Parts {
  readonly hash: string;
  readonly words: Vocabulary;
  /** Of each role its own, without those that it includes. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly bindings: Bindings;
  readonly limits: ReadonlyMap<string, readonly Limit[]>;
}

export function policyFrom({ hash, words, rules, limits, bindings: { rolesOf, named } }: Parts): Policy {
  const engines = new Engines();
  const leases = engine(leaseRules(words));
  const rulesOf = (roles: readonly string[]) => roles.flatMap((role) => rules.get(role) ?? []);
  // A call asks often, always with the same principal.
  const known = new WeakMap<Principal, Engine>();
  const engineFor = (who: Principal): Engine => {
    const before = known.get(who);
    if (before) return before;
    if (isLeaseKeeper(who)) return leases;
    const roles = rolesOf(who);
    // By roles and not by name: `$me` is looked up in the thing that is judged.
    const found = engines.of(roles.join(), () => rulesOf(roles));
    known.set(who, found);
    return found;
  };
  const said = new Map(Object.entries(words.actions).map(([type, actions]) => [type, new Set(actions)]));
  const isWord = (action: string, type: SubjectType) => said.get(type)?.has(action) === true;
  return {
    ...{ hash, named, roles: rolesOf },
    limits: (who) => {
      const mine = rolesOf(who).flatMap((role) => limits.get(role) ?? []);
      return holding(mine, who);
    },
    rules: (who) => rulesOf(who ? rolesOf(who) : [...rules.keys()]),
    decide(who, action, type, attributes) {
      if (!isWord(action, type)) return { effect: 'deny', rule: '(default deny)' };
      return engineFor(who).decide(who, action, type, attributes);
    },
    mayEver: (who, action, type) => isWord(action, type) && engineFor(who).mayEver(action, type),
  };
}

const most = { engines: 64, rules: 40_000 };

/** The engines of the roles that were last asked for. The oldest make room: nobody's groups, however many, can fill the memory. */
class Engines {
  readonly #engines = new Map<string, { readonly engine: Engine; readonly rules: number }>();
  #rules = 0;

  of(key: string, rules: () => readonly Rule[]): Engine {
    const known = this.#engines.get(key);
    if (known) return known.engine;
    const all = rules();
    this.#makeRoom(all.length);
    const made = engine(all);
    this.#engines.set(key, { engine: made, rules: all.length });
    this.#rules += all.length;
    return made;
  }

  #makeRoom(rules: number): void {
    for (const [key, { rules: less }] of this.#engines) {
      if (this.#engines.size < most.engines && this.#rules + rules <= most.rules) return;
      this.#engines.delete(key);
      this.#rules -= less;
    }
  }
}
