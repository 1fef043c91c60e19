import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { type Fault, faulty } from '../support/audit/index.ts';
import { ownFolder } from '../support/folder.ts';
import { type LabFiles, labFiles, openLab, type TestLab } from '../support/lab.ts';

const life = [
  ['cluster_define', { topology_name: 'solo' }],
  ['cluster_start', { cluster_name: 'solo' }],
  ['cluster_stop', { cluster_name: 'solo', mode: 'destroy' }],
  ['cluster_destroy', { cluster_name: 'solo', remove_overlays: true }],
] as const;

const world = async (lab: TestLab) => JSON.stringify(await lab.world());

/** One change. Answers whether it was done; what changed the world was written down before, and what was refused changed nothing. */
async function done(lab: TestLab, [tool, args]: readonly [string, object], durable: () => string): Promise<boolean> {
  const before = await world(lab);
  const id = `call-${tool}`;
  const outcome = await lab.agree(tool, args, { id });
  const code = outcome.ok ? 'ok' : outcome.error.code;
  const changed = (await world(lab)) !== before;
  expect(['ok', 'AUDIT_UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(code);
  if (changed) expect(durable()).toContain(`"kind":"intent","op":"${id}"`);
  if (code === 'AUDIT_UNAVAILABLE') expect(changed).toBe(false);
  return code === 'ok';
}

/** Every change of a cluster's life, until the disk of the log lets one of them down: then there are no more. */
async function lived(lab: TestLab, durable: () => string): Promise<void> {
  for (const change of life)
    if (!(await done(lab, change, durable))) {
      expect(lab.lab.audit.health.poisoned).toBeDefined();
      const before = await world(lab);
      const next = await lab.ask('cluster_define', { topology_name: 'red' });
      expect(next).toMatchObject({ ok: false, error: { code: 'AUDIT_UNAVAILABLE' } });
      expect(await world(lab)).toBe(before);
      break;
    }
  // Reads go on, whatever the log can do.
  expect(await lab.ask('cluster_list')).toMatchObject({ ok: true });
}

/** Answers whether the fault came to pass, and the log's verdict right after. */
async function suffered(files: LabFiles, fault: Fault, where: string) {
  const disk = faulty(fault);
  const opened = await openLab(files, { audit: { fs: disk.fs, patienceMs: 100 } }).catch((reason) => {
    expect(reason, where).toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });
  if (opened) {
    await lived(opened, () => disk.told.durable);
    await opened[Symbol.asyncDispose]();
  }
  const { exitCode } = await verifyAudit(join(files.dir, 'state/audit'));
  return { struck: disk.told.struck, exitCode };
}

/** What the faults leave behind is at most a torn line. */
const untampered = [0, 2];

test.each(['shortWrite', 'failedWrite', 'failedSync'] as const)(
  'whichever %s it is, nothing happens without a durable intent, and the next start makes the log whole',
  async (kind) => {
    for (let at = 1; ; at += 1) {
      await using folder = await ownFolder();
      const files = await labFiles(folder.path);
      const { struck, exitCode } = await suffered(files, { [kind]: at }, `${kind} ${at}`);
      expect(untampered, `${kind} ${at}`).toContain(exitCode);
      {
        await using again = await openLab(files);
        await again.kernel.recovered;
        expect(again.lab.audit.health.poisoned).toBeUndefined();
        expect(await again.lab.state.unsettled(), `${kind} ${at}`).toEqual([]);
      }
      const report = await verifyAudit(join(files.dir, 'state/audit'));
      expect(report, `${kind} ${at}`).toMatchObject({ exitCode: 0, closed: true, problems: [] });
      if (!struck) return expect(at).toBeGreaterThan(8);
    }
  },
);

test.each(['hungWrite', 'hungSync'] as const)(
  'whichever %s it is, the call that waits is answered, and no change after it goes through',
  async (kind) => {
    for (let at = 1; ; at += 1) {
      await using folder = await ownFolder();
      const { struck, exitCode } = await suffered(await labFiles(folder.path), { [kind]: at }, `${kind} ${at}`);
      expect(untampered, `${kind} ${at}`).toContain(exitCode);
      if (!struck) return expect(at).toBeGreaterThan(8);
    }
  },
);

test('a device that hangs is given up after five seconds, and status says so', async () => {
  await using folder = await ownFolder();
  const disk = faulty({ hungSync: 3 });
  await using lab = await openLab(await labFiles(folder.path), { audit: { fs: disk.fs } });
  const began = performance.now();
  const outcome = await lab.ask('cluster_define', { topology_name: 'solo' });
  const refused = await lab.ask('cluster_define', { topology_name: 'red' });
  const waitedMs = performance.now() - began;
  expect([outcome, refused]).toMatchObject([{ ok: false }, { ok: false, error: { code: 'AUDIT_UNAVAILABLE' } }]);
  expect(waitedMs).toBeGreaterThan(4_000);
  expect(waitedMs).toBeLessThan(20_000);
  expect(lab.lab.audit.health).toMatchObject({ poisoned: 'the disk did not answer within 5 s', hanging: true });
});
