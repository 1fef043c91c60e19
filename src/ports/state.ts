import type { StatePort } from '../sdk/index.ts';
import type { Behind } from './doors.ts';

/** The store is the kernel's, and knows only this plugin's keys. */
export const state = (store: StatePort): Behind<StatePort> => ({
  get: (_door, key) => store.get(key),
  list: (_door, prefix) => store.list(prefix),
  set: (_door, key, value) => store.set(key, value),
  remove: (_door, key) => store.remove(key),
});
