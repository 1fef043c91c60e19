import { describe, expect, test } from 'vitest';
import { argv } from '../../../src/ports/argv.ts';

const words = { node: '/opt/node', switch: '/opt/switch.ts' };
const info = ['qemu-img', 'info', '-f', '{format}', '--', '{path}'];

test('a value stays one word, whatever is in it', () => {
  const path = '-a b; $(rm) {format} $& *,"\\\n';
  expect(argv(info, { format: 'raw', path }, words)).toEqual(['qemu-img', 'info', '-f', 'raw', '--', path]);
});

test('the words of a group are repeated for each value of its list', () => {
  const template = ['qemu', { each: 'disks', argv: ['-drive', 'file={},if={bus}'] }, '-m', '{mb}'];
  const values = { disks: ['/a', '/b'], bus: 'virtio', mb: '64' };
  const drives = ['-drive', 'file=/a,if=virtio', '-drive', 'file=/b,if=virtio'];
  expect(argv(template, values, words)).toEqual(['qemu', ...drives, '-m', '64']);
  expect(argv(template, { ...values, disks: [] }, words)).toEqual(['qemu', '-m', '64']);
});

test('braces without a name are text outside a group', () => {
  expect(argv(['echo', '{}', '{"a":{}}'], {}, words)).toEqual(['echo', '{}', '{"a":{}}']);
});

test('our own programs are named by whole words of the template, never by a value', () => {
  expect(argv(['@node', '@switch', 'x@node'], {}, words)).toEqual(['/opt/node', '/opt/switch.ts', 'x@node']);
  expect(argv(['{a}'], { a: '@switch' }, words)).toEqual(['@switch']);
});

describe('a value cannot become an option', () => {
  test.each([
    ['as a word', ['ls', '{a}'], { a: '-l' }],
    ['behind an empty one', ['ls', '{a}{b}'], { a: '', b: '-l' }],
    ['in a group', ['ls', { each: 'all', argv: ['{}'] }], { all: ['x', '--help'] }],
    ['by bringing its own end of options', ['ls', '{a}', '{b}'], { a: '--', b: '-l' }],
  ])('%s', (_, template, values) => {
    expect(() => argv(template, values, words)).toThrow('looks like an option');
  });

  test('but after -- it is a name, and inside a word it is a part of it', () => {
    expect(argv(['ls', '--', '{a}', { each: 'all', argv: ['{}'] }], { a: '-l', all: ['-r'] }, words)).toEqual([
      'ls',
      '--',
      '-l',
      '-r',
    ]);
    expect(argv(['ls', '-w{a}', '--x={a}'], { a: '-1' }, words)).toEqual(['ls', '-w-1', '--x=-1']);
  });
});

describe('a value that shares a word cannot end its part of it', () => {
  test.each([',readonly=off', '"', '\\', 'a\nb', 'a\rb', '\u001b['])('%j', (path) => {
    expect(() => argv(['qemu', '-qmp', 'unix:{path},server=on'], { path }, words)).toThrow('shares its argument');
  });
});

test('a value that is missing, inherited, of the wrong form or with a zero byte is refused by name', () => {
  expect(() => argv(info, { format: 'raw' }, words)).toThrow('"path"');
  expect(() => argv(['{constructor}'], {}, words)).toThrow('"constructor"');
  expect(() => argv(['{a}'], { a: ['x'] }, words)).toThrow('not a list, for "a"');
  expect(() => argv([{ each: 'a', argv: ['{}'] }], { a: 'x' }, words)).toThrow('a list for "a"');
  expect(() => argv(['--', '{a}'], { a: 'x\0y' }, words)).toThrow('zero byte');
});

test('64 KiB are a word; what no system would take is refused before anything runs', () => {
  const long = 'x'.repeat(64 * 1024);
  expect(argv(['echo', '{a}'], { a: long }, words)).toEqual(['echo', long]);
  expect(() => argv(['echo', '{a}'], { a: 'é'.repeat(65_536) }, words)).toThrow('131072 bytes');
});

test('a template of nothing but open braces costs no more than its length', () => {
  const text = '{a'.repeat(200_000);
  expect(argv(['echo', '--', text.slice(0, 131_000)], {}, words)[2]).toHaveLength(131_000);
});
