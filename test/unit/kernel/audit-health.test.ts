import { expect, test } from 'vitest';
import { saidHealth } from '../../../src/kernel/audit-health.ts';

const well = { hanging: false, appendOnly: 'off', exports: [{ name: 'a' }] } as const;

test('a log that is well is ok, and whatever is not well is named', () => {
  expect(saidHealth(well)).toBe('ok');
  expect(saidHealth({ ...well, appendOnly: 'on' })).toBe('ok; append-only');
  const failing = { since: '2026-11-20T08:00:00.000Z', why: 'ENOSPC' };
  const exports = [{ name: 'a' }, { name: '/mnt/notes', failing }];
  expect(saidHealth({ poisoned: 'EIO', hanging: true, appendOnly: { failed: 'no' }, exports })).toBe(
    'EIO, and the disk still hangs; export to /mnt/notes fails since 2026-11-20T08:00:00.000Z (ENOSPC); not append-only (no)',
  );
});
