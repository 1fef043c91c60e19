/** Fires once, so long after it was first started; then it can be started anew. Keeps no process alive. */
export interface Ticker {
  start(): void;
  stop(): void;
}

export function ticker(ms: number, fire: () => void): Ticker {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    timer = undefined;
    fire();
  };
  return {
    start() {
      timer ??= setTimeout(end, ms).unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
