import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { Switch } from '../../../src/switch/switch.ts';
import { Machine } from './machine.ts';

export interface TestNetwork<Name extends string> extends AsyncDisposable {
  readonly network: Switch;
  readonly machines: Readonly<Record<Name, Machine>>;
  path(name: string): string;
  connected(...names: readonly string[]): Promise<void>;
}

/** A switch with one machine on each port, all of them connected. */
export async function testNetwork<const Name extends string>(...names: readonly Name[]): Promise<TestNetwork<Name>> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'switch-'));
  opened.defer(() => rm(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const machine = async (name: Name) => [name, opened.use(await Machine.at(path(name)))] as const;
  const machines = Object.fromEntries(await Promise.all(names.map(machine))) as Record<Name, Machine>;
  const network = new Switch();
  opened.defer(() => network.close());
  const connected = async (...wanted: readonly string[]) => {
    const all = () => wanted.every((name) => network.report()[name]?.connected);
    await vi.waitFor(() => all() || Promise.reject(new Error(`${wanted} are not connected`)), { interval: 2 });
  };
  network.set(new Map(names.map((name) => [name, path(name)])));
  await connected(...names);
  const resources = opened.move();
  return { network, machines, path, connected, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
