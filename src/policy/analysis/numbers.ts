import type { Scalar } from '../attributes.ts';

/** Every constant in order, with a number of each gap before, between and behind them. Odd places are constants. */
export function numbers(constants: readonly Scalar[]): readonly number[] {
  const sorted = [...new Set(constants.filter((value) => typeof value === 'number'))].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const gaps = sorted.map((value, at) => {
    const next = sorted[at + 1];
    return next === undefined ? value + 1 : value + (next - value) / 2;
  });
  return [first - 1, ...sorted.flatMap((value, at) => [value, gaps[at] ?? value + 1])];
}

/** The samples that are in, as ranges: `4`, `more than 8`, `2 to 4`. */
export function intervals(samples: readonly number[], has: (at: number) => boolean): string {
  const runs: string[] = [];
  for (let at = 0; at < samples.length; at += 1) {
    if (!has(at)) continue;
    const from = at;
    while (at + 1 < samples.length && has(at + 1)) at += 1;
    runs.push(range(samples, from, at));
  }
  return runs.join(' or ');
}

/** The place of the gap that a number lies in which is none of the constants. */
export const gapOf = (samples: readonly number[], value: number): number =>
  2 * samples.filter((sample, at) => isConstant(at) && sample < value).length;

const isConstant = (at: number): boolean => at % 2 === 1;

function range(samples: readonly number[], from: number, to: number): string {
  if (from === to && isConstant(from)) return String(samples[from]);
  const low = from === 0 ? '' : isConstant(from) ? `at least ${samples[from]}` : `more than ${samples[from - 1]}`;
  const high =
    to === samples.length - 1 ? '' : isConstant(to) ? `at most ${samples[to]}` : `less than ${samples[to + 1]}`;
  return [low, high].filter(Boolean).join(' and ');
}
