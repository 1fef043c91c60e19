/** It took too long. It may still happen. */
export class NoAnswer extends Error {}

/** How many parts the time is measured in: of each, a standstill uses up one. */
const parts = 10;

/** Throws NoAnswer when the work takes longer. Time in which this process itself stood still is not the disk's. */
export async function inTime(ms: number, work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => reject(new NoAnswer(`the disk did not answer within ${ms / 1000} s`));
  const wait = (left: number) => {
    timer = setTimeout(() => (left > 1 ? wait(left - 1) : onceHeard(giveUp)), ms / parts);
  };
  wait(parts);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Timers fire before answers are heard that have come meanwhile: those are first. */
const onceHeard = (then: () => void) => setImmediate(() => setImmediate(then));
