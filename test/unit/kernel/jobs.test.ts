import { expect, test } from 'vitest';
import type { Locked, Outcome } from '../../../src/kernel/call/steps.ts';
import { Jobs, type Work } from '../../../src/kernel/jobs.ts';
import type { Job } from '../../../src/sdk/index.ts';

const longMs = 60_000;
const good: Outcome = { ok: true, data: { a: 1 } };
const stopped = (stop: AbortSignal): Outcome => ({ ok: false, error: stop.reason });

interface Asked {
  readonly id?: string;
  readonly effect?: 'read' | 'change';
  readonly signal?: AbortSignal;
  readonly stop?: AbortSignal;
}

const never = new AbortController().signal;
const asked = ({ id = 'job1', effect = 'change', signal = never, stop = never }: Asked = {}) =>
  ({ request: { id, signal, stop }, effect }) as unknown as Locked;

/** Work that goes on until it is told to stop, or to end well. */
function work() {
  const end = Promise.withResolvers<Outcome>();
  const run = ({ stop, begun }: Work) => {
    begun();
    if (stop.aborted) end.resolve(stopped(stop));
    stop.addEventListener('abort', () => end.resolve(stopped(stop)));
    return end.promise;
  };
  return { run, end: () => end.resolve(good) };
}

test('whoever waits long enough gets the outcome', async () => {
  const jobs = new Jobs(longMs);
  expect(await jobs.answer(asked(), async () => good)).toBe(good);
  expect(jobs.size).toBe(0);
});

test('whoever has waited long gets the id of the job, which goes on', async () => {
  const jobs = new Jobs(1);
  const { run, end } = work();
  expect(await jobs.answer(asked(), run)).toMatchObject({
    ok: false,
    error: { code: 'STILL_RUNNING', details: { job_id: 'job1' } },
  });
  expect(jobs.size).toBe(1);
  const ended = jobs.ended('job1');
  end();
  await ended;
  expect(jobs.size).toBe(0);
});

test.each(['before', 'after'])('a caller who hangs up %s the work began loses nothing but the wait', async (when) => {
  const jobs = new Jobs(longMs);
  const gone = new AbortController();
  const { run, end } = work();
  if (when === 'before') gone.abort();
  const answer = jobs.answer(asked({ signal: gone.signal }), run);
  gone.abort();
  expect(await answer).toMatchObject({ ok: false, error: { code: 'STILL_RUNNING' } });
  expect(jobs.size).toBe(1);
  end();
  await jobs.ended('job1');
});

test.each(['before', 'after'])('a stop that came %s the work began ends it, with its reason', async (when) => {
  const jobs = new Jobs(longMs);
  const stop = new AbortController();
  if (when === 'before') stop.abort(new Error('enough'));
  const answer = jobs.answer(asked({ stop: stop.signal }), work().run);
  stop.abort(new Error('enough'));
  expect(await answer).toMatchObject({ ok: false, error: { message: 'enough' } });
});

test('a cancel reaches the job that was named, and no other', async () => {
  const jobs = new Jobs(longMs);
  const [one, two] = [work(), work()];
  const answers = [jobs.answer(asked({ id: 'one' }), one.run), jobs.answer(asked({ id: 'two' }), two.run)];
  jobs.cancel('one');
  expect(() => jobs.cancel('nobody')).toThrow(
    expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining('Job nobody does not run.') }),
  );
  expect(await answers[0]).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
  expect(jobs.size).toBe(1);
  two.end();
  expect(await answers[1]).toBe(good);
});

test('a server that stops tells every job, and waits for all of them', async () => {
  const jobs = new Jobs(longMs);
  const answers = ['one', 'two', 'three'].map((id) => jobs.answer(asked({ id }), work().run));
  await jobs.stopAll();
  expect(jobs.size).toBe(0);
  for (const answer of await Promise.all(answers))
    expect(answer).toMatchObject({ ok: false, error: { code: 'CANCELLED', message: 'The lab server is stopping.' } });
});

test('a caller who hangs up while it is being written down hears whether it was', async () => {
  const jobs = new Jobs(1);
  const [written, end] = [Promise.withResolvers<void>(), Promise.withResolvers<Outcome>()];
  const gone = AbortSignal.abort();
  const failed = jobs.answer(asked({ id: 'one', signal: gone }), async () => {
    await written.promise;
    throw new Error('The disk is full.');
  });
  const goesOn = jobs.answer(asked({ id: 'two', signal: gone }), async ({ begun }) => {
    await written.promise;
    begun();
    return await end.promise;
  });
  expect(jobs.has('one')).toBe(true);
  written.resolve();
  await expect(failed).rejects.toThrow('The disk is full.');
  expect(await goesOn).toMatchObject({ ok: false, error: { code: 'STILL_RUNNING' } });
  expect([jobs.has('one'), jobs.has('two')]).toEqual([false, true]);
  end.resolve(good);
  await jobs.ended('two');
});

test('none begins once the server stops; reads go on', async () => {
  const jobs = new Jobs(longMs);
  const stopping = jobs.stopAll();
  await expect(jobs.answer(asked(), async () => good)).rejects.toMatchObject({
    code: 'CANCELLED',
    message: 'The lab server is stopping.',
  });
  expect(await jobs.answer(asked({ effect: 'read' }), async () => good)).toBe(good);
  await stopping;
});

test('how a job ended stands before what could be written of it', () => {
  const jobs = new Jobs(longMs);
  const job: Job = {
    ...{ id: 'job1', name: 'job1', owner: 'ada', project: 'demo', tool: 'a_b', status: 'running', startedAt: 'now' },
  };
  expect(jobs.known(job)).toEqual(job);
  jobs.remember('job1', { status: 'done', endedAt: 'then', result: { a: 1 } });
  expect(jobs.known(job)).toEqual({ ...job, status: 'done', endedAt: 'then', result: { a: 1 } });
});

test('the last job that ends says so', async () => {
  const jobs = new Jobs(longMs);
  let idle = 0;
  jobs.onIdle(() => {
    idle += 1;
  });
  const [one, two] = [work(), work()];
  const answers = [jobs.answer(asked({ id: 'one' }), one.run), jobs.answer(asked({ id: 'two' }), two.run)];
  one.end();
  await answers[0];
  expect(idle).toBe(0);
  two.end();
  await answers[1];
  expect(idle).toBe(1);
});

test('a read is no job: it ends with its answer', async () => {
  const jobs = new Jobs(1);
  const answer = jobs.answer(asked({ effect: 'read' }), async () => {
    expect(jobs.size).toBe(0);
    return good;
  });
  expect(await answer).toBe(good);
});

test('a job of an earlier server is waited for until its recovery has ended, however that ends', async () => {
  const jobs = new Jobs(longMs);
  const recovery = Promise.withResolvers<void>();
  jobs.recovering('old', recovery.promise);
  let over = false;
  const ended = jobs.ended('old').then(() => {
    over = true;
  });
  await jobs.ended('nobody');
  expect(over).toBe(false);
  expect(jobs.size).toBe(0);
  expect(() => jobs.cancel('old')).toThrow(
    expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining('which cannot be cancelled') }),
  );
  recovery.reject(new Error('no'));
  await ended;
  await jobs.ended('old');
});
