import type { Vocabulary } from '../policy/index.ts';
import type { SubjectType, Target } from '../sdk/index.ts';
import type { Entry } from './registry.ts';

/** What the plugins that come with labwarden do: a policy may speak of it also where one of them is left out. */
const always: Readonly<Record<SubjectType, readonly string[]>> = {
  cluster: [
    ...['start', 'stop', 'cut', 'destroy', 'crash', 'exec', 'handle'],
    ...['extend', 'share', 'hand_over', 'take', 'leave', 'trash', 'restore'],
  ],
  vm: [],
  job: ['cancel'],
  host: [],
  lab: [],
};

/** The actions that policy files may name: those of the loaded operations too. What is done to a cluster is done to its nodes. */
export function vocabularyOf(operations: ReadonlyMap<string, Entry>): Vocabulary {
  const loaded = [...operations.values()].flatMap(({ operation }) =>
    Object.values(operation.on).flatMap((target) => actionsOf(target).map((action) => [target.type, action] as const)),
  );
  const of = (...types: readonly SubjectType[]) => {
    const said = loaded.filter(([type]) => types.includes(type)).map(([, action]) => action);
    return [...new Set([...types.flatMap((type) => always[type]), ...said])];
  };
  return {
    actions: { vm: of('vm', 'cluster'), cluster: of('cluster'), job: of('job'), host: of('host'), lab: of('lab') },
  };
}

/** The actions that a call may destroy something by, whatever its input: asked about unless a policy says `none`. */
export function destructiveOf(operations: ReadonlyMap<string, Entry>): ReadonlySet<string> {
  const loaded = [...operations.values()].flatMap(({ operation }) => {
    if (operation.effect !== 'destroy') return [];
    return Object.values(operation.on).map((target) => actionsOf(target).at(-1) ?? target.action);
  });
  return new Set(['cut', 'destroy', 'crash', ...loaded]);
}

const actionsOf = (target: Target): readonly string[] =>
  'from' in target && target.destroyAction !== undefined ? [target.action, target.destroyAction] : [target.action];
