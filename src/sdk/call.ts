/** A step that was about to change the world, as `recover` reads it after a crash. */
export interface Note {
  readonly step: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Progress {
  readonly done: number;
  readonly total?: number;
  readonly message: string;
}

/** How one call is stopped, remembered and followed. It is over when its signal has aborted. */
export interface Call {
  readonly id: string;
  /** Aborts with the LabError that says why. Features and ports of this call already listen to it. */
  readonly signal: AbortSignal;
  /**
   * Await it before a change of the world that `recover` could not find out about by looking: once it resolves, a crash can no
   * longer forget the step. The call's intent, with its input, is durable before `run` begins; that alone may be enough.
   */
  note(step: string, data?: Note['data']): Promise<void>;
  progress(progress: Progress): void;
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Bytes both ways, one piece at a time: nobody sends what was not asked for. Lives until closed, or until its call is over. */
export interface Pipe {
  /** The next bytes, at most 64 KiB of them; `undefined` when the other end has closed. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves once the other end has taken the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
