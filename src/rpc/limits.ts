/** How much one process may cost the other. Whoever keeps to its own half of these never meets the other's. */
export const limits = {
  /** One message, head and tail together. */
  frameBytes: 16 * 1024 * 1024,
  /** Brackets within brackets of a head. */
  depth: 64,
  /** One piece of a pipe. */
  pieceBytes: 64 * 1024,
  /** Calls that one side has asked and has no answer to; more wait for their turn. */
  asked: 512,
  /** Calls that one side is asked to serve at once; more end the connection. */
  served: 1_024,
  /** What the arguments of those calls may weigh together; more ends the connection. */
  servedBytes: 64 * 1024 * 1024,
  /** What may wait to be sent before calls wait too. */
  fullBytes: 16 * 1024 * 1024,
  /** What may wait to be sent at all: the other side asks and does not read. More ends the connection. */
  queuedBytes: 64 * 1024 * 1024,
  /** Signals of the other side that are followed at once. */
  signals: 4_096,
} as const;
