/**
 * How sure a lab must be that a person wants it, weakest first. `ack`: the client's user types the thing's name. `human`: a person
 * approves where no agent reaches. `two-person`: two do, neither of them the one who asks.
 */
export const confirmLevels = ['none', 'ack', 'human', 'two-person'] as const;

export type ConfirmLevel = (typeof confirmLevels)[number];

export const strongest = (levels: readonly ConfirmLevel[]): ConfirmLevel =>
  confirmLevels.findLast((level) => levels.includes(level)) ?? 'none';
