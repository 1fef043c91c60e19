import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkBaseImage, type Qcow2Header, qcow2HeadBytes, readQcow2Header } from '../../src/sdk/qcow2.ts';

const gib = 2 ** 30;

/** A version 3 header as QEMU writes it, with what an attacker would change. */
function crafted(change: (head: Buffer) => void = () => {}): Buffer {
  const head = Buffer.alloc(qcow2HeadBytes);
  head.writeUInt32BE(0x514649fb, 0);
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(BigInt(4 * gib), 24);
  head.writeUInt32BE(8, 36);
  head.writeUInt32BE(4, 96);
  head.writeUInt32BE(112, 100);
  change(head);
  return head;
}

/** The header of an image that may become a base. */
function checked(head: Uint8Array): Qcow2Header {
  const header = readQcow2Header(head);
  const { virtualSizeBytes } = checkBaseImage(head, 'qcow2', { fileBytes: head.byteLength });
  return { ...header, virtualSizeBytes };
}

const extension = (head: Buffer, type: number, content: string, at = 112) => {
  head.writeUInt32BE(type, at);
  head.writeUInt32BE(content.length, at + 4);
  head.write(content, at + 8);
};

test('a plain image passes, and says what it is', () => {
  expect(checked(crafted())).toEqual({
    version: 3,
    virtualSizeBytes: 4 * gib,
    clusterBytes: 65_536,
    backingFile: false,
    dataFile: false,
    encrypted: false,
    incompatibleBits: [],
    l1Entries: 8,
    snapshots: 0,
  });
});

test('zstd compression and extended L2 entries are no reason to refuse', () => {
  const head = crafted((bytes) => bytes.writeBigUInt64BE(0b11000n, 72));
  expect(checked(head).incompatibleBits).toEqual([3, 4]);
});

const hostile: readonly (readonly [string, string, (head: Buffer) => void])[] = [
  ['a backing file', 'a backing file', (head) => head.writeBigUInt64BE(0x200n, 8)],
  ['a backing file whose offset is past 2^53', 'a backing file', (head) => head.writeBigUInt64BE(2n ** 63n, 8)],
  ['a backing file of which only the length is given', 'a backing file', (head) => head.writeUInt32BE(11, 16)],
  ['the data-file bit', 'another file', (head) => head.writeBigUInt64BE(4n, 72)],
  ['a data-file extension without the bit', 'another file', (head) => extension(head, 0x44415441, '/etc/shadow')],
  [
    'a data-file extension behind another',
    'another file',
    (head) => {
      extension(head, 0x6803f857, 'x'.repeat(47));
      extension(head, 0x44415441, '/etc/shadow', 112 + 8 + 48);
    },
  ],
  ['an unknown incompatible bit', 'bits 5', (head) => head.writeBigUInt64BE(32n, 72)],
  ['the highest incompatible bit', 'bits 63', (head) => head.writeBigUInt64BE(2n ** 63n, 72)],
  ['AES encryption', 'encrypted', (head) => head.writeUInt32BE(1, 32)],
  ['LUKS encryption', 'encrypted', (head) => head.writeUInt32BE(2, 32)],
  ['the dirty bit', 'not closed cleanly', (head) => head.writeBigUInt64BE(1n, 72)],
  ['the corrupt bit', 'damaged', (head) => head.writeBigUInt64BE(2n, 72)],
  ['no size', 'no size', (head) => head.writeBigUInt64BE(0n, 24)],
  ['3 TiB', 'larger than', (head) => head.writeBigUInt64BE(BigInt(3072 * gib), 24)],
  ['the largest size there is', 'larger than', (head) => head.writeBigUInt64BE(2n ** 64n - 1n, 24)],
  ['an endless first table', 'entries', (head) => head.writeUInt32BE(0xffffffff, 36)],
  ['four billion snapshots', 'snapshots', (head) => head.writeUInt32BE(0xffffffff, 60)],
  ['tiny clusters', 'clusters', (head) => head.writeUInt32BE(8, 20)],
  ['clusters of 2^64 bytes', 'clusters', (head) => head.writeUInt32BE(64, 20)],
  ['a version nobody knows', 'version 4', (head) => head.writeUInt32BE(4, 4)],
  ['a header of no length', 'header of 0', (head) => head.writeUInt32BE(0, 100)],
  ['a header longer than 4 GB', 'header of', (head) => head.writeUInt32BE(0xffffffff, 100)],
  [
    'an extension that leads past what was read',
    'does not end',
    (head) => {
      head.writeUInt32BE(17, 20);
      head.writeUInt32BE(0x12345678, 112);
      head.writeUInt32BE(qcow2HeadBytes, 116);
    },
  ],
  ['another magic', 'no qcow2', (head) => head.write('KDMV', 0)],
];

