import { type Job, LabError } from '../sdk/index.ts';
import type { Settlement } from '../state/index.ts';
import type { Locked, Outcome } from './call/steps.ts';

export interface Work {
  readonly stop: AbortSignal;
  /** It is written down: from here on the caller may leave. */
  begun(): void;
}

type Progress = NonNullable<Job['progress']>;
type Ended = Pick<Settlement, 'status' | 'endedAt' | 'result' | 'error'>;

interface Running {
  readonly stop: AbortController;
  readonly done: Promise<Outcome>;
  progress?: Progress;
}

/** The changes that run right now. What they did and how they ended is in the state; here is how to reach them. */
export class Jobs {
  readonly #running = new Map<string, Running>();
  readonly #recovering = new Map<string, Promise<unknown>>();
  readonly #unwritten = new Map<string, Pick<Job, 'status' | 'endedAt' | 'result' | 'error'>>();
  readonly #answerWithinMs: number;
  #onIdle: () => void = () => {};
  #stopping = false;

  constructor(answerWithinMs: number) {
    this.#answerWithinMs = answerWithinMs;
  }

  /**
   * A read is over when its caller gets the answer. A change goes on without its caller, who gets the job's id after a while.
   * Throws CANCELLED when the server is stopping.
   */
  async answer(
    { request, effect }: Pick<Locked, 'request' | 'effect'>,
    work: (job: Work) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (effect === 'read') return await work({ stop: request.stop, begun: () => {} });
    if (this.#stopping) throw stopping();
    const begun = Promise.withResolvers<void>();
    const stop = new AbortController();
    const forward = () => stop.abort(request.stop.reason);
    if (request.stop.aborted) forward();
    request.stop.addEventListener('abort', forward, { once: true });
    const done = work({ stop: stop.signal, begun: begun.resolve }).finally(() => {
      request.stop.removeEventListener('abort', forward);
      this.#running.delete(request.id);
      if (this.#running.size === 0) this.#onIdle();
    });
    this.#running.set(request.id, { stop, done });
    const late = begun.promise.then(() => this.#late(request.id, request.signal, done));
    return await Promise.race([done, late]);
  }

  /** Kept here while it runs; how it ended is written down together with what it said last. */
  says(id: string, progress: Progress): void {
    const job = this.#running.get(id);
    if (job) job.progress = progress;
  }

  saidLast(id: string): Progress | undefined {
    return this.#running.get(id)?.progress;
  }

  get size(): number {
    return this.#running.size;
  }

  onIdle(listener: () => void): void {
    this.#onIdle = listener;
  }

  /** Whether somebody can wait for it. */
  has(id: string): boolean {
    return this.#running.has(id) || this.#recovering.has(id);
  }

  /** Throws CONFLICT when there is nothing to stop. */
  cancel(id: string): void {
    const job = this.#running.get(id);
    if (!job) throw this.#recovering.has(id) ? beingRecovered(id) : notRunning(id);
    job.stop.abort(new LabError('CANCELLED', 'The job was cancelled by job_cancel.'));
  }

  /** How a job ended whose end could not be written. It is known for as long as this server runs. */
  remember(id: string, { status, endedAt, result, error }: Ended): void {
    this.#unwritten.set(id, { status, endedAt, ...(result && { result }), ...(error && { error }) });
  }

  /** The job as it is, also where the state could not be told. */
  known(job: Job): Job {
    const progress = this.saidLast(job.id);
    return { ...job, ...(progress && { progress }), ...this.#unwritten.get(job.id) };
  }

  /** A job of an earlier server, which ends when its recovery does. It keeps no server alive and cannot be cancelled. */
  recovering(id: string, done: Promise<unknown>): void {
    this.#recovering.set(id, done);
    const over = () => this.#recovering.delete(id);
    done.then(over, over);
  }

  /** Resolves when the job has ended; at once when it does not run. */
  async ended(id: string): Promise<void> {
    await Promise.allSettled([this.#running.get(id)?.done ?? this.#recovering.get(id)]);
  }

  /** Told to stop, every one of them, and waited for: each has its own grace period. None begins after this. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort(stopping());
    await Promise.allSettled(all.map(({ done }) => done));
  }

  #late(id: string, gone: AbortSignal, done: Promise<unknown>): Promise<Outcome> {
    return new Promise((resolve) => {
      const answer = () => resolve({ ok: false, error: stillRunning(id) });
      const timer = setTimeout(answer, this.#answerWithinMs);
      const over = () => {
        clearTimeout(timer);
        gone.removeEventListener('abort', answer);
      };
      if (gone.aborted) answer();
      gone.addEventListener('abort', answer, { once: true });
      done.then(over, over);
    });
  }
}

const stopping = () => new LabError('CANCELLED', 'The lab server is stopping.');

const beingRecovered = (id: string) =>
  new LabError(
    'CONFLICT',
    `Job ${id} was begun by an earlier lab server and is being recovered, which cannot be cancelled. Wait for it with job_get.`,
  );

const notRunning = (id: string) =>
  new LabError('CONFLICT', `Job ${id} does not run. job_get shows what is known of it.`);

const stillRunning = (id: string) =>
  new LabError('STILL_RUNNING', `The job goes on as ${id}. Ask job_get for it; job_cancel ends it.`, {
    details: { job_id: id },
  });
