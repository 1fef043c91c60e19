import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { furnished } from '../../../src/kernel/furnish.ts';
import { type KeyFolder, keyFolder, openGuests } from '../../../src/ports/guest/index.ts';
import { openSecrets } from '../../../src/ports/index.ts';
import type { Define, Provider, Vm } from '../../../src/sdk/index.ts';
import type { State } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { readIso } from '../../support/iso.ts';
import { quietCall } from '../../support/quiet-call.ts';
import { openedState, reservation } from '../../support/state.ts';

let opened: AsyncDisposableStack;
let state: State;
let keys: KeyFolder;
let vm: Vm;
let define: Define;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  const { path: folder } = opened.use(await ownFolder());
  state = opened.use(openedState(folder));
  keys = keyFolder(join(folder, 'keys'));
  await copyFile((await keys.pair('lab')).privatePath, join(folder, 'key'));
  const whole = reservation({ call: '1', folder, overlays: join(folder, 'overlays'), nodes: 1 });
  await state.reserve(whole);
  const [made] = whole.creates[0]?.nodes ?? [];
  if (!made) throw new Error('There is one.');
  vm = made;
  await mkdir(join(folder, 'overlays'));
  const guests = opened.use(openGuests());
  define = defineOf(furnished(onFiles(), { state, keys, guests, maxOutputBytes: 1_024, secrets: openSecrets({}) }));
});
afterEach(() => opened.disposeAsync());

/** Begins like qcow2, version 3, with clusters of 64 KiB and these incompatible features. */
function qcow2(features = 0): Buffer {
  const head = Buffer.alloc(65_536);
  head.writeUInt32BE(0x514649fb, 0);
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(BigInt(features), 72);
  head.writeUInt32BE(104, 100);
  return head;
}

let dying = false;

/** A hypervisor that knows only files, uses whichever lies there, and deletes whichever it is told to. */
function onFiles(): Provider {
  const create: Define['create'] = async ({ vm: { spec } }) => {
    if (!existsSync(spec.disk.path)) await writeFile(spec.disk.path, qcow2());
    if (dying) throw new Error('The power failed.');
    return {};
  };
  const erase: Define['erase'] = ({ vm: { spec } }) => rm(spec.disk.path, { force: true });
  const nothing = async () => {};
  return {
    ...{ host: {}, network: {}, state: async () => 'stopped', close: nothing },
    vm: { define: { create, erase, discard: nothing, remove: nothing } },
  };
}

function defineOf({ vm: { define } }: Provider): Define {
  if (!define || 'unsupported' in define) throw new Error('It defines.');
  return define;
}

const at = () => ({ vm, call: quietCall });
const disk = () => vm.spec.disk.path;

describe('a file that labwarden did not make', () => {
  beforeEach(() => writeFile(disk(), 'somebody’s'));

  test('is not used', async () => {
    await expect(define.create(at())).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `labwarden did not make ${disk()}, and will not use it: move it away, or give the topology another overlay_dir or path.`,
    });
  });

  test.for(['discard', 'remove', 'erase'] as const)('is not deleted by %s, nor used afterwards', async (verb) => {
    await define.create(at()).catch(() => {});
    await define[verb](at());
    expect(await readFile(disk(), 'utf8')).toBe('somebody’s');
    await expect(define.create(at())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('is not used either when it came after ours was erased', async () => {
    await rm(disk());
    await define.create(at());
    await define.erase(at());
    await writeFile(disk(), 'somebody’s');
    await expect(define.create(at())).rejects.toMatchObject({ code: 'CONFLICT' });
    await define.erase(at());
    expect(existsSync(disk())).toBe(true);
  });
});

test('what a create that was cut short has left is used again', async () => {
  dying = true;
  await expect(define.create(at())).rejects.toThrow('The power failed.');
  dying = false;
  await define.create(at());
});

test('a disk that a remove has kept is used again, and erased', async () => {
  await define.create(at());
  await define.remove(at());
  await define.create(at());
  await define.remove(at());
  await define.erase(at());
  expect(existsSync(disk())).toBe(false);
});

test.for([
  ['that keeps its data in another file', () => writeFile(disk(), qcow2(4)), 'It keeps its data in another file.'],
  ['that is no qcow2 image any more', () => writeFile(disk(), 'raw'), 'The image is refused: it is no qcow2 image.'],
  ['that became a link', () => symlink('/etc/passwd', disk()), 'It is no file.'],
  ['that became a folder', () => mkdir(disk()), 'It is no file.'],
] as const)('a kept disk %s is refused', async ([, replace, why]) => {
  await define.create(at());
  await define.remove(at());
  await rm(disk());
  await replace();
  await expect(define.create(at())).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `The disk ${disk()} is not what labwarden made. ${why} Put it back, or move it away.`,
  });
});

/** What the VM's seed says it is, to a guest that takes a seed once. */
const instance = async () => readIso(await readFile(vm.spec.seedPath), 'joliet').files['meta-data'];

test('with another host key a VM is another instance to its guest, with the same key the same', async () => {
  await define.create(at());
  const [first, key] = [await instance(), await keys.hostPair(vm.id)];
  await define.create(at());
  expect(await instance()).toBe(first);
  await define.remove(at());
  await define.create(at());
  expect(await keys.hostPair(vm.id)).not.toEqual(key);
  expect(await instance()).not.toBe(first);
});