test.each(hostile)('an image with %s is refused', (_, why, change) => {
  expect(() => checked(crafted(change))).toThrow(why);
});

test('the same header in version 2 has no feature bits and is still searched for a backing file', () => {
  const old = (head: Buffer) => {
    head.writeUInt32BE(2, 4);
    head.fill(0, 72, 112);
  };
  expect(checked(crafted(old)).version).toBe(2);
  const overlay = crafted((head) => {
    old(head);
    head.writeBigUInt64BE(72n, 8);
    head.write('/etc/shadow', 72);
  });
  expect(() => checked(overlay)).toThrow('a backing file');
});

test('wherever the file is cut, the answer is a refusal or the header, never a crash', () => {
  const whole = crafted((head) => extension(head, 0x6803f857, 'x'.repeat(40)));
  for (let bytes = 0; bytes < 168; bytes++)
    expect(() => checked(whole.subarray(0, bytes))).toThrow(/^The image is refused: /);
  expect(checked(whole.subarray(0, 168)).version).toBe(3);
});

test('an image declared raw is not looked into, unless it would be taken for qcow2', () => {
  expect(checkBaseImage(Buffer.from('MBR'), 'raw', { fileBytes: gib })).toEqual({ virtualSizeBytes: gib });
  expect(() => checkBaseImage(crafted(), 'raw', { fileBytes: gib })).toThrow('declared raw');
  expect(() => checkBaseImage(Buffer.alloc(0), 'raw', { fileBytes: 0 })).toThrow('no size');
});

test('the limit is the admin’s to set', () => {
  expect(() => checkBaseImage(crafted(), 'qcow2', { fileBytes: 1, maxVirtualBytes: gib })).toThrow('larger than');
});

const hasQemu = spawnSync('qemu-img', ['--version']).status === 0;

describe.skipIf(!hasQemu)('images made by qemu-img', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labwarden-qcow2-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  const create = (name: string, ...args: string[]): Buffer => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...args, '--', at(name), '1G']);
    return readFileSync(at(name)).subarray(0, qcow2HeadBytes);
  };

  test.each([
    ['compat=1.1', 3, 65_536],
    ['compat=0.10', 2, 65_536],
    ['cluster_size=512', 3, 512],
    ['cluster_size=2M', 3, 2 ** 21],
    ['compression_type=zstd', 3, 65_536],
    ['extended_l2=on', 3, 65_536],
    ['lazy_refcounts=on', 3, 65_536],
  ])('%s passes', (option, version, clusterBytes) => {
    const header = checked(create('plain', '-o', option));
    expect(header).toMatchObject({ version, clusterBytes, virtualSizeBytes: gib });
  });

  test.each(['1.1', '0.10'])('an overlay of compat=%s is refused', (compat) => {
    create('base');
    const overlay = create('overlay', '-o', `compat=${compat}`, '-b', at('base'), '-F', 'qcow2');
    expect(readQcow2Header(overlay)).toMatchObject({ backingFile: true });
    expect(() => checked(overlay)).toThrow('a backing file');
  });

  test('one with its data elsewhere is refused', () => {
    const head = create('split', '-o', `data_file=${at('data.raw')}`);
    expect(() => checked(head)).toThrow('another file');
  });
});
