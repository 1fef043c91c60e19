import type { Question } from './state.ts';

/** A person who may be asked where no agent reaches, by the key that only their passphrase opens. */
export interface Approver {
  readonly name: string;
  /** Whom policy judges when they approve. */
  readonly user: string;
  /** Public key: ed25519, SPKI in DER, base64. */
  readonly key: string;
  readonly addedAt: string;
  readonly removedAt?: string;
  /** What those who let them in have signed; none for the first. Opaque here. */
  readonly proof: object;
}

/** What an approver has said, signed. The statement is opaque here. */
export interface ApprovalAnswer {
  readonly approver: string;
  readonly statement: object;
  /** Of the statement, by the approver's key; base64. */
  readonly signature: string;
}

/** A question that people answer where the caller cannot reach. Spending the question spends it. */
export interface Approval extends Question {
  readonly level: 'human' | 'two-person';
  /** How many people have to say yes. */
  readonly needs: number;
  readonly askedAt: string;
  /** The connection it came in on. */
  readonly session?: string;
  /** Digest of tool, input and user: a newer question about the same call replaces it. */
  readonly call: string;
  /** What approvers are shown, and sign. Opaque here. */
  readonly shown: object;
  /** What policy judges an approver on, and how far a yes to more than this call reaches. Opaque here. */
  readonly about: object;
}

export interface OpenApproval extends Approval {
  readonly answers: readonly ApprovalAnswer[];
}

export interface Approvals {
  /** Random, and another for every lab: what is signed for one is nothing in another. */
  readonly labId: string;
  /** In the order in which they came, those that were removed too. */
  approvers(): Promise<readonly Approver[]>;
  /**
   * Throws CONFLICT when the name or the key is taken, CONFIRMATION_STALE when the approval was used before. Only the first of all
   * needs none; for any other without one it throws CONFLICT.
   */
  addApprover(approver: Approver, spends?: string): Promise<void>;
  /** All that they said yes to and that was not used yet is void. Throws CONFIRMATION_STALE when the approval was used before. */
  removeApprover(name: string, at: string, spends: string): Promise<void>;
  /**
   * Older ones about the same call are void, and so are those that are `over`. Answers the id of the one that is open for this very
   * plan, when there is one.
   */
  askApproval(approval: Approval, over?: readonly string[]): Promise<string>;
  /** Those that nobody has used, oldest first; also those whose time is over. */
  openApprovals(): Promise<readonly OpenApproval[]>;
  /** Throws CONFLICT when this approver has answered before, CONFIRMATION_STALE when it is not open any more. */
  answerApproval(id: string, answer: ApprovalAnswer): Promise<void>;
}
