import { LabError, type SubjectType } from '../sdk/index.ts';

/** What can be done to things of each type, as the loaded operations say. `inspect`, `create` and `approve` are always part of it. */
export interface Vocabulary {
  readonly actions: Readonly<Record<SubjectType, readonly string[]>>;
}

const word = /^[a-z][a-z0-9_]{0,39}$/;

/** Sorted, without repetition, and with the actions that the kernel itself asks about. */
export function complete({ actions }: Vocabulary): Vocabulary {
  const of = (type: SubjectType) =>
    [...new Set(['approve', 'create', 'inspect', ...actions[type].map(sayable)])].sort();
  return { actions: { vm: of('vm'), cluster: of('cluster'), job: of('job'), host: of('host'), lab: of('lab') } };
}

/** A name that stands for no action, or for every action, must never get into a rule. */
function sayable(action: string): string {
  if (word.test(action)) return action;
  throw new LabError('PLUGIN_INVALID', `The action ${JSON.stringify(action)} is not a word that a policy can use.`);
}
