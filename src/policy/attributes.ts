import type { Job, Owned, Principal, Subjects, SubjectType, Vm } from '../sdk/index.ts';

export type Scalar = string | number | boolean;

/** What policy knows of one thing, by the names that policy files use. */
export type Attributes = Readonly<Record<string, Scalar>>;

const owned = { name: 'string', owner: 'string', project: 'string' } as const;
const kept = {
  ...owned,
  ...({ provider: 'string', protected: 'boolean', leased: 'boolean', trashed: 'boolean', shared: 'string' } as const),
  'tag:*': 'boolean',
} as const;

/** Everything that a `where` may speak of. `tag:*` stands for any tag: true when the thing carries it, false when not. */
export const attributeTypes = {
  vm: {
    ...kept,
    ...{ cluster: 'string', role: 'string', kind: 'string', managed: 'boolean' },
    ...{ vcpus: 'number', memory_mb: 'number', disk_gb: 'number' },
  },
  cluster: { ...kept, topology: 'string' },
  job: { ...owned, tool: 'string', status: 'string' },
  host: { name: 'string', provider: 'string' },
  lab: { name: 'string' },
} as const satisfies Record<SubjectType, Readonly<Record<string, ScalarType>>>;

/** What an owner gave the caller, by name or by group. */
type Shared = 'none' | NonNullable<Owned['shares']>[number]['access'];

export type ScalarType = 'string' | 'number' | 'boolean';

/** Attributes that can be only one of a few words: any other in a `where` would never match. */
export const attributeWords: Readonly<Record<string, readonly string[]>> = {
  kind: ['vm', 'container'] satisfies Vm['kind'][],
  status: ['running', 'done', 'failed', 'unknown'] satisfies Job['status'][],
  shared: ['none', 'look', 'use', 'own'] satisfies Shared[],
};

export const subjectTypes = Object.keys(attributeTypes) as readonly SubjectType[];

/** The declared type of an attribute; `undefined` when things of this type have no such attribute. */
export function attributeType(type: SubjectType, name: string): ScalarType | undefined {
  const declared: Readonly<Record<string, ScalarType>> = attributeTypes[type];
  if (name.startsWith('tag:')) return name === 'tag:' ? undefined : declared['tag:*'];
  return Object.hasOwn(declared, name) ? declared[name] : undefined;
}

/** The attributes that every thing of a type must have: all but the tags. */
export const requiredAttributes = (type: SubjectType): readonly string[] =>
  Object.keys(attributeTypes[type]).filter((name) => name !== 'tag:*');

interface Value {
  string: string;
  number: number;
  boolean: boolean;
}

/** What the table above promises, tags apart. */
type Read<D> = { readonly [N in Exclude<keyof D, 'tag:*'>]: D[N] extends keyof Value ? Value[D[N]] : never };

const readers: {
  readonly [T in SubjectType]: (facts: Subjects[T], who: Principal) => Read<(typeof attributeTypes)[T]>;
} = {
  vm: (vm, who) => ({
    ...keptOf(vm, who),
    ...{ provider: vm.provider },
    ...{ cluster: vm.cluster ?? '', role: vm.role ?? '', kind: vm.kind, managed: vm.managed },
    ...{ vcpus: vm.vcpus, memory_mb: vm.memoryMb, disk_gb: vm.diskGb },
  }),
  cluster: (cluster, who) => ({ ...keptOf(cluster, who), provider: cluster.provider, topology: cluster.topology }),
  job: ({ name, owner, project, tool, status }) => ({ name, owner, project, tool, status }),
  host: ({ name, provider }) => ({ name, provider }),
  lab: ({ name }) => ({ name }),
};

const keptOf = (
  { name, owner, project, protected: isProtected, expiresAt, trashedAt, shares }: Owned,
  who: Principal,
) => ({
  ...{ name, owner, project, protected: isProtected, leased: expiresAt !== undefined },
  ...{ trashed: trashedAt !== undefined, shared: shares ? sharedWith(shares, who) : ('none' as const) },
});

const strength: readonly Shared[] = ['none', 'look', 'use', 'own'];

/** The most that any of the shares gives this caller. */
function sharedWith(shares: NonNullable<Owned['shares']>, { user, groups }: Principal): Shared {
  const mine = shares.filter((share) => (share.with === 'user' ? share.name === user : groups.includes(share.name)));
  return strength[Math.max(0, ...mine.map(({ access }) => strength.indexOf(access)))] ?? 'none';
}

/** What policy may know of one of the kernel's own facts, when it is this caller who asks. Every attribute of the type is there. */
export function attributesOf<T extends SubjectType>(type: T, facts: Subjects[T], who: Principal): Attributes {
  const tags = 'tags' in facts ? facts.tags.map((tag) => [`tag:${tag}`, true] as const) : [];
  // No prototype, so that only what stands here can ever be read from it.
  return Object.assign(Object.create(null), readers[type](facts, who), Object.fromEntries(tags));
}
