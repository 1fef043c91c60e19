import type { Attributes, Policy, Vocabulary } from '../../src/policy/index.ts';
import { policyOf } from '../../src/policy/load.ts';
import { LabError, type Principal, type SubjectType } from '../../src/sdk/index.ts';

const machine = [
  ...['start', 'stop', 'cut', 'destroy', 'crash', 'exec', 'handle'],
  ...['extend', 'share', 'hand_over', 'take', 'leave', 'trash', 'restore'],
];

/** What the operations that come with labwarden do to things. */
export const vocabulary: Vocabulary = {
  actions: { vm: machine, cluster: machine, job: ['cancel'], host: [], lab: [] },
};

export const person = (user: string, ...groups: readonly string[]): Principal => ({ user, groups, via: 'stdio' });

const of: { readonly [T in SubjectType]: Attributes } = {
  vm: {
    ...{ name: 'web-1', owner: 'ana', project: 'shop', provider: 'main', cluster: 'web', role: 'server', kind: 'vm' },
    ...{ managed: true, protected: false, vcpus: 2, memory_mb: 1024, disk_gb: 10, leased: false },
    ...{ trashed: false, shared: 'none' },
  },
  cluster: {
    ...{ name: 'web', owner: 'ana', project: 'shop', provider: 'main', topology: 'three-nodes' },
    ...{ protected: false, leased: false, trashed: false, shared: 'none' },
  },
  job: { name: 'j-1', owner: 'ana', project: 'shop', tool: 'cluster_start', status: 'running' },
  host: { name: 'main', provider: 'main' },
  lab: { name: 'lab' },
};

/** Ana's, unless told otherwise. */
export const attributes = (type: SubjectType, other: Attributes = {}): Attributes => ({ ...of[type], ...other });

/** A policy of one file, `p.yaml`. */
export const policy = (text: string): Policy => policyOf([{ name: 'p.yaml', text }], vocabulary);

/** What `policy` says against a text, with its place. */
export function complaint(text: string): string {
  try {
    policy(text);
  } catch (error) {
    if (error instanceof LabError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  throw new Error('The policy was accepted.');
}

/** A policy in which everybody has one role, made of these lines. */
export const everybody = (...lines: readonly string[]): string =>
  [
    'version: 1',
    'roles:',
    '  all:',
    ...lines.map((line) => `    ${line}`),
    "bindings: [{ role: all, users: ['*'] }]",
  ].join('\n');
