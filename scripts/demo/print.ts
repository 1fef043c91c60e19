const width = 74;

/** One line per step, as it happens: what is being done, then how long it took, then what came of it. */
export async function step<T>(
  what: string,
  work: () => Promise<T>,
  show: (result: T) => readonly string[] = () => [],
): Promise<T> {
  const began = performance.now();
  const live = process.stdout.isTTY;
  if (live) process.stdout.write(`  … ${what}`);
  try {
    const result = await work();
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    process.stdout.write(`${live ? '\r' : ''}  ✓ ${what.padEnd(width - took.length)} ${took}\n`);
    for (const line of show(result)) process.stdout.write(`      ${line}\n`);
    return result;
  } catch (reason) {
    process.stdout.write(`${live ? '\r' : ''}  ✗ ${what}\n`);
    throw reason;
  }
}
