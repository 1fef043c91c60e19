import type { SubjectType } from '../../sdk/index.ts';
import { type Attributes, requiredAttributes, type Scalar } from '../attributes.ts';

/** What a thing is taken for where nobody says: somebody else's, made by labwarden, neither protected nor leased, and small. */
const usual: Readonly<Record<string, Scalar>> = {
  ...{ name: 'example', owner: 'somebody-else', project: 'default', provider: 'main', topology: 'example' },
  ...{
    protected: false,
    leased: false,
    trashed: false,
    shared: 'none',
    managed: true,
    cluster: '',
    role: '',
    kind: 'vm',
  },
  ...{ vcpus: 1, memory_mb: 1024, disk_gb: 10, tool: 'cluster_start', status: 'running' },
};

/** Every attribute that things of this type have, as given or as usual; `$me` is the caller. */
export function wholeThing(type: SubjectType, given: Attributes, caller: string): Attributes {
  const rest = requiredAttributes(type).map((name) => [name, type === 'lab' ? 'lab' : (usual[name] ?? '')] as const);
  const mine = Object.entries(given).map(([name, value]) => [name, value === '$me' ? caller : value] as const);
  return Object.assign(Object.create(null), Object.fromEntries([...rest, ...mine]));
}

/** The attributes that were not given. */
export const assumed = (type: SubjectType, given: Attributes): readonly string[] =>
  requiredAttributes(type).filter((name) => !Object.hasOwn(given, name));
