interface Left extends AsyncDisposable {
  readonly dir: string;
}

/** Ctrl-C at any moment takes away what was made, and so does a failure. */
export function leaving(place: Left, takeAway: () => Promise<void>) {
  let interrupted = false;
  const leave = (code: number): void => {
    if (interrupted) return;
    interrupted = true;
    process.stderr.write('\nInterrupted; taking everything away again.\n');
    const goneOrTold = takeAway().then(
      () => place[Symbol.asyncDispose](),
      (reason) => process.stderr.write(`Something may be left in ${place.dir}: ${reason}\n`),
    );
    void goneOrTold.finally(() => process.exit(code));
  };
  process.on('SIGINT', () => leave(130));
  process.on('SIGTERM', () => leave(143));
  // Nobody reads along any more: the guests must not go on because of that.
  process.stdout.once('error', () => leave(1));
  return {
    /** Says why it failed and takes away what was made; after a Ctrl-C, `leave` ends the process. */
    async failed(reason: unknown): Promise<void> {
      if (interrupted) await new Promise(() => {});
      process.stderr.write(`\n${reason instanceof Error ? reason.message : String(reason)}\n`);
      process.exitCode = 1;
      await takeAway();
    },
  };
}
