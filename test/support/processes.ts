import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** What the kernel tells of one process; empty where it has gone or may not be looked at. */
export const told = (pid: number, what: 'cmdline' | 'environ' | 'limits' | 'status'): string => {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return '';
  }
};

/** All that this process has started, and what that has started. */
export function descendants(of: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(/^PPid:\t(\d+)$/m.exec(told(Number(name), 'status'))?.[1])] as const);
  const below = (pid: number): number[] =>
    parents.flatMap(([child, parent]) => (parent === pid ? [child, ...below(child)] : []));
  return below(of);
}

/** Which of these texts lie in what a process may write to; `undefined` where we may not look. */
export function inMemory(pid: number, texts: readonly string[]): readonly string[] | undefined {
  const regions = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  const found = new Set<string>();
  let looked = 0;
  let memory: number;
  try {
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return undefined;
  }
  for (const [, from = '0', to = '0'] of regions) {
    const bytes = read(memory, BigInt(`0x${from}`), BigInt(`0x${to}`));
    looked += bytes.byteLength;
    for (const text of texts) if (bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le'))) found.add(text);
  }
  closeSync(memory);
  return looked > 0 ? [...found] : undefined;
}

function read(memory: number, from: bigint, to: bigint): Buffer {
  const bytes = Buffer.alloc(Number(to - from));
  try {
    return bytes.subarray(0, readSync(memory, bytes, 0, bytes.byteLength, from as unknown as number));
  } catch {
    return Buffer.alloc(0); // a page that is not there
  }
}
