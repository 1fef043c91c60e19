import type { Principal } from '../sdk/index.ts';
import type { Condition } from './conditions.ts';
import type { Kind, Rule } from './rules.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The part of labwarden that ends what has come to its end. No policy file gives it anything, and none takes anything from it. */
export const isLeaseKeeper = ({ user, via }: Principal): boolean => via === 'system' && user === 'system:lease';

const is = (attribute: string, value: boolean): Condition => ({
  ...{ attribute, negated: false, values: new Set([value]), me: false },
});

interface Row {
  readonly kind: Kind;
  readonly id: string;
  readonly actions: readonly string[];
  readonly when: readonly Condition[];
  readonly reason?: string;
}

/** As docs/ownership.md tells them. */
const rows: readonly Row[] = [
  { kind: 'allow', id: 'lease-ends', actions: ['inspect', 'stop', 'cut', 'trash'], when: [is('leased', true)] },
  { kind: 'allow', id: 'trash-is-purged', actions: ['inspect', 'destroy'], when: [is('trashed', true)] },
  {
    ...{ kind: 'deny', id: 'protected-stays', actions: ['cut', 'trash', 'destroy'], when: [is('protected', true)] },
    reason: 'It is protected: at the end of its lease it is asked to stop, and nothing more.',
  },
  { kind: 'none', id: 'nobody-to-ask', actions: ['stop', 'cut', 'trash', 'destroy'], when: [] },
];

/** The kernel's own rules, as far as there is anything to do to things. */
export const leaseRules = ({ actions }: Vocabulary): readonly Rule[] =>
  rows.flatMap(({ kind, id, when, reason, ...row }) =>
    (['cluster', 'vm'] as const).map((type) => ({
      ...{ kind, type, reason, label: `(kernel) ${id}` },
      actions: row.actions.filter((action) => actions[type].includes(action)),
      conditions: when.length > 0 ? when : undefined,
    })),
  );
