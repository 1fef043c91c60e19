import { describe, expect, test } from 'vitest';
import { collect } from '../../../src/kernel/registry.ts';
import { isSelected, refuseUnknown, toolsetsOf } from '../../../src/kernel/toolsets.ts';
import { type AnyOperation, operation, z } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, openLab } from '../../support/lab.ts';

const on = { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect' } } as const;
const look = (name: string, more: object = {}): AnyOperation => ({
  ...operation({
    ...{ name, summary: 'Look at it.', on, effect: 'read', input: z.object({}), output: z.object({}) },
    run: async () => ({}),
  }),
  ...more,
});
const of = (...operations: readonly AnyOperation[]) => collect([{ kind: 'capability', id: 'weather', operations }]);

const operations = of(look('sun_look'), look('rain_look', { toolset: 'rain', onRequest: true }));

test('an operation belongs to the toolset it names, else to its plugin', () => {
  expect(toolsetsOf(operations)).toEqual(['rain', 'weather']);
});

test.each<[string, string[], string[]]>([
  ['the default leaves out what is on request', ['default'], ['sun_look']],
  ['a name brings all of its own', ['rain'], ['rain_look']],
  ['names add up', ['default', 'rain'], ['sun_look', 'rain_look']],
  ['all is all', ['all'], ['sun_look', 'rain_look']],
])('%s', (_, selection, left) => {
  const names = [...operations].filter(([, entry]) => isSelected(entry, selection)).map(([name]) => name);
  expect(names).toEqual(left);
});

describe('a name that is none', () => {
  const refusal = (name: string) => () => refuseUnknown(['default', name], operations, 'INVALID_INPUT', '--toolsets');

  test('is refused with what was probably meant, and with all there are', () => {
    expect(refusal('wether')).toThrow(
      '--toolsets: there is no toolset "wether"; did you mean "weather"? There are: default, all, rain, weather.',
    );
    expect(refusal('zebrafish')).toThrow(
      '--toolsets: there is no toolset "zebrafish". There are: default, all, rain, weather.',
    );
  });

  test('in the config stops the start', async () => {
    await using folder = await ownFolder();
    const files = await labFiles(folder.path, { more: { toolsets: ['clutsers'] } });
    await expect(openLab(files)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('toolsets: there is no toolset "clutsers"; did you mean "clusters"?'),
    });
  });
});

test.each(['all', 'default', 'Big', 'a b', ''])('a plugin cannot call its toolset %j', (toolset) => {
  expect(() => of(look('sun_look', { toolset }))).toThrow('toolset');
});
