import { broad, forEverybody, unaskedDestroys } from './broad.ts';
import { duplicates } from './duplicates.ts';
import { finding } from './finding.ts';
import { holdersOf, unusedRoles } from './holders.ts';
import type { Laid, Written } from './laid.ts';
import { isLevel } from './order.ts';
import { byPlace, type Problem } from './problem.ts';
import { idleConfirm, neverMatches, Reach } from './reach.ts';

interface Options {
  /** Actions that destroy something. */
  readonly destructive: ReadonlySet<string>;
}

/** What a policy that loads probably does not mean. Exact, by the classes of things; where there are too many, it says so. */
export function lint(laid: Laid, { destructive }: Options): readonly Problem[] {
  const reach = new Reach(laid, holdersOf(laid));
  const written = [...laid.roles.values()].flatMap((role) => role.written);
  const twins = duplicates(laid, written);
  // Of two that say the same, one word is enough, and it is said of the one that can go.
  const originals = new Set([...twins.values()].map(({ of }) => of));
  const rules = written.flatMap((one) => {
    const found = twins.get(one)?.problem ?? verdict(reach, one);
    return !found || (originals.has(one) && found.code === 'unreachable') ? [] : [found];
  });
  const found = [
    ...rules,
    ...broad(laid, written),
    ...forEverybody(laid, reach.views, destructive),
    ...unaskedDestroys(reach.views, written, destructive),
    ...unusedRoles(laid).map((name) => unused(laid, name)),
  ];
  return [...found.sort(byPlace), ...unproven(reach.views.unproven)];
}

/** The worst there is to say about one rule. */
function verdict(reach: Reach, one: Written): Problem | undefined {
  if (neverMatches(reach, one))
    return finding(
      'never-matches',
      'error',
      one,
      'can never match: its conditions are never true together; correct the `where`',
    );
  if (one.kind === 'allow') {
    const closed = reach.closedBy(one, 'shadowed');
    if (closed) return finding('shadowed', 'warning', one, `never lets anything through: ${closed} forbids all of it`);
  }
  if (isLevel(one.kind) && idleConfirm(reach, one))
    return finding('idle-confirm', 'warning', one, 'asks about nothing that is ever allowed to anybody who has it');
  const within = reach.closedBy(one, 'unreachable', 'own');
  if (within) return finding('unreachable', 'warning', one, `never decides: ${within} always comes first`);
  const bound = reach.closedBy(one, 'unreachable');
  if (!bound) return undefined;
  return finding('unreachable', 'note', one, `never decides: whoever has it also has ${bound}, which comes first`);
}

const unused = (laid: Laid, name: string): Problem => {
  const place = laid.roles.get(name)?.place;
  return { code: 'unused-role', severity: 'note', ...place, message: `the role "${name}" is given to nobody` };
};

const unproven = (questions: number): readonly Problem[] =>
  questions === 0
    ? []
    : [
        {
          ...{ code: 'unproven', severity: 'note' },
          message: `too many classes of things for ${questions} questions; they were answered from single examples, so more may be unreachable`,
        },
      ];
