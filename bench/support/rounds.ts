/** Milliseconds that each of these took, by name. */
export type Times = Readonly<Record<string, number>>;

/** Each of them once a round, in an order that turns around, so that all meet the same weather. A first round that warms up does not count. */
export async function byTurns<N extends string>(
  rounds: number,
  work: Readonly<Record<N, () => Promise<number>>>,
  warmUps = 1,
): Promise<readonly Readonly<Record<N, number>>[]> {
  const names = Object.keys(work) as N[];
  const all: Readonly<Record<N, number>>[] = [];
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const times = {} as Record<N, number>;
    for (const name of round % 2 === 0 ? names : names.toReversed()) times[name] = await work[name]();
    if (round >= warmUps) all.push(times);
  }
  return all;
}

/** How long it took, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The middle one of so many runs in a row. */
export async function middle(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await timed(work));
  return median(times);
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
