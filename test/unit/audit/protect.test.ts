import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAuditLog } from '../../../src/audit/index.ts';
import { protectionOf } from '../../../src/kernel/audit-targets.ts';
import { filesOf, scratch, unsynced } from '../../support/audit/index.ts';

/** Whether this host can, where tests keep their files. */
function can(): boolean {
  using folder = scratch();
  const path = join(folder.dir, 'x');
  writeFileSync(path, '');
  try {
    execFileSync('chattr', ['+a', '--', path], { stdio: 'ignore' });
    execFileSync('chattr', ['-a', '--', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const protect = (appendOnly: 'auto' | 'require') => protectionOf({ appendOnly });

test.skipIf(!can())(
  'files of the log can only grow where the host can do that, also after rotation and in later lives',
  async () => {
    using folder = scratch();
    const { dir } = folder;
    try {
      for (const _life of [1, 2]) {
        await using log = await openAuditLog({ dir, segmentBytes: 1, ...protect('require') });
        await log.append({ kind: 'effect' });
        await log.append({ kind: 'effect' });
        expect(log.health.appendOnly).toBe('on');
      }
      const paths = filesOf(dir).map(([name]) => join(dir, name));
      expect(paths.length).toBeGreaterThan(4);
      for (const path of paths) {
        expect(() => truncateSync(path)).toThrow('EPERM');
        expect(() => rmSync(path)).toThrow('EPERM');
        expect(() => writeFileSync(path, 'x', { flag: 'r+' })).toThrow('EPERM');
      }
      // A torn tail is recovered all the same.
      appendFileSync(paths.at(-1) ?? '', '{"v":1');
      await (await openAuditLog({ dir, ...protect('require') }))[Symbol.asyncDispose]();
    } finally {
      for (const [name] of filesOf(dir)) execFileSync('chattr', ['-a', '--', join(dir, name)]);
    }
  },
);

const cannot = { appendOnly: () => Promise.reject(new Error('Operation not supported')) };

test('where the host cannot, the log says so and goes on', async () => {
  using folder = scratch();
  await using log = await openAuditLog({
    ...{ dir: folder.dir, fs: unsynced },
    protect: { required: false, ...cannot },
  });
  expect(await log.append({ kind: 'effect' })).toBe(1);
  expect(log.health.appendOnly).toEqual({ failed: 'Operation not supported' });
});

test('where it must be and cannot, nothing is written', async () => {
  using folder = scratch();
  const opening = openAuditLog({ ...{ dir: folder.dir, fs: unsynced }, protect: { required: true, ...cannot } });
  await expect(opening).rejects.toMatchObject({
    code: 'AUDIT_UNAVAILABLE',
    message: expect.stringContaining('cannot be made append-only: Operation not supported'),
  });
  expect(filesOf(folder.dir).map(([, bytes]) => bytes.length)).toEqual([0]);
});
