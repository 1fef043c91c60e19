import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { hmac, redact } from '../../../src/audit/index.ts';
import { jsonSchema, z } from '../../../src/sdk/index.ts';

const key = { id: '0123456789ab', secret: createSecretKey(Buffer.alloc(32, 7)) };
const hidden = (text: string) => hmac(text, key);
const plain = { 'x-audit': 'plain' };

const schema = jsonSchema(
  z.object({
    password: z.string(),
    reason: z.string().meta(plain),
    maybe: z.string().nullable().meta(plain),
    mode: z.enum(['cut', 'shutdown']),
    exactly: z.literal('yes'),
    count: z.number(),
    force: z.boolean(),
    names: z.array(z.string().meta(plain)),
    secrets: z.array(z.string()),
    pair: z.tuple([z.string().meta(plain), z.string()]),
    inner: z.object({ note: z.string().meta(plain), token: z.string() }),
    either: z.union([z.string().meta(plain), z.string()]),
    wordOrText: z.union([z.enum(['all']), z.string()]),
    shapes: z.union([z.object({ kind: z.string().meta(plain) }), z.object({ kind: z.string() })]),
    env: z.record(z.string(), z.string().meta(plain)),
  }),
  'The input of this test',
);

const redacted = (args: object) => redact(args, schema, key);

test('strings are hidden, numbers, booleans and null stay', () => {
  expect(redacted({ password: 'hunter2', count: 3, force: true, maybe: null })).toEqual({
    ...{ password: hidden('hunter2'), count: 3, force: true, maybe: null },
  });
  expect(hidden('hunter2')).toMatch(/^hmac:0123456789ab:[0-9a-f]{32}$/);
});

test('a string that the schema marks plain stays, also where it may be null', () => {
  expect(redacted({ reason: 'nightly', maybe: 'said', names: ['a', 'b'] })).toEqual({
    ...{ reason: 'nightly', maybe: 'said', names: ['a', 'b'] },
  });
});

test("the schema's own words stay, others in their place are hidden", () => {
  expect(redacted({ mode: 'cut', exactly: 'yes' })).toEqual({ mode: 'cut', exactly: 'yes' });
  expect(redacted({ mode: 'hunter2', exactly: 'no' })).toEqual({ mode: hidden('hunter2'), exactly: hidden('no') });
});

test('lists, tuples and objects are followed', () => {
  const args = { secrets: ['s'], pair: ['left', 'right'], inner: { note: 'n', token: 't' } };
  expect(redacted(args)).toEqual({
    ...{ secrets: [hidden('s')], pair: ['left', hidden('right')], inner: { note: 'n', token: hidden('t') } },
  });
});

test('of several shapes, all must let it be seen', () => {
  expect(redacted({ either: 'a', wordOrText: 'all' })).toEqual({ either: hidden('a'), wordOrText: hidden('all') });
  expect(redacted({ shapes: { kind: 'k' } })).toEqual({ shapes: { [hidden('kind')]: hidden('k') } });
});

test('what the schema does not know is hidden, names too', () => {
  expect(redacted({ pasword: 'hunter2' })).toEqual({ [hidden('pasword')]: hidden('hunter2') });
  expect(redacted({ env: { TOKEN: 'shown' } })).toEqual({ env: { [hidden('TOKEN')]: 'shown' } });
  expect(redacted({ names: { '0': 'a' }, reason: ['r'] })).toEqual({
    ...{ names: { [hidden('0')]: hidden('a') }, reason: [hidden('r')] },
  });
  expect(redact({ a: { b: 'c' } }, {}, key)).toEqual({ [hidden('a')]: { [hidden('b')]: hidden('c') } });
});

test('a member named __proto__ is a member like others', () => {
  const result = redacted(JSON.parse('{"__proto__":{"admin":"yes"}}'));
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  expect(JSON.stringify(result)).toBe(JSON.stringify({ [hidden('__proto__')]: { [hidden('admin')]: hidden('yes') } }));
});

test('arguments nested without end have an end in the log', () => {
  const deep = JSON.parse(`${'['.repeat(5_000)}"hunter2"${']'.repeat(5_000)}`);
  const text = JSON.stringify(redacted({ secrets: deep }));
  expect(text).toContain('more than 32 levels deep');
  expect(text.length).toBeLessThan(200);
});
