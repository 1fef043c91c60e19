import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryProvider } from 'labwarden/sdk/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Providers } from '../../../src/kernel/providers.ts';
import { type Call, LabError, type Provider } from '../../../src/sdk/index.ts';

const never = new AbortController().signal;
const down = new LabError('PROVIDER_UNAVAILABLE', 'Nobody answers at /run/libvirt.sock.');

/** A hypervisor that answers when it is told to, and can be lost. */
function host() {
  const attempts: { readonly call: Call; readonly answer: PromiseWithResolvers<Provider> }[] = [];
  const connector = {
    plugin: 'memory',
    connect(call: Call) {
      const answer = Promise.withResolvers<Provider>();
      attempts.push({ call, answer });
      return answer.promise;
    },
  };
  const provider = () => {
    const lost = Promise.withResolvers<string>();
    return { ...memoryProvider(), lost: () => lost.promise, lose: lost.resolve, fail: lost.reject };
  };
  return { attempts, connector, provider };
}

let providers: Providers;
beforeEach(() => {
  vi.useFakeTimers();
  providers = new Providers(() => {});
});
afterEach(async () => {
  await ended();
  vi.useRealTimers();
});

/** However long the plugins take, within their grace. */
const ended = async () => {
  const ending = providers[Symbol.asyncDispose]();
  await pass(10_000);
  await ending;
};

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const statusOf = () => providers.status()[0];

test('one that connects is waited for', async () => {
  const { attempts, connector, provider } = host();
  providers.add('main', connector);
  expect(statusOf()).toEqual({ name: 'main', plugin: 'memory', status: 'connecting' });
  expect(() => providers.get('main')).toThrow('Provider "main" is still connecting');
  const ready = providers.ready('main', never);
  const connected = provider();
  await pass();
  attempts[0]?.answer.resolve(connected);
  expect(await ready).toBe(connected);
  expect(providers.get('main')).toBe(connected);
  expect(statusOf()).toEqual({ name: 'main', plugin: 'memory', status: 'ready' });
});

test('however many wait, and for however long, nobody is left behind', async () => {
  const { attempts, connector, provider } = host();
  providers.add('main', connector);
  const warned: Error[] = [];
  const warn = (warning: Error) => void warned.push(warning);
  process.on('warning', warn);
  const gone = new AbortController();
  const all = Array.from({ length: 50 }, () => providers.ready('main', gone.signal));
  await pass();
  const connected = provider();
  attempts[0]?.answer.resolve(connected);
  for (const one of await Promise.all(all)) expect(one).toBe(connected);
  vi.useRealTimers();
  await nextTurn();
  process.off('warning', warn);
  expect(warned).toEqual([]);
  vi.useFakeTimers();
});

test('a caller who has gone does not wait', async () => {
  providers.add('main', host().connector);
  const gone = new AbortController();
  const ready = expect(providers.ready('main', gone.signal)).rejects.toThrow('Provider "main" is still connecting');
  gone.abort();
  await ready;
});

test('one that is down is not waited for, and says why; recovery waits until it is back', async () => {
  const { attempts, connector, provider } = host();
  providers.add('main', connector);
  const patient = providers.ready('main', never, true);
  await pass();
  attempts[0]?.answer.reject(down);
  await pass();
  await expect(providers.ready('main', never)).rejects.toThrow(`Provider "main" is down: ${down.message}`);
  expect(statusOf()).toMatchObject({ status: 'down', reason: down.message });
  const back = provider();
  await pass(500);
  attempts[1]?.answer.resolve(back);
  expect(await patient).toBe(back);
});

test('each failure doubles the wait, up to half a minute', async () => {
  const { attempts, connector } = host();
  providers.add('main', connector);
  await pass(1_000);
  for (const waitMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = attempts.length;
    attempts.at(-1)?.answer.reject(down);
    await pass(waitMs - 1);
    expect(attempts).toHaveLength(before);
    await pass(1);
    expect(attempts, `after ${waitMs} ms`).toHaveLength(before + 1);
  }
});

test('one that was lost is nobody’s any more, and is tried again soon, however often it had failed before', async () => {
  const { attempts, connector, provider } = host();
  providers.add('main', connector);
  await pass(1_000);
  for (const waitMs of [500, 1_000, 2_000]) {
    attempts.at(-1)?.answer.reject(down);
    await pass(waitMs);
  }
  const closing = Promise.withResolvers<void>();
  const connected = { ...provider(), close: () => closing.promise };
  attempts.at(-1)?.answer.resolve(connected);
  expect(await providers.ready('main', never)).toBe(connected);
  connected.lose('The daemon ended.');
  await pass();
  // Its closing may take long: what is dead must not be handed out meanwhile.
  expect(() => providers.get('main')).toThrow('Provider "main" is down: The daemon ended.');
  closing.resolve();
  await pass(499);
  expect(attempts).toHaveLength(4);
  await pass(1);
  expect(attempts).toHaveLength(5);
  expect(attempts[3]?.call.signal.aborted).toBe(true);
  expect(attempts[4]?.call.signal.aborted).toBe(false);
});

test('one that the config does not have says so', async () => {
  expect(() => providers.get('other')).toThrow('There is no provider "other" in the config any more.');
  await expect(providers.ready('other', never, true)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('a server that stops does not wait for a plugin that never lets go', async () => {
  const { attempts, connector, provider } = host();
  providers.add('connecting', host().connector);
  providers.add('closing', connector);
  await pass(1_000);
  attempts[0]?.answer.resolve({ ...provider(), close: () => new Promise(() => {}) });
  await pass();
  await ended();
});

test('a server that stops closes what is connected', async () => {
  const { attempts, connector, provider } = host();
  providers.add('main', connector);
  await pass(1_000);
  let closed = 0;
  const close = async () => {
    closed += 1;
  };
  attempts[0]?.answer.resolve({ ...provider(), close });
  await pass();
  await ended();
  expect(closed).toBe(1);
  expect(attempts[0]?.call.signal.aborted).toBe(true);
});
