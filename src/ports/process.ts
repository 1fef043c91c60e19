import { join } from 'node:path';
import { LabError, type ProcessPort, type Template } from '../sdk/index.ts';
import { argv, type ReservedWords } from './argv.ts';
import type { Behind, Door } from './doors.ts';
import { children, forget, launch, tailOf } from './launch.ts';
import { left, standing, stopped } from './standing.ts';

/** Programs that are watched over, by names of the plugin's choice. What is known of them lies in `folder`. */
export const processes = (
  folder: string,
  templates: Readonly<Record<string, Template>>,
  reserved: ReservedWords,
): Behind<ProcessPort> => ({
  async start(door, name, template, values, { detached = false } = {}) {
    const found = templates[template];
    if (!found) throw new LabError('FORBIDDEN', `No program was granted under the name "${template}".`);
    const words = argv(found.argv, values, reserved);
    await alone(fileOf(folder, name), name, (file) => start(file, name, words, detached, door));
  },
  async alive(_door, name) {
    return (await standing(await quiet(folder, name))) !== undefined;
  },
  async ended({ signal }, name) {
    const file = await quiet(folder, name);
    const own = children.get(file);
    if (own) return until(signal, own);
    await left(file, signal);
    return { stderr: await tailOf(file) };
  },
  async stop({ signal }, name, graceMs) {
    const file = await quiet(folder, name);
    await stopped(file, graceMs, signal);
    await children.get(file);
    await forget(file);
  },
});

const orphanGraceMs = 2_000;

/** Names are the plugin's; a file name they become here, and no path. */
function fileOf(folder: string, name: string): string {
  const base = encodeURIComponent(name);
  if (base.length <= 200) return join(folder, `${base}.json`);
  throw new LabError('INVALID_INPUT', `"${name}" is too long for a process name.`);
}

async function start(file: string, name: string, words: readonly string[], detached: boolean, { signal }: Door) {
  const running = await standing(file);
  // One that should have ended with an earlier life of ours is in the way only because that life was cut short.
  const leftOver = running && !running.detached && !children.has(file);
  if (running && !leftOver) throw new LabError('CONFLICT', `A program named "${name}" runs already.`);
  if (leftOver) await stopped(file, orphanGraceMs, signal);
  signal.throwIfAborted();
  await launch(file, words, detached);
  if (!detached) endWith(signal, file);
}

/** A program that is not detached ends when its call does. */
function endWith(signal: AbortSignal, file: string): void {
  const end = () => void stopped(file, orphanGraceMs).catch(() => {});
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const over = () => signal.removeEventListener('abort', end);
  children.get(file)?.then(over, over);
}

/** Starts under way in this process, by record file: what a record says is settled once they are over. */
const starting = new Map<string, Promise<void>>();

async function alone(file: string, name: string, act: (file: string) => Promise<void>): Promise<void> {
  if (starting.has(file)) throw new LabError('CONFLICT', `A program named "${name}" is being started.`);
  const work = act(file).finally(() => starting.delete(file));
  starting.set(file, work);
  await work;
}

async function quiet(folder: string, name: string): Promise<string> {
  const file = fileOf(folder, name);
  await starting.get(file)?.catch(() => {});
  return file;
}

const until = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
