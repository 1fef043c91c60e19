import type { SubjectType } from '../../sdk/index.ts';
import type { Rule } from '../rules.ts';
import { compares } from './condition-text.ts';
import { type Budget, common, type Region, regions, TooMany, uncovered, witness } from './regions.ts';
import { anyCaller, type Box, type Space, spaceOf } from './space.ts';

/** Most steps that one answer may take, and all answers together. */
const most = { question: 40_000, all: 2_000_000 };

/** The things that some rules tell apart, for each type and caller, made once; and questions about them. */
export class Views {
  readonly #rules: readonly Rule[];
  readonly #spaces = new Map<string, Space>();
  readonly #budget: Budget = { steps: most.all };
  /** How many questions had too many classes, and were answered from a few of them. */
  unproven = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  space(type: SubjectType, caller: string): Space {
    const key = `${type}\0${caller}`;
    const space = this.#spaces.get(key) ?? spaceOf(type, this.#rules, caller);
    this.#spaces.set(key, space);
    return space;
  }

  /** Whoever could be the caller where nobody is named: anybody, and each whom a rule names on an attribute that may be `$me`. */
  callers(type: SubjectType, caller: string): readonly string[] {
    if (caller !== anyCaller) return [caller];
    const conditions = this.#rules.filter((rule) => rule.type === type).flatMap((rule) => rule.conditions ?? []);
    const mine = new Set(conditions.filter((one) => compares(one).me).map(({ attribute }) => attribute));
    const about = conditions.filter(({ attribute }) => mine.has(attribute));
    const names = about.flatMap((one) => compares(one).constants);
    return [anyCaller, ...new Set(names.filter((name) => typeof name === 'string'))];
  }

  /** A part of the rule's own things that none of the others is about. */
  beyond(space: Space, from: Box, others: readonly Rule[]): Box | undefined {
    const boxes = others.map(space.boxOf).filter((box) => box !== undefined);
    const budget = { steps: Math.min(most.question, this.#budget.steps) };
    const before = budget.steps;
    try {
      return uncovered(from, boxes, budget);
    } catch (reason) {
      if (!(reason instanceof TooMany)) throw reason;
      this.unproven += 1;
      // What nobody can show to be covered is taken for open: nothing is said against a rule without proof.
      return witness(space, from, boxes) ?? from;
    } finally {
      this.#budget.steps -= before - Math.max(0, budget.steps);
    }
  }

  /** Who decides which part; `undefined` where there are too many to tell. */
  parts<R extends { readonly rule: Rule }>(
    space: Space,
    from: Box,
    ordered: readonly R[],
  ): readonly Region<R>[] | undefined {
    const boxed = ordered.flatMap((one) => {
      const box = space.boxOf(one.rule);
      return box && common(from, box) ? [{ rule: one, box }] : [];
    });
    try {
      return [...regions(from, boxed, { steps: most.question })];
    } catch (reason) {
      if (!(reason instanceof TooMany)) throw reason;
      this.unproven += 1;
      return undefined;
    }
  }
}
