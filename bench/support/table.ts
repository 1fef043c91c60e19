import { median, type Times } from './rounds.ts';

/** One line of the table: what we cost, what the floor costs, and one number made of both. */
export interface Row {
  readonly what: string;
  readonly floor: string;
  readonly ours: string;
  readonly result: string;
  /** What we want the result to be. The reader judges: no benchmark fails. */
  readonly target: string;
  readonly n: number;
}

interface Question<N extends string> {
  readonly what: string;
  readonly floor: N;
  readonly ours: N;
  readonly target: string;
  /** Ours over the floor's unless told otherwise. It is made of the times of one round; the row shows the median. */
  readonly result?: (times: Readonly<Record<N, number>>) => number;
  readonly shown?: (result: number) => string;
  readonly unit?: string;
}

/** The row that answers a question about such rounds. */
export function row<N extends string>(
  rounds: readonly Readonly<Record<N, number>>[],
  question: Question<NoInfer<N>>,
): Row {
  const { what, floor, ours, target, unit = 'ms', shown = times } = question;
  const result = question.result ?? ((round) => round[ours] / round[floor]);
  const middle = (name: N) => `${digits(median(rounds.map((round: Times) => round[name] ?? Number.NaN)))} ${unit}`;
  return {
    ...{ what, floor: middle(floor), ours: middle(ours) },
    ...{ result: shown(median(rounds.map(result))), target, n: rounds.length },
  };
}

const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

/** A result that is a difference. */
export const over = (ms: number): string => `${ms < 0 ? '−' : '+'}${digits(Math.abs(ms))} ms`;

const digits = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

export const print = (rows: readonly Row[]): void => console.table(rows);
