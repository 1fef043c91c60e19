import { vi } from 'vitest';
import { policy } from '../../src/cli/policy.ts';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The exit code of `labwarden policy`, and all that it says. */
export async function said(...args: readonly string[]): Promise<Said> {
  const texts = { out: '', err: '' };
  const into = (name: 'out' | 'err') => (piece: string | Uint8Array) => {
    texts[name] += String(piece);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err')),
  ];
  try {
    return { code: await policy(args), ...texts };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
