import { LabError, operation, z } from 'labwarden/sdk';

const access = z
  .enum(['none', 'look', 'use', 'own'])
  .describe(
    '`look`: see it. `use`: also start, stop, commands and SSH. `own`: also take it over with cluster_take. `none`: no more.',
  );

/** Control characters, and those that change how the rest reads. */
const hidden = /[\p{Cc}\p{Cf}]/u;

export const clusterShare = operation({
  name: 'cluster_share',
  summary: 'Let a user or a group see or use a cluster of yours, end that, or offer it to a user as their own.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'share', destroyAction: 'hand_over', beside: true } },
  requires: ['sharing'],
  effect: 'destroy',
  idempotent: true,
  input: z.object({
    with: z
      .string()
      .regex(/^(group:)?[^:\s]{1,128}$/)
      .describe("A user's name, or group: and a group's."),
    access,
  }),
  output: z.object({ cluster_name: z.string(), with: z.string(), access }),
  check({ with: who, access }) {
    if (hidden.test(who)) throw new LabError('INVALID_INPUT', 'with: holds a character that nobody can see.');
    if (access === 'own' && who.startsWith('group:'))
      throw new LabError('INVALID_INPUT', 'with: a cluster can be offered to one user, not to a group.');
  },
  effectOf: ({ access }) => (access === 'own' ? 'destroy' : 'change'),
  async preview({ cluster }, { with: who }) {
    return {
      summary: `Offer cluster "${cluster.name}" of ${cluster.owner} to ${who}.`,
      effects: [`${who} can use it at once.`, `As soon as ${who} takes it, it is not ${cluster.owner}'s any more.`],
    };
  },
  async run({ cluster }, { with: who, access }) {
    if (access === 'own') await cluster.sharing.offer(who);
    else await cluster.sharing.share(who, access);
    return { cluster_name: cluster.name, with: who, access };
  },
  async recover({ cluster }, { with: who, access }) {
    if (access === 'own') await cluster.sharing.offer(who);
    else await cluster.sharing.share(who, access);
    return 'finished';
  },
});

export const clusterTake = operation({
  name: 'cluster_take',
  summary: 'Make a cluster yours that its owner has offered you. It then counts among what you have.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'take' } },
  requires: ['sharing'],
  effect: 'change',
  idempotent: true,
  input: z.object({}),
  output: z.object({ cluster_name: z.string(), before: z.string().describe('Whose it was.') }),
  async run({ cluster }) {
    await cluster.sharing.take();
    return { cluster_name: cluster.name, before: cluster.owner };
  },
  async recover({ cluster }) {
    await cluster.sharing.take();
    return 'finished';
  },
});

export const clusterLeave = operation({
  name: 'cluster_leave',
  summary: 'Give up your part in a cluster that its owner shares with you by name.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'leave', beside: true } },
  requires: ['sharing'],
  effect: 'change',
  idempotent: true,
  input: z.object({}),
  output: z.object({ cluster_name: z.string() }),
  async run({ cluster }) {
    await cluster.sharing.leave();
    return { cluster_name: cluster.name };
  },
  async recover({ cluster }) {
    await cluster.sharing.leave();
    return 'finished';
  },
});
