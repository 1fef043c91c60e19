import type { StatePort } from '../ports.ts';

/** What a plugin may keep, kept in a Map. Values cross as JSON, as they would anywhere else. */
export function memoryStore(): StatePort {
  const kept = new Map<string, string>();
  return {
    async get(key) {
      const value = kept.get(key);
      return value === undefined ? undefined : JSON.parse(value);
    },
    list: async (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
    set: async (key, value) => void kept.set(key, JSON.stringify(value)),
    remove: async (key) => void kept.delete(key),
  };
}
