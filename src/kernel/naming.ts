import { attributesOf } from '../policy/index.ts';
import { type Host, LabError, type Principal, type Subjects } from '../sdk/index.ts';
import type { Stored } from '../state/index.ts';
import type { Lab } from './lab.ts';

/**
 * The thing that somebody means by a name: their own before other people's, and of those only what they may see. `ana:red` is
 * Ana's, for those who see several. What is hidden and what is not there get the same answer.
 */
export async function named<T extends Stored>(lab: Lab, who: Principal, type: T, typed: string): Promise<Subjects[T]> {
  // What labwarden does by itself it does to the very thing: no name is told from another there.
  if (who.via === 'system') return (await lab.state.byId(type, typed)) ?? missing(type, typed);
  const [, owner, name = typed] = /^([^:]+):(.+)$/.exec(typed) ?? [];
  const all = await lab.state.named(type, name);
  const visible = all.filter((facts) => (!owner || facts.owner === owner) && sees(lab, who, type, facts));
  const [found, other] =
    visible.some((facts) => facts.owner === who.user) && !owner
      ? visible.filter((facts) => facts.owner === who.user)
      : visible;
  if (!found) throw notFound(type, typed);
  if (!other) return found;
  const have = visible.map((facts) => `${facts.owner}:${name}`);
  throw new LabError('INVALID_INPUT', `Several people have a ${type} "${typed}". Say whose: ${have.join(', ')}.`, {
    details: { have },
  });
}

function missing(type: string, typed: string): never {
  throw notFound(type, typed);
}

export const notFound = (type: string, typed: string): LabError =>
  new LabError('NOT_FOUND', `No ${type} is named "${typed}".${hint(type)}`);

const hint = (type: string) =>
  type === 'cluster' ? ' cluster_list shows what there is; cluster_define makes one from a topology.' : '';

export const sees = <T extends keyof Subjects>({ policy }: Lab, who: Principal, type: T, facts: Subjects[T]): boolean =>
  policy.decide(who, 'inspect', type, attributesOf(type, facts, who)).effect === 'allow';

export function hostNamed({ hosts }: Lab, typed: string): Host {
  const found = hosts().find(({ name }) => name === typed);
  if (!found) throw notFound('host', typed);
  return found;
}
