import type { SubjectType } from '../sdk/index.ts';
import type { Attributes } from './attributes.ts';
import { classesOf, pointsIn, pointsOf } from './classes.ts';
import { holds } from './conditions.ts';
import { confirmLevels } from './levels.ts';
import { peopleOf } from './people.ts';
import type { Policy } from './policy.ts';
import type { Rule } from './rules.ts';

/** How much is looked at before the answer is that it may be wider. */
const most = { people: 20_000, steps: 2_000_000, told: 20 };

/**
 * Who could do what with one of these actions under `after` and not, or not without being asked as much, under `before`: one
 * line for each case that differs, and none when nothing is wider. Exact; where there is too much to look at, it says that it may
 * be wider, and never that it is not.
 */
export function widenings(before: Policy, after: Policy, destructive: ReadonlySet<string>): readonly string[] {
  const people = peopleOf([before, after], most.people);
  if (!people) return [tooMuch];
  const look = new Look();
  const found = new Set<string>();
  const seen = new Set<string>();
  for (const { who, said, way } of people) {
    const key = [who.user, before.roles(who).join(), after.roles(who).join()].join('\n');
    if (seen.has(key)) continue;
    seen.add(key);
    for (const one of look.cases(before.rules(who), after.rules(who), destructive)) {
      const wider = look.at(one, who.user);
      if (wider === undefined) continue;
      const line = ` may "${one.action}" a ${one.type}${wider}`;
      // Who comes in plainly comes first: what is so of them goes without saying of others.
      if (!found.has(`${said}${line}`)) found.add(`${said}${way}${line}`);
    }
    if (look.isOver) return [...found, tooMuch];
    if (found.size >= most.told) return [...found].slice(0, most.told).concat('… and perhaps more.');
  }
  return [...found];
}

const tooMuch = 'There is too much to compare; it may give more than before.';

/** The rules about one action on one type, of before and of after. */
interface Case {
  readonly type: SubjectType;
  readonly action: string;
  readonly was: Rule[];
  readonly is: Rule[];
}

/** Compares each pair of sets of rules once, and no more of all than can be borne. */
class Look {
  readonly #known = new Map<string, string | undefined>();
  #steps = most.steps;

  get isOver(): boolean {
    return this.#steps < 0;
  }

  cases(was: readonly Rule[], is: readonly Rule[], destructive: ReadonlySet<string>): Iterable<Case> {
    const cases = new Map<string, Case>();
    const sort = (rules: readonly Rule[], side: 'was' | 'is') => {
      for (const rule of rules)
        for (const action of rule.actions) {
          this.#steps -= 1;
          if (!destructive.has(action)) continue;
          const key = `${rule.type} ${action}`;
          const one = cases.get(key) ?? { type: rule.type, action, was: [], is: [] };
          cases.set(key, one);
          one[side].push(rule);
        }
    };
    sort(was, 'was');
    sort(is, 'is');
    return cases.values();
  }

  /** What is wider, as the end of a sentence. */
  at({ was, is }: Case, me: string): string | undefined {
    if (within(was, is)) return undefined;
    const key = [me, ...was.map(content), '\n', ...is.map(content)].join('\0');
    if (!this.#known.has(key)) this.#known.set(key, this.#compared(was, is, me));
    return this.#known.get(key);
  }

  #compared(was: readonly Rule[], is: readonly Rule[], me: string): string | undefined {
    const all = [...was, ...is];
    const classes = classesOf(all, me);
    this.#steps -= pointsIn(classes) * all.length;
    if (this.isOver) return undefined;
    for (const point of pointsOf(classes)) {
      const [old, now] = [ease(was, point, me), ease(is, point, me)];
      if (now > old)
        return `${things(point, me)}, ${old === 0 ? 'which was denied' : 'with less of a question than before'}`;
    }
    return undefined;
  }
}

/** Nothing that gives is new, and nothing that takes away is gone: no thing has to be looked at. */
function within(was: readonly Rule[], is: readonly Rule[]): boolean {
  const [old, now] = [was, is].map((rules) => new Set(rules.map(content))) as [Set<string>, Set<string>];
  const gives = ({ kind }: Rule) => kind === 'allow' || kind === 'none';
  return (
    is.every((rule) => !gives(rule) || old.has(content(rule))) &&
    was.every((rule) => gives(rule) || now.has(content(rule)))
  );
}

const contents = new WeakMap<Rule, string>();

/** What a rule says, wherever it stands. */
function content(rule: Rule): string {
  const known = contents.get(rule);
  if (known !== undefined) return known;
  const lines = rule.conditions?.map((one) =>
    JSON.stringify(
      'values' in one
        ? { ...one, values: [...one.values].sort() }
        : [one.attribute, String(one.above), String(one.below)],
    ),
  );
  const made = [rule.kind, ...(lines?.sort() ?? [])].join(' ');
  contents.set(rule, made);
  return made;
}

/** The levels of asking from the strictest, above the denial. Whoever destroys is asked unless the policy says otherwise. */
const levels: readonly string[] = confirmLevels.toReversed();

/** How easy these rules make it: 0 is denied. */
function ease(rules: readonly Rule[], point: Attributes, me: string): number {
  const matching = rules.filter(({ conditions = [] }) =>
    conditions.every((one) => holds(one, point[one.attribute] ?? false, me)),
  );
  const kinds = new Set<string>(matching.map(({ kind }) => kind));
  if (kinds.has('deny') || !kinds.has('allow')) return 0;
  return 1 + (levels.findIndex((level) => kinds.has(level)) + 1 || levels.indexOf('ack') + 1);
}

/** A point as a `where` would say it. */
function things(point: Attributes, me: string): string {
  const said = Object.entries(point).flatMap(([name, value]) =>
    value === me ? [`${name}: $me`] : String(value).startsWith('\0') ? [] : [`${name}: ${value}`],
  );
  return said.length > 0 ? ` where { ${said.join(', ')} }` : '';
}
