import { AsyncLocalStorage } from 'node:async_hooks';
import { type Address, type Effect, LabError, type PortName, portVerbs } from '../sdk/index.ts';
import { addressText } from './address.ts';
import { asked } from './asks.ts';

/** What is told of every door, for the audit log. `refused` may follow `open`, when it was the world that showed the trick. */
export interface DoorEvent {
  readonly port: PortName;
  readonly verb: string;
  readonly what: string;
  readonly phase: 'open' | 'close' | 'refused';
  readonly bytesIn?: number;
  readonly bytesOut?: number;
}

/** One use of one verb, as the port's own code sees it. */
export interface Door {
  readonly signal: AbortSignal;
  took(bytes: number): void;
  gave(bytes: number): void;
  /** A pipe keeps its door open after the verb has answered; the function shuts it. */
  keep(): () => void;
}

/** A port as its own code has it: every verb is first told through which door it was called. */
export type Behind<P> = {
  readonly [V in keyof P]: P[V] extends (...args: infer A) => infer R ? (door: Door, ...args: A) => R : never;
};

/** What all doors of one plugin share. */
export interface House {
  readonly signal: AbortSignal;
  /** Throws FORBIDDEN for what was not granted; answers what it may do to the world. */
  admit(port: PortName, verb: string, args: readonly unknown[]): Effect;
  tell(event: DoorEvent): void;
}

/** Doors that lead nowhere outside labwarden are not worth a line. */
const silent: readonly PortName[] = ['state', 'clock', 'random'];

/** The port that a plugin gets: arguments checked, grants checked, dead once the signal has aborted, every use told. */
export const doors = (port: PortName, behind: object, house: House): object =>
  Object.fromEntries(
    Object.keys(portVerbs[port]).map((verb) => [verb, (...args: unknown[]) => use(port, verb, args, behind, house)]),
  );

async function use(port: PortName, verb: string, given: readonly unknown[], behind: object, house: House) {
  house.signal.throwIfAborted();
  const args = asked(port, verb, given);
  const told = teller(port, verb, args, house);
  await refusedAloud(told, () => house.admit(port, verb, args));
  told('open');
  const { door, close, kept } = opened(house.signal, told);
  try {
    const answer = await refusedAloud(told, () => Reflect.apply(Reflect.get(behind, verb), behind, [door, ...args]));
    house.signal.throwIfAborted();
    return answer;
  } catch (reason) {
    house.signal.throwIfAborted();
    throw reason;
  } finally {
    if (!kept()) close();
  }
}

type Tell = (phase: DoorEvent['phase'], bytes?: { readonly bytesIn: number; readonly bytesOut: number }) => void;

const teller = (port: PortName, verb: string, args: readonly unknown[], house: House): Tell =>
  silent.includes(port)
    ? () => {}
    : // The end of a connection is told as a deed of whoever opened it.
      AsyncLocalStorage.bind((phase, bytes) => house.tell({ port, verb, what: shown(port, args), phase, ...bytes }));

async function refusedAloud<T>(told: Tell, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (reason) {
    if (reason instanceof LabError && reason.code === 'FORBIDDEN') told('refused');
    throw reason;
  }
}

function opened(signal: AbortSignal, told: Tell) {
  const bytes = { bytesIn: 0, bytesOut: 0 };
  let kept = false;
  const close = () => told('close', bytes);
  const keep = () => {
    kept = true;
    return close;
  };
  const took = (count: number) => {
    bytes.bytesIn += count;
  };
  const gave = (count: number) => {
    bytes.bytesOut += count;
  };
  const door: Door = { signal, took, gave, keep };
  return { door, close, kept: () => kept };
}

/** Names, paths and addresses; never what a URL carries after its path. */
function shown(port: PortName, args: readonly unknown[]): string {
  const [first] = args;
  if (port === 'dial') return addressText(first as Address);
  const words = [...args, ...subjectsOf(args)].filter((argument) => typeof argument === 'string');
  return [...new Set(words)]
    .map((word) => (port === 'http' && URL.canParse(word) ? bare(new URL(word)) : word))
    .join(' ');
}

/** Of a template's values those that say what it is about, and no others: they may be secret, and long. */
const subjectsOf = (args: readonly unknown[]): readonly unknown[] =>
  args.flatMap((values) =>
    typeof values === 'object' ? ['path', 'name', 'id'].map((key) => Reflect.get(Object(values), key)) : [],
  );

const bare = ({ origin, pathname }: URL): string => `${origin}${pathname}`;
