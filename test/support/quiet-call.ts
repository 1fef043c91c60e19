import type { Call } from 'labwarden/sdk';

/** A call that nobody follows and nobody stops. */
export const quietCall: Call = {
  id: 'call',
  signal: new AbortController().signal,
  note: async () => {},
  progress: () => {},
  log: () => {},
};
