/** Who is asking: a person, and the agent that speaks for them. Set by the transport from what it proved. */
export interface Principal {
  readonly user: string;
  readonly groups: readonly string[];
  /** What the client calls itself. A claim, not a proof: good for the log, not for a decision. */
  readonly agent?: string;
  /** How it came in. */
  readonly via: 'stdio' | 'cli' | 'system';
}
