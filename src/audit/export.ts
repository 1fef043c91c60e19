import { LabError } from '../sdk/index.ts';

/** Where checkpoints are taken to, so that whoever can write the log cannot take them back. */
export interface Target {
  /** As people are told of it. */
  readonly name: string;
  deliver(note: string, signal: AbortSignal): Promise<void>;
}

export interface TargetHealth {
  readonly name: string;
  /** When the first of the failures in a row was, ISO 8601, and why the latest. */
  readonly failing?: { readonly since: string; readonly why: string };
}

export interface Exports {
  /** Takes it to every target, in its own time. */
  take(note: string): void;
  readonly health: readonly TargetHealth[];
  /** Resolves when the last checkpoint is where it belongs, or after a few seconds. */
  close(): Promise<void>;
}

export interface ExportOptions {
  readonly targets: readonly Target[];
  /** Told of the first failure in a row, and of its end. */
  trouble?(message: string, fields: object): void;
  readonly patienceMs?: number;
  /** Before the second try; each pause after it is twice as long, up to a minute. */
  readonly pauseMs?: number;
}

const longestPauseMs = 60_000;
const longestCloseMs = 5_000;

/** A target that fails is tried again until it takes the newest checkpoint: that one says all that the ones before it said. */
export function exports({ targets, ...options }: ExportOptions): Exports {
  const lanes = targets.map((target) => lane(target, options));
  return {
    take(note) {
      for (const one of lanes) one.take(note);
    },
    get health() {
      return lanes.map((one) => one.health);
    },
    close: async () => void (await Promise.all(lanes.map((one) => one.close()))),
  };
}

function lane(
  target: Target,
  { trouble = () => {}, patienceMs = 10_000, pauseMs = 1_000 }: Omit<ExportOptions, 'targets'>,
) {
  let next: string | undefined;
  let failing: TargetHealth['failing'];
  let pause = pauseMs;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let closed = false;

  function go(): void {
    if (working || timer || next === undefined) return;
    const note = next;
    next = undefined;
    working = deliver(note).finally(() => {
      working = undefined;
      go();
    });
  }

  async function deliver(note: string): Promise<void> {
    const late = new AbortController();
    const { signal } = late;
    const patience = setTimeout(() => {
      failed(new Error(`no answer within ${patienceMs / 1000} s`));
      late.abort();
    }, patienceMs).unref();
    try {
      // One that does not answer is told of at once, and not asked again before it has.
      await target.deliver(note, signal);
      if (!signal.aborted) arrived();
    } catch (reason) {
      if (!signal.aborted) failed(reason);
    } finally {
      clearTimeout(patience);
    }
    if (failing) again(note);
  }

  function arrived(): void {
    if (failing) trouble('checkpoints are exported again', { to: target.name });
    failing = undefined;
    pause = pauseMs;
  }

  function failed(reason: unknown): void {
    const why = reason instanceof LabError ? reason.message : String(Object(reason).code ?? Object(reason).message);
    if (!failing) trouble('a checkpoint was not exported; it is tried again', { to: target.name, why });
    failing = { since: failing?.since ?? new Date().toISOString(), why };
  }

  function again(note: string): void {
    if (closed) return;
    next ??= note;
    timer = setTimeout(() => {
      timer = undefined;
      go();
    }, pause).unref();
    pause = Math.min(2 * pause, longestPauseMs);
  }

  return {
    take(note: string) {
      next = note;
      go();
    },
    get health(): TargetHealth {
      return { name: target.name, ...(failing && { failing }) };
    },
    /** Its last word gets one more try, whatever came before. */
    async close() {
      closed = true;
      clearTimeout(timer);
      timer = undefined;
      go();
      const enough = new AbortController();
      await Promise.race([idle(), waited(longestCloseMs, enough.signal)]);
      enough.abort();
    },
  };

  async function idle(): Promise<void> {
    while (working) await working;
  }
}

const waited = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
