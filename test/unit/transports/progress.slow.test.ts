import { expect, test } from 'vitest';
import { eras, type Spoken, speak } from '../../support/mcp/eras.ts';
import { type Message, serveRaw } from '../../support/mcp/raw.ts';
import { served } from '../../support/mcp/served.ts';

const ticks = (heard: readonly Message[]) => heard.filter(({ method }) => method === 'notifications/progress');

/** Those that came after the answer to this very call. */
const late = (heard: readonly Message[], id: number) => ticks(heard.slice(heard.findIndex((one) => one.id === id)));

test.each(eras)('progress is told until the call is answered, and never after, %s', async (era) => {
  await using lab = await served({ plugins: ['test/support/ticker'], limits: { answer_within_s: 1 } });
  await using raw = serveRaw(lab);
  const spoken: Spoken = await speak(raw, era);
  await spoken.call('cluster_define', { topology_name: 'solo' });
  const params = spoken.params('cluster_tick', { cluster_name: 'solo' });
  const asking = { ...params, _meta: { ...Object(params)._meta, progressToken: 'how far?' } };
  raw.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: asking });
  const { content } = Object((await raw.answer(1))?.result);
  const { code, details } = JSON.parse(content[1].text);
  expect(code).toBe('STILL_RUNNING');
  expect(ticks(raw.heard)[0]?.params).toMatchObject({ progressToken: 'how far?', progress: 1, message: '1 ticks' });

  const job = (more: object) => spoken.call('job_get', { job_id: details.job_id, ...more });
  const before = Object((await job({}))?.result).structuredContent.progress;
  await job({ wait_s: 1 });
  expect(Object((await job({}))?.result).structuredContent.progress).not.toBe(before);
  expect(late(raw.heard, 1)).toEqual([]);
  await spoken.call('job_cancel', { job_id: details.job_id });
});

test('nobody who did not ask is told', async () => {
  await using lab = await served({ plugins: ['test/support/ticker'], limits: { answer_within_s: 1 } });
  await using raw = serveRaw(lab);
  const { call } = await speak(raw, '2025-11-25');
  await call('cluster_define', { topology_name: 'solo' });
  const answer = await call('cluster_tick', { cluster_name: 'solo' });
  expect(answer?.result).toMatchObject({ isError: true });
  expect(ticks(raw.heard)).toEqual([]);
});
