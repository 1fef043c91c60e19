import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { call } from '../../src/kernel/call/call.ts';
import type { Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import type { Lab } from '../../src/kernel/lab.ts';
import { type AnyOperation, LabError } from '../../src/sdk/index.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, me, openLab, type TestLab } from '../support/lab.ts';

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(await labFiles(folder.path));
  expect(await lab.ask('cluster_define', { topology_name: 'solo' })).toMatchObject({ ok: true });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const solo = { cluster_name: 'solo' };
const never = new AbortController().signal;
const request = (tool: string, more: Partial<Request> = {}): Request => ({
  ...{ id: newCallId(), principal: me, tool, args: solo, signal: never, stop: never },
  ...more,
});
const refused = (code: string, message = '') => ({
  ok: false,
  error: { code, message: expect.stringContaining(message) },
});

/** The same lab, whose disk takes its time over what a call is about to do. */
function slowDisk({ lab: { state, ...rest } }: TestLab) {
  const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const durable = async () => {
    reached.resolve();
    await goOn.promise;
    await state.durable();
  };
  const { resolve, reject } = goOn;
  return { lab: { ...rest, state: { ...state, durable } }, reached: reached.promise, goOn: resolve, fail: reject };
}

describe('while it is being written down', () => {
  test('a job can be cancelled, and does not run', async () => {
    const { lab: slow, reached, goOn } = slowDisk(lab);
    using told = vi.spyOn(lab.lab.jobs, 'cancel');
    const start = request('cluster_start');
    const ended = call(slow, start);
    await reached;
    const cancelled = lab.ask('job_cancel', { job_id: start.id });
    await vi.waitFor(() => expect(told).toHaveBeenCalledWith(start.id));
    goOn();
    expect(await cancelled).toMatchObject({ ok: true, data: { job_id: start.id } });
    expect(await ended).toMatchObject(refused('CANCELLED', 'The job was cancelled by job_cancel.'));
    expect(await lab.ask('cluster_status', solo)).toMatchObject({ data: { nodes: [{ domain_state: 'stopped' }] } });
  });

  test.each([
    ['goes on', refused('STILL_RUNNING')],
    ['fails', refused('AUDIT_UNAVAILABLE', 'Nothing was done.')],
  ] as const)('a caller who hangs up hears only then whether there is a job: it %s', async (disk, answer) => {
    const { lab: slow, reached, goOn, fail } = slowDisk(lab);
    const gone = new AbortController();
    const start = request('cluster_start', { signal: gone.signal });
    const ended = call(slow, start);
    await reached;
    gone.abort();
    if (disk === 'fails') fail(Object.assign(new Error('EIO'), { code: 'EIO' }));
    else goOn();
    expect(await ended).toMatchObject(answer);
    await lab.lab.jobs.ended(start.id);
    expect(await lab.agree('cluster_stop', { ...solo, mode: 'destroy' })).toMatchObject({ ok: true });
  });

  test('a server that stops waits for it, and writes down how it ended', async () => {
    await using own = await ownFolder();
    const files = await labFiles(own.path);
    const first = await openLab(files);
    await first.ask('cluster_define', { topology_name: 'solo' });
    const { lab: slow, reached, goOn } = slowDisk(first);
    const start = request('cluster_start');
    const ended = call(slow, start);
    await reached;
    const closed = first[Symbol.asyncDispose]();
    goOn();
    await closed;
    expect(await ended).toMatchObject(refused('CANCELLED', 'The lab server is stopping.'));
    await using again = await openLab(files);
    expect(await again.lab.state.byId('job', start.id)).toMatchObject({ status: 'failed' });
    expect(await again.records(start.id)).toMatchObject([
      { kind: 'intent' },
      { kind: 'outcome', data: { code: 'CANCELLED' } },
    ]);
  });

  test('a disk that fails lets nothing be done, and the log says so once', async () => {
    await using own = await ownFolder();
    const files = await labFiles(own.path);
    const define = request('cluster_define', { args: { topology_name: 'solo' } });
    const outcome = { kind: 'outcome', data: { code: 'AUDIT_UNAVAILABLE', begun: false } };
    const lines = [{ kind: 'intent' }, outcome, { kind: 'decision' }];
    {
      await using first = await openLab(files);
      const durable = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
      const failing = { ...first.lab, state: { ...first.lab.state, durable } };
      expect(await call(failing, define)).toMatchObject(refused('AUDIT_UNAVAILABLE', '(EIO). Nothing was done.'));
      expect(await first.lab.state.all('cluster')).toEqual([]);
      expect(first.lab.locks.size).toBe(0);
      expect(await first.records(define.id)).toMatchObject(lines);
    }
    await using again = await openLab(files);
    await again.kernel.recovered;
    expect(await again.records(define.id)).toMatchObject(lines);
  });
});

describe('its end', () => {
  /** The same lab, whose state refuses so many ends. */
  const forgetful = (times: number): Lab => {
    let left = times;
    const { settle } = lab.lab.state;
    const state = {
      ...lab.lab.state,
      settle: async (...end: Parameters<typeof settle>) => {
        left -= 1;
        if (left >= 0) throw new Error('database or disk is full');
        await settle(...end);
      },
    };
    return { ...lab.lab, state };
  };

  test('is written once there is room, and its caller never knows', async () => {
    const start = request('cluster_start');
    expect(await call(forgetful(2), start)).toMatchObject({ ok: true });
    expect(await lab.lab.state.byId('job', start.id)).toMatchObject({ status: 'done' });
  });

  test('is known though it could not be written, and there is nothing left to cancel', async () => {
    const start = request('cluster_start');
    expect(await call(forgetful(99), start)).toMatchObject(refused('OUTCOME_UNKNOWN', 'was not recorded'));
    const one = { job_id: start.id };
    expect(await lab.lab.state.byId('job', start.id)).toMatchObject({ status: 'running' });
    expect(await lab.ask('job_get', { ...one, wait_s: 40 })).toMatchObject({
      data: { status: 'done', ended_at: expect.any(String), result: { cluster_name: 'solo' } },
    });
    expect(await lab.ask('job_cancel', one)).toMatchObject(refused('CONFLICT', 'has ended already: done.'));
    expect(await lab.ask('job_list', { status: 'running' })).toEqual({ ok: true, data: { jobs: [] } });
    expect(lab.lab.locks.size).toBe(0);
  });

  test('is unknown when the log cannot tell of it', async () => {
    const { append } = lab.lab.audit;
    const audit = {
      ...lab.lab.audit,
      append: async (entry: Parameters<typeof append>[0]) => {
        if (entry.kind === 'outcome') throw new LabError('AUDIT_UNAVAILABLE', 'The disk is full.');
        return await append(entry);
      },
    };
    const start = request('cluster_start');
    expect(await call({ ...lab.lab, audit }, start)).toMatchObject(refused('OUTCOME_UNKNOWN'));
    expect(await lab.ask('job_get', { job_id: start.id })).toMatchObject({
      data: { status: 'unknown', error: { code: 'OUTCOME_UNKNOWN' } },
    });
  });
});

describe('whoever only looks and never answers', () => {
  const reached = { hanging: () => {} };
  const hang = (): Promise<never> => {
    reached.hanging();
    return new Promise(() => {});
  };
  const destroy = (changed: object): Lab => {
    const entry = lab.lab.operations.get('cluster_destroy');
    if (!entry) throw new Error('It is there.');
    const operation = { ...entry.operation, ...changed } as AnyOperation;
    return { ...lab.lab, operations: new Map([...lab.lab.operations, ['cluster_destroy', { ...entry, operation }]]) };
  };
  /** Under the lock it is made for the third time. */
  const hangingPreview = () => {
    let left = 2;
    const preview = async () => {
      left -= 1;
      return left < 0 ? await hang() : { summary: 'It goes.', effects: [] };
    };
    return destroy({ preview });
  };
  const hangingState = (): Lab => {
    const providers = { ready: async () => ({ ...lab.lab.providers.get('main'), state: hang }) };
    return { ...lab.lab, providers: providers as unknown as Lab['providers'] };
  };
  const hanging = {
    'a check': () => destroy({ check: hang }),
    'a judgement of its own effect': () => destroy({ effectOf: hang }),
    'a preview under the lock': hangingPreview,
    'a provider': hangingState,
  };

  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** A destroy that stands still at what hangs. */
  async function stuck(inLab: Lab, more: Partial<Request> = {}) {
    const at = Promise.withResolvers<void>();
    reached.hanging = at.resolve;
    const asking = call(inLab, request('cluster_destroy'));
    const asked = await Promise.race([asking, at.promise]);
    if (!asked || asked.ok) return { id: '', ended: asking };
    const { question, plan, expect: typed } = asked.error.details;
    const answer = { question: String(question), plan: String(plan), said: 'yes', typed: String(typed) } as const;
    const id = newCallId();
    const ended = call(inLab, request('cluster_destroy', { ...more, id, answer }));
    await at.promise;
    return { id, ended };
  }

  test.each(Object.entries(hanging))(
    '%s: after a minute and a half the call ends, and holds nothing',
    async (_, make) => {
      const { ended } = await stuck(make());
      // The log has a deadline of its own.
      await lab.lab.audit.flush();
      await vi.advanceTimersByTimeAsync(90_000);
      expect(await ended).toMatchObject(refused('TIMEOUT', 'The call ran out of time.'));
      expect(lab.lab.locks.size).toBe(0);
    },
  );

  test('keeps nobody who hangs up, and whoever comes meanwhile is not sent to a job', async () => {
    const gone = new AbortController();
    const { id, ended } = await stuck(hangingPreview(), { signal: gone.signal });
    const busy = await lab.ask('cluster_start', solo);
    expect(busy).toMatchObject(refused('BUSY', 'It is no job yet: repeat this in a moment.'));
    expect(busy).not.toHaveProperty('error.details.job');
    gone.abort();
    expect(await ended).toMatchObject(refused('CANCELLED'));
    expect(lab.lab.locks.size).toBe(0);
    expect(await lab.records(id)).toMatchObject([{ kind: 'decision', data: { code: 'CANCELLED' } }]);
  });
});
