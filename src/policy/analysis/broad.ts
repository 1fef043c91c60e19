import type { SubjectType } from '../../sdk/index.ts';
import { finding } from './finding.ts';
import { everybody, ruledBy } from './holders.ts';
import type { Laid, Written } from './laid.ts';
import { decidingOrder } from './order.ts';
import type { Problem, Severity } from './problem.ts';
import { common } from './regions.ts';
import { anyCaller, type Box, type Space } from './space.ts';
import type { Views } from './views.ts';

const machines: readonly SubjectType[] = ['vm', 'cluster'];

/** `actions: ['*']` on every machine, in a role whose name does not say that it is an admin's. */
export function broad({ vocabulary }: Laid, written: readonly Written[]): readonly Problem[] {
  const wide = ({ rules }: Written) =>
    rules.find(
      ({ type, actions, conditions }) =>
        machines.includes(type) && conditions === undefined && actions.length === vocabulary.actions[type].length,
    );
  return written
    .filter((one) => one.kind === 'allow' && !one.role.includes('admin') && wide(one))
    .map((one) =>
      finding(
        'over-broad',
        'warning',
        one,
        `allows everything on every ${wide(one)?.type} in the role "${one.role}"; add a \`where\`, or call it an admin's role`,
      ),
    );
}

/** Things that everybody may destroy although they are somebody else's. */
export function forEverybody(laid: Laid, views: Views, destructive: ReadonlySet<string>): readonly Problem[] {
  const { roles } = everybody(laid);
  const found = machines.flatMap((type) =>
    [...destructive].flatMap((action) => {
      const space = views.space(type, anyCaller);
      const ordered = decidingOrder(ruledBy(laid, roles, action, type), 'permission');
      const parts = views.parts(space, others(space), ordered) ?? [];
      return parts.flatMap(({ by }) => (by?.rule.kind === 'allow' ? [{ one: by.written, action, type }] : []));
    }),
  );
  const first = new Map(found.toReversed().map((entry) => [entry.one, entry]));
  return [...first.values()].map(({ one, action, type }) =>
    finding('everybody-destroys', 'warning', one, `lets everybody "${action}" a ${type} that is somebody else's`),
  );
}

/** A question that is taken away from something that destroys: worth a warning unless it is only the caller's own. */
export function unaskedDestroys(
  views: Views,
  written: readonly Written[],
  destructive: ReadonlySet<string>,
): readonly Problem[] {
  return written.flatMap((one) => {
    const actions = one.rules.flatMap((rule) => rule.actions.filter((action) => destructive.has(action)));
    if (one.kind !== 'none' || actions.length === 0) return [];
    const beyond = one.rules.some((rule) => {
      const space = views.space(rule.type, anyCaller);
      const box = space.boxOf(rule);
      return box !== undefined && common(box, others(space)) !== undefined;
    });
    const severity: Severity = beyond ? 'warning' : 'note';
    const whose = beyond ? 'also what is somebody else’s' : 'their own things only';
    const what = [...new Set(actions)].join(', ');
    return [
      finding('unasked-destroy', severity, one, `takes the question away from ${what}, which destroys: ${whose}`),
    ];
  });
}

/** Everything that is not the caller's own. */
function others({ axes, all, caller }: Space): Box {
  return all.map((bits, at) => {
    const axis = axes[at];
    const mine = axis?.attribute === 'owner' ? axis.samples.indexOf(caller) : -1;
    return mine < 0 ? bits : bits & ~(1n << BigInt(mine));
  });
}
