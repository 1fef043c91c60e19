import { expect, test } from 'vitest';
import { fastVerifier, verifier } from '../../src/audit/verify.ts';
import { examine, sample, scratch, unseenBits } from '../support/audit/index.ts';

test.each([['strict', verifier] as const, ['fast', fastVerifier] as const])(
  'every bit of a log of a hundred records counts, for the %s verifier',
  async (_, verifying) => {
    using log = scratch();
    const files = await sample(log.dir, 92);
    expect(examine(files, verifying())).toMatchObject({ ok: true, records: 100, recoveries: 1, closed: true });
    expect(unseenBits(files, verifying)).toEqual([]);
  },
);
