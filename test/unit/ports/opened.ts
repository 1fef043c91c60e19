import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DoorEvent, type Granted, type OpenPorts, openPorts, type PortOptions } from '../../../src/ports/index.ts';
import type { Manifest, Pipe, Ports, StatePort } from '../../../src/sdk/index.ts';

export interface Opened extends AsyncDisposable {
  readonly ports: Ports;
  readonly effectOf: OpenPorts['effectOf'];
  /** A folder of this test's own; the roots lie in it. */
  readonly folder: string;
  readonly events: readonly DoorEvent[];
  stop(reason: Error): void;
}

/** Real doors for a plugin that asks for these ports and gets them all, in a folder of its own. */
export async function opened(asked: Granted, more: Partial<PortOptions> = {}): Promise<Opened> {
  const folder = more.recordDir ?? (await mkdtemp('/tmp/lw-'));
  const events: DoorEvent[] = [];
  const end = new AbortController();
  const { ports, effectOf } = openPorts({
    plugin: 'tried',
    manifest: manifestOf(asked),
    grants: asked,
    roots: { own: folder, run: folder },
    store: mapStore(),
    secrets: async (name) => `the secret of ${name}`,
    recordDir: folder,
    signal: end.signal,
    onDoor: (event) => events.push(event),
    words: { node: process.execPath, switch: '/nowhere/switch.ts' },
    ...more,
  });
  return {
    ports: ports as Ports,
    ...{ effectOf, folder, events },
    stop: (reason) => end.abort(reason),
    async [Symbol.asyncDispose]() {
      end.abort(new Error('The test is over.'));
      if (!more.recordDir) await rm(folder, { recursive: true, force: true });
    },
  };
}

export const manifestOf = (ports: Granted): Manifest => ({
  ...{ id: 'tried', kind: 'provider', api: 1, entry: './index.ts' },
  ports,
});

/** All that comes out of a pipe, piece by piece. */
export async function drained(pipe: Pipe): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for (let piece = await pipe.read(); piece; piece = await pipe.read()) pieces.push(Buffer.from(piece));
  return pieces;
}

export const textOf = async (pipe: Pipe): Promise<string> => Buffer.concat(await drained(pipe)).toString();

export const inside = (opened: Opened, ...names: readonly string[]): string => join(opened.folder, ...names);

function mapStore(): StatePort {
  const kept = new Map<string, unknown>();
  return {
    get: async (key) => kept.get(key),
    list: async (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
    set: async (key, value) => void kept.set(key, value),
    remove: async (key) => void kept.delete(key),
  };
}
