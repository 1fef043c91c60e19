import { expect, test } from 'vitest';
import { serveArguments } from '../../../src/transports/serve-arguments.ts';

test.each<[string[], object]>([
  [[], {}],
  [['--config', 'a.yaml'], { config: 'a.yaml' }],
  [['--config=a.yaml', '--read-only'], { config: 'a.yaml', readOnly: true }],
  [['--toolsets', 'clusters, jobs,clusters'], { toolsets: ['clusters', 'jobs'] }],
])('serve %j', (args, means) => {
  expect(serveArguments(args)).toEqual(means);
});

test.each([
  ['--read-only=no'],
  ['--toolset', 'x'],
  ['--config'],
  ['--config='],
  ['x'],
  ['--config', 'a', 'b'],
  ['--no-read-only'],
])('serve %j is refused with what it takes', (...args) => {
  expect(() => serveArguments(args)).toThrow('it takes --config FILE, --toolsets NAME,NAME and --read-only.');
});

test.each(['', 'clusters,', ','])('an empty name in --toolsets %j is no name', (toolsets) => {
  expect(() => serveArguments([`--toolsets=${toolsets}`])).toThrow('--toolsets takes names with commas between them.');
});
