import type { Config } from '../../config/config.ts';
import { LabError, type Subjects, type SubjectType } from '../../sdk/index.ts';
import { lookAtState } from '../../state/index.ts';

export type Fact = { readonly [T in SubjectType]: { readonly type: T; readonly facts: Subjects[T] } }[SubjectType];

/** A thing of the lab with its nodes, by the names that calls use: `red`, `ana:red`, `red/server`. Throws NOT_FOUND. */
export async function thingsNamed(config: Config, type: SubjectType, typed: string): Promise<readonly Fact[]> {
  if (type === 'host') return [{ type, facts: hostNamed(config, typed) }];
  if (type === 'lab') return [{ type, facts: { id: 'lab', name: 'lab' } }];
  using state = lookAtState(config.stateDir);
  if (!state) throw missing(`There is no lab in ${config.stateDir} yet`, type, typed);
  const [, owner, name = typed] = /^([^:]+):(.+)$/.exec(typed) ?? [];
  const found = (await state.named(type, name)).filter((facts) => owner === undefined || facts.owner === owner);
  const [facts, other] = found;
  if (!facts) throw missing(`No ${type} is named "${typed}"`, type, typed);
  if (other)
    throw new LabError(
      'INVALID_INPUT',
      `Several people have a ${type} "${typed}". Say whose: ${found.map((one) => `${type}:${one.owner}:${name}`).join(', ')}.`,
    );
  const nodes = type === 'cluster' ? await state.nodes(facts.id) : [];
  return [{ type, facts } as Fact, ...nodes.map((node) => ({ type: 'vm', facts: node }) as const)];
}

function hostNamed({ providers }: Config, name: string): Subjects['host'] {
  if (Object.hasOwn(providers, name)) return { id: name, name, provider: name };
  throw new LabError('NOT_FOUND', `No host is named "${name}"; the config has ${Object.keys(providers).join(', ')}.`);
}

const missing = (why: string, type: SubjectType, typed: string) =>
  new LabError('NOT_FOUND', `${why}; write ${type} instead of ${type}:${typed}, and its attributes behind it.`);
