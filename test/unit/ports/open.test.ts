import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { type DoorEvent, type Granted, openPorts } from '../../../src/ports/index.ts';
import { LabError, portVerbs } from '../../../src/sdk/index.ts';
import { inside, manifestOf, opened } from './opened.ts';

const echo = { argv: ['echo', '{text}'], effect: 'read' as const, timeoutMs: 5_000 };
const asked: Granted = {
  exec: { echo, wipe: { argv: ['true'], effect: 'destroy' } },
  process: { run: { argv: ['true'], effect: 'destroy' } },
  dial: [
    { to: 'unix:run', effect: 'change' },
    { to: 'tcp:10.0.0.1:*', effect: 'read' },
  ],
  files: { own: 'write' },
  http: ['https://example.org'],
  secret: ['key'],
  ...{ state: true, clock: true, random: true },
};

describe('a door is open only if it was asked for and granted', () => {
  test('nothing is open without a grant, and nothing without a wish', async () => {
    await using unasked = await opened({}, { grants: asked });
    await using ungranted = await opened(asked, { grants: {} });
    expect([unasked.ports, ungranted.ports]).toEqual([{}, {}]);
    expect(() => ungranted.effectOf('exec', 'run', ['echo', {}])).toThrow('was not granted');
  });

  test('first-party plugins, granted what they ask for, have every port', async () => {
    await using door = await opened(asked);
    expect(Object.keys(door.ports).sort()).toEqual(
      ['clock', 'dial', 'exec', 'files', 'http', 'process', 'random', 'secret', 'state'].sort(),
    );
  });

  test('a template is granted by its words, not by its name', async () => {
    const changed = { ...asked, exec: { echo: { ...echo, argv: ['echo', '-n', '{text}'] } } };
    await using door = await opened(changed, { grants: asked });
    expect(door.ports.exec).toBeUndefined();
  });

  test('of two answers the careful one counts', async () => {
    const grants: Granted = {
      exec: { echo: { ...echo, effect: 'change', timeoutMs: 1 } },
      dial: [{ to: 'tcp:10.0.0.1:22', effect: 'change' }],
      files: { own: 'read' },
    };
    await using door = await opened(asked, { grants });
    expect(door.effectOf('exec', 'run', ['echo', { text: 'x' }])).toBe('change');
    expect(door.effectOf('dial', 'open', [{ tcp: '10.0.0.1:22' }])).toBe('change');
    expect(() => door.effectOf('dial', 'open', [{ tcp: '10.0.0.1:23' }])).toThrow(
      'was not granted a connection to tcp:10.0.0.1:23',
    );
    await expect(door.ports.files.makeFolder(inside(door, 'a'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the effect of a use is known before it', () => {
  test.each([
    ['exec', 'run', ['echo', { text: 'x' }], 'read'],
    ['exec', 'run', ['wipe', {}], 'destroy'],
    ['process', 'start', ['x', 'run', {}], 'destroy'],
    ['process', 'alive', ['x'], 'read'],
    ['process', 'stop', ['x', 1], 'destroy'],
    ['dial', 'open', [{ tcp: '10.0.0.1:22' }], 'read'],
    ['clock', 'now', [], 'read'],
    ['state', 'set', ['k', 1], 'change'],
  ] as const)('%s.%s(%j) is a %s', async (port, verb, args, effect) => {
    await using door = await opened(asked);
    expect(door.effectOf(port, verb, [...args])).toBe(effect);
  });

  test('by the folder for sockets and files', async () => {
    await using door = await opened(asked);
    expect(door.effectOf('dial', 'open', [{ unix: inside(door, 'qmp') }])).toBe('change');
    expect(door.effectOf('files', 'remove', [inside(door, 'a')])).toBe('destroy');
    expect(() => door.effectOf('files', 'remove', ['/etc/passwd'])).toThrow('any folder that /etc/passwd lies in');
  });

  test('and what is not granted has none', async () => {
    await using door = await opened(asked);
    for (const name of ['nothing', 'constructor', '__proto__'])
      expect(() => door.effectOf('exec', 'run', [name, {}])).toThrow(`under the name "${name}"`);
  });
});

test('a template that lets a value choose the program does not open', () => {
  const broken = (argv: Granted['exec'] extends infer T | undefined ? T[keyof T] : never) => argv;
  for (const argv of [['{program}'], [{ each: 'a', argv: ['{}'] }], ['echo', { each: 'a', argv: ['x'] }]])
    expect(() =>
      openPorts({
        ...({} as Parameters<typeof openPorts>[0]),
        manifest: manifestOf({ exec: { bad: broken({ argv, effect: 'read' }) } }),
        ...{ plugin: 'tried', roots: {}, signal: new AbortController().signal },
      }),
    ).toThrow('The template "bad" of tried');
});

test('a root that is the whole machine, or no folder, is refused', async () => {
  for (const own of ['/', 'relative', '', '/a/../b', '//a'])
    await expect(opened(asked, { roots: { own }, recordDir: '/nowhere' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
});

test('every use is told when it opens and closes, refusals too, values and secrets never', async () => {
  await using door = await opened(asked);
  await door.ports.exec.run('echo', { text: 'canary' });
  await door.ports.files.list('/etc').catch(() => {});
  await door.ports.secret.token('key');
  await door.ports.clock.now();
  expect(door.events).toEqual([
    { port: 'exec', verb: 'run', what: 'echo', phase: 'open' },
    { port: 'exec', verb: 'run', what: 'echo', phase: 'close', bytesIn: 7, bytesOut: 0 },
    { port: 'files', verb: 'list', what: '/etc', phase: 'refused' },
    { port: 'secret', verb: 'token', what: 'key', phase: 'open' },
    { port: 'secret', verb: 'token', what: 'key', phase: 'close', bytesIn: 0, bytesOut: 0 },
  ]);
});

test('of a program’s values those are told that name its path, its name or its id', async () => {
  const values = ['path', 'name', 'id', 'token'];
  const show = { argv: ['echo', ...values.map((value) => `{${value}}`)], effect: 'read' as const };
  await using door = await opened({ exec: { show } });
  await door.ports.exec.run('show', { token: 'canary', id: 'v1', path: '/overlays/a.qcow2', name: 'a' });
  const told = door.events.map(({ what }) => what);
  expect(told).toEqual(['show /overlays/a.qcow2 a v1', 'show /overlays/a.qcow2 a v1']);
});

test('the end of a connection is told in the name of whoever opened it', async () => {
  const call = new AsyncLocalStorage<string>();
  const told: unknown[] = [];
  const onDoor = ({ verb, phase }: DoorEvent) => told.push([verb, phase, call.getStore()]);
  await using door = await opened(asked, { onDoor });
  const pipe = await call.run('first', () => door.ports.files.write(inside(door, 'a')));
  await call.run('second', () => pipe.close());
  expect(told).toEqual([
    ['write', 'open', 'first'],
    ['write', 'close', 'first'],
  ]);
});

test('nothing happens when the door cannot be told', async () => {
  const onDoor = () => {
    throw new LabError('AUDIT_UNAVAILABLE', 'The log is full.');
  };
  await using door = await opened(asked, { onDoor });
  await expect(door.ports.files.makeFolder(inside(door, 'a'))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  await using other = await opened(asked, { recordDir: door.folder });
  expect(await other.ports.files.list(door.folder)).toEqual([]);
});

test('after the end of the call every verb of every port throws its reason', async () => {
  await using door = await opened(asked);
  const reason = new LabError('CANCELLED', 'It is over.');
  door.stop(reason);
  const verbs = Object.values(door.ports).flatMap((port) => Object.values(port) as (() => Promise<unknown>)[]);
  expect(verbs).toHaveLength(Object.values(portVerbs).flatMap(Object.keys).length);
  for (const verb of verbs) await expect(verb()).rejects.toBe(reason);
});

test('a sleep ends with its call', async () => {
  await using door = await opened(asked);
  const slept = door.ports.clock.sleep(60_000).catch((reason) => reason);
  const reason = new LabError('TIMEOUT', 'Too long.');
  door.stop(reason);
  expect(await slept).toBe(reason);
});

test('time is UTC, ids have 128 bits, facts are kept', async () => {
  await using door = await opened(asked);
  const { clock, random, state } = door.ports;
  expect(await clock.now()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const ids = new Set(await Promise.all(Array.from({ length: 1_000 }, () => random.id())));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  await state.set('vm/a', { cid: 3 });
  expect([await state.get('vm/a'), await state.list('vm/')]).toEqual([{ cid: 3 }, ['vm/a']]);
  await state.remove('vm/a');
  expect(await state.get('vm/a')).toBeUndefined();
});

test("a token is one plugin's: another's ports know another", async () => {
  await using mine = await opened(asked);
  await using theirs = await opened(asked, { plugin: 'other' });
  const [a, again, b] = [
    await mine.ports.secret.token('key'),
    await mine.ports.secret.token('key'),
    await theirs.ports.secret.token('key'),
  ];
  expect(a).toBe(again);
  expect(a).not.toBe(b);
  await expect(mine.ports.secret.token('root')).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
