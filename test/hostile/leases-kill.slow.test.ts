import { describe, expect, test, vi } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { labFiles, openLab } from '../support/lab.ts';
import { labProcess, struck } from '../support/lab-process.ts';
import { type Served, served } from '../support/mcp/served.ts';

const second = 1 / 3600;
const policies = [
  {
    version: 1,
    roles: { all: { limits: [{ id: 'short', per: 'person', lease: { default_h: 5 * second, grace_h: second } }] } },
    bindings: [
      { role: 'user', users: ['*'] },
      { role: 'all', users: ['*'] },
    ],
  },
];

type Fault = { readonly at: string; readonly of: string; readonly when: 'before' | 'after'; readonly how: 'freeze' };

const rewritten = ({ dir }: Served, faults: readonly Fault[]) =>
  labFiles(dir, { faults, policies, shipped: ['roles.yaml'], leases: { trash_h: second } });

/** Each step of a lease changes the world here. */
const moments = [
  ['power.shutdown', 'a'],
  ['power.shutdown', 'b'],
  ['lan.remove', 'red'],
  ['define.erase', 'a'],
  ['define.erase', 'b'],
].flatMap(([at = '', of = '']) => (['before', 'after'] as const).map((when) => [when, at, of] as const));

describe('a server that is killed while it ends a lease', () => {
  test.each(moments)('%s %s of %s, has it ended by the next one', async (when, at, of) => {
    await using lab = await served();
    {
      await using first = await openLab(await rewritten(lab, []));
      expect(await first.ask('cluster_define', { topology_name: 'red' })).toMatchObject({ ok: true });
      expect(await first.ask('cluster_start', { cluster_name: 'red' })).toMatchObject({ ok: true });
    }
    await rewritten(lab, [{ at, of, when, how: 'freeze' }]);
    {
      await using server = await labProcess(lab);
      await struck(lab, at);
      await server.kill();
    }
    {
      await using next = await openLab(await rewritten(lab, []));
      await next.kernel.recovered;
      await vi.waitFor(
        async () => {
          await next.kernel.leases.tick();
          expect(await next.lab.state.all('cluster')).toEqual([]);
        },
        { timeout: 60_000, interval: 200 },
      );
      expect((await next.world()).filter((key) => !key.startsWith('struck/'))).toEqual([]);
      expect(await next.lab.state.used({ per: 'project', of: 'default' }, 'disk_gb')).toBe(0);
      expect(next.lab.locks.size).toBe(0);
      const records = await next.records();
      const ops = (kind: string) => records.filter((record) => record.kind === kind).map(({ op }) => op);
      expect(ops('outcome').sort()).toEqual(ops('intent').sort());
    }
    expect(await verifyAudit(`${lab.state}/audit`)).toMatchObject({ ok: true, closed: true, problems: [] });
  });
});
