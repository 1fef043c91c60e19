import { readFileSync } from 'node:fs';
import { LabError, manifest, type Ports, type StatePort } from 'labwarden/sdk';
import { openPorts } from '../../src/ports/index.ts';

const file = (path: string) => new URL(`../../${path}`, import.meta.url);

export const qemuManifest = manifest.parse(JSON.parse(readFileSync(file('plugins/qemu-direct/plugin.json'), 'utf8')));

/** What the kernel hands to qemu-direct, on this machine and beneath one folder. Again on the same folder: a lab server that came back. */
export function qemuPorts(
  folder: string,
  store: StatePort,
): Required<Pick<Ports, 'process' | 'dial' | 'files' | 'clock'>> {
  const { ports } = openPorts({
    ...{ plugin: 'qemu-direct', manifest: qemuManifest, grants: qemuManifest.ports, store },
    roots: { own: `${folder}/own`, run: `${folder}/run`, overlays: `${folder}/overlays` },
    secrets: async (name) => {
      throw new LabError('NOT_FOUND', `No secret is named "${name}".`);
    },
    recordDir: `${folder}/processes`,
    signal: new AbortController().signal,
    words: { node: process.execPath, switch: file('src/switch/main.ts').pathname },
  });
  const { process: programs, dial, files, clock } = ports;
  if (!programs || !dial || !files || !clock) throw new Error('The manifest of qemu-direct asks for all of these.');
  return { ...ports, process: programs, dial, files, clock };
}

/** A plugin's facts, as long as the test lasts. */
export function mapStore(): StatePort {
  const facts = new Map<string, unknown>();
  return {
    get: async (key) => structuredClone(facts.get(key)),
    list: async (prefix) => [...facts.keys()].filter((key) => key.startsWith(prefix)),
    set: async (key, value) => void facts.set(key, structuredClone(value)),
    remove: async (key) => void facts.delete(key),
  };
}
