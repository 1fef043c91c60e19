import type { Ports } from 'labwarden/sdk';

/** A host in two Maps, on which power may fail before any chosen change: the `crashAt`th throws, and every one after it. */
export function memoryPorts(world: World, crashAt = Number.POSITIVE_INFINITY): MemoryPorts {
  let changes = 0;
  const change =
    <A extends unknown[]>(act: (...args: A) => unknown) =>
    async (...args: A): Promise<void> => {
      if (changes++ >= crashAt) throw new Error('The power failed.');
      act(...args);
    };
  const { files, facts } = world;
  const rename = (from: string, to: string) => {
    files.set(to, files.get(from) ?? '');
    files.delete(from);
  };
  const make = change((path: string, template: string) => files.set(path, template));
  return {
    exec: {
      async run(template, values) {
        if (template.startsWith('version')) return { exitCode: 0, stdout: 'QEMU emulator version 7.2.22', stderr: '' };
        await make(String(values['path']), template);
        return { exitCode: 0, stdout: '', stderr: '' };
      },
    },
    process: {
      start: async () => {},
      alive: async () => false,
      ended: async () => ({ stderr: '' }),
      stop: async () => {},
    },
    dial: { open: () => Promise.reject(new Error('Nobody listens.')) },
    files: {
      roots: async () => ({ own: '/own', run: '/run', overlays: '/overlays' }),
      stat: async (path) => (files.has(path) ? { kind: 'file', sizeBytes: 1, usedBytes: 1 } : undefined),
      list: async () => [],
      digest: async () => '',
      read: () => Promise.reject(new Error('Nothing is there.')),
      write: () => Promise.reject(new Error('Nothing is written here.')),
      makeFolder: change(() => {}),
      rename: change(rename),
      remove: change((path: string) => files.delete(path)),
    },
    state: {
      get: async (key) => facts.get(key),
      list: async (prefix) => [...facts.keys()].filter((key) => key.startsWith(prefix)),
      set: change((key: string, value: unknown) => facts.set(key, value)),
      remove: change((key: string) => facts.delete(key)),
    },
    clock: { now: async () => '2026-11-20T10:00:00.000Z', sleep: async () => {} },
    random: { id: async () => '00000000000000000000000000000000' },
  };
}

export type MemoryPorts = Pick<Ports, 'exec' | 'process' | 'dial' | 'files' | 'state' | 'clock' | 'random'>;

/** What survives a crash. */
export interface World {
  readonly files: Map<string, string>;
  readonly facts: Map<string, unknown>;
}
