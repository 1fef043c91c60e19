import { expect, test } from 'vitest';
import { fastVerifier, verifier } from '../../src/audit/verify.ts';
import { examine, intact, sample, scratch } from '../support/audit/index.ts';

test.each([['strict', verifier] as const, ['fast', fastVerifier] as const])(
  'every bit of a log of a hundred records counts, for the %s verifier',
  async (_, verifying) => {
    using log = scratch();
    const files = await sample(log.dir, 92);
    expect(examine(files, verifying())).toMatchObject({ ok: true, records: 100, recoveries: 1, closed: true });
    const unseen: string[] = [];
    for (const [name, bytes] of files)
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const at = bit >> 3;
        const before = bytes[at] ?? 0;
        bytes[at] = before ^ (1 << (bit & 7));
        if (intact(files, verifying)) unseen.push(`${name} bit ${bit}`);
        bytes[at] = before;
      }
    expect(unseen).toEqual([]);
  },
);
