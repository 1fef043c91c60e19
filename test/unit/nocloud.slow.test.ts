import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noCloudSeed } from '../../src/sdk/nocloud/index.ts';
import { readIso } from '../support/iso.ts';
import { demoSeed } from '../support/seed.ts';

const installed = (program: string) => spawnSync(program, ['--version']).error === undefined;
const folder = mkdtempSync(join(tmpdir(), 'labwarden-seed-'));
const iso = join(folder, 'seed.iso');
const { files } = readIso(noCloudSeed(demoSeed), 'joliet');

beforeAll(() => writeFileSync(iso, noCloudSeed(demoSeed)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!installed('isoinfo'))('isoinfo', () => {
  const isoinfo = (...args: string[]) => execFileSync('isoinfo', ['-i', iso, ...args], { encoding: 'utf8' });

  test('finds the label and Joliet', () => {
    expect(isoinfo('-d')).toMatch(/^Volume id: cidata$/m);
    expect(isoinfo('-d')).toContain('Joliet with UCS level 3 found');
  });

  test.each(['meta-data', 'network-config', 'user-data'])('reads %s from either tree', (name) => {
    expect(isoinfo('-J', '-x', `/${name}`)).toBe(files[name]);
    expect(isoinfo('-x', `/${name.toUpperCase()}.;1`)).toBe(files[name]);
  });
});

describe.skipIf(!installed('bsdtar'))('bsdtar', () => {
  test.each(['meta-data', 'network-config', 'user-data'])('reads %s', (name) => {
    expect(execFileSync('bsdtar', ['-xOf', iso, name], { encoding: 'utf8' })).toBe(files[name]);
  });
});

test.skipIf(!installed('blkid'))('blkid, which is where cloud-init asks, sees an ISO volume called cidata', () => {
  const answer = execFileSync('blkid', ['-p', '-o', 'export', iso], { encoding: 'utf8' });
  expect(answer).toMatch(/^LABEL=cidata$/m);
  expect(answer).toMatch(/^TYPE=iso9660$/m);
});
