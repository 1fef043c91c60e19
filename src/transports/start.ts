import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { isKeptFolder, isOwnFolder, makeOwnFolder } from '../config/own-folder.ts';
import { type Code, LabError } from '../sdk/errors.ts';
import { compiledFolder } from './compiled.ts';
import { here, type Place } from './place.ts';

const patienceMs = 10_000;
const conflictMs = 1_000;
const retryMs = 25;

/** A connection to the lab server of this place, which is started when none answers. Throws with the server's own reason. */
export async function reach(place: Place, config: string | undefined): Promise<Socket> {
  const running = await dialLab(place);
  if (running) return running;
  if (place.log === '') throw notThere(place);
  makeOwnFolder(place.dir);
  for (const until = performance.now() + patienceMs; ; ) {
    const failure = await start(place, config);
    if (failure && failure.code !== 'CONFLICT') throw failure;
    // Another client may have been faster: then its server is ours too. Or a server is just ending: then the next start succeeds.
    const socket = await dialWithin(failure ? conflictMs : patienceMs, place.socket);
    if (socket) return socket;
    if (performance.now() >= until)
      throw (
        failure ?? new LabError('INTERNAL', `The lab server started and does not answer; ${place.log} may say why.`)
      );
  }
}

/** The connection, or nothing when no lab server runs there. Throws when others may enter: one of them might answer. */
export const dialLab = async ({ dir, socket, log }: Place): Promise<Socket | undefined> =>
  (log === '' ? isKeptFolder(dir) : isOwnFolder(dir)) ? await dial(socket) : undefined;

/** What is said of a socket that was named and where nobody answers. */
export const notThere = ({ socket }: Place) =>
  new LabError(
    'PROVIDER_UNAVAILABLE',
    `No lab server answers on ${socket}, or it is not your socket. Ask whoever runs the lab: they start it with "labwarden lab".`,
  );

/** The connection, or nothing when nobody listens. */
export const dial = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });

async function dialWithin(ms: number, path: string): Promise<Socket | undefined> {
  for (const until = performance.now() + ms; ; ) {
    const socket = await dial(path);
    if (socket || performance.now() >= until) return socket;
    await pause(retryMs);
  }
}

/** A start makes much that is soon forgotten: with 16 MB for it, a twentieth of the start is no longer spent on collecting it. */
const roomToStart = ['--min-semi-space-size=16'];

/** Resolves when the server is ready, or with why it is not. It outlives whoever started it. */
function start(place: Place, config: string | undefined): Promise<LabError | undefined> {
  const log = openSync(place.log, 'a', 0o600);
  const program = process.argv[1] ?? '';
  const named = config === undefined ? [] : ['--config', config];
  const compiled = compiledFolder(here(config));
  const child = spawn(process.execPath, [...process.execArgv, ...roomToStart, program, 'lab', ...named], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }), ...process.env },
  });
  closeSync(log);
  const said = child.stdio[3] as Readable;
  return new Promise((resolve) => {
    let text = '';
    said.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    said.on('close', () => {
      child.unref();
      resolve(text.startsWith('ready') ? undefined : failureOf(text, place));
    });
    child.once('error', (cause) => resolve(new LabError('INTERNAL', cause.message, { cause })));
  });
}

function failureOf(text: string, { log }: Place): LabError {
  try {
    const { code, message }: { readonly code: Code; readonly message: string } = JSON.parse(text);
    return new LabError(code, message);
  } catch (cause) {
    return new LabError('INTERNAL', `The lab server ended before it was ready; ${log} says why.`, { cause });
  }
}
