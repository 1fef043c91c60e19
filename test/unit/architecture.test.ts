import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Who may import whom: files on the left see their own folder, Node, and the places on the right. Nothing else. */
const sees: Readonly<Record<string, readonly string[]>> = {
  'src/sdk': ['zod'],
  'src/document': ['src/sdk', 'yaml', 'zod'],
  'src/config': ['src/sdk', 'src/document'],
  'src/topology': ['src/sdk', 'src/document'],
  'src/policy': ['src/sdk', 'src/document', '@casl/ability'],
  'src/secrets': ['src/sdk'],
  'src/audit': ['src/sdk', 'src/secrets'],
  'src/state': ['src/sdk'],
  'src/rpc': ['src/sdk'],
  'src/switch': [],
  'src/ports': ['src/sdk', 'src/secrets', 'execa', 'ssh2'],
  'src/kernel': [
    ...['src/sdk', 'src/secrets', 'src/ports', 'src/policy', 'src/audit', 'src/state', 'src/config', 'src/topology'],
    ...['src/document', 'labwarden/sdk/nocloud', 'labwarden/sdk/qcow2', 'ajv/dist/2020.js'],
  ],
  'src/transports': [
    ...['src/kernel', 'src/sdk', 'src/config/find.ts', 'src/config/own-folder.ts', 'src/config/places.ts'],
    ...['@modelcontextprotocol/server', '@modelcontextprotocol/server/stdio'],
  ],
  'src/cli': [
    ...['src/audit', 'src/config', 'src/document', 'src/kernel', 'src/policy', 'src/rpc', 'src/sdk', 'src/state'],
    ...['src/transports', 'pino'],
  ],
  'src/main.ts': ['src/transports', 'src/cli'],
};

/** Libraries with one home, and parts of Node that are doors to the world. */
const homes: Readonly<Record<string, RegExp>> = {
  '@casl/ability': /^src\/policy\/engine\.ts$/,
  '@modelcontextprotocol/': /^src\/transports\/mcp\//,
  execa: /^src\/ports\/exec\.ts$/,
  ssh2: /^src\/ports\/(guest|ssh)\//,
  pino: /^src\/cli\/log\.ts$/,
  ajv: /^src\/kernel\/(check|problems)\.ts$/,
  'node:assert': /^src\/sdk\/testing\//,
  'node:sqlite': /^src\/(state|audit)\//,
  'node:child_process': /^src\/(ports|rpc|transports)\//,
  'node:dgram': /^src\/ports\//,
  'node:http': /^src\/ports\//,
  'node:tls': /^src\/ports\//,
  'node:net': /^src\/(ports|rpc|switch|transports)\//,
};

/** A plugin has the contract, its own folder, and what of Node computes and opens nothing. */
const plugin = /^(labwarden\/sdk(\/(nocloud|qcow2))?|node:(buffer|crypto))$/;
const exceptions: Readonly<Record<string, readonly string[]>> = { 'plugins/qemu-direct/capacity.ts': ['node:os'] };

const root = resolve(import.meta.dirname, '../..');
const sources = globSync('{src,plugins,examples}/**/*.ts', { cwd: root });
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What a file imports: other files by their path in the repository, everything else by its specifier. */
const importsOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/^(?:import|export)\s[^'"=;(]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .map((to) => (to.startsWith('.') ? relative(root, resolve(root, dirname(file), to)) : to));

/** `src/kernel/call/steps.ts` lives in `src/kernel`. */
const homeOf = (path: string): string => path.split('/').slice(0, 2).join('/');

const isAt = (to: string, place: string): boolean =>
  to === place || to.startsWith(place.endsWith('/') ? place : `${place}/`);

test('the table is about this repository: it knows every folder, and finds the imports there are', () => {
  const folders = new Set(sources.filter((file) => file.startsWith('src/')).map(homeOf));
  expect(Object.keys(sees).sort()).toEqual([...folders].sort());
  expect(importsOf('src/main.ts')).toEqual(['src/transports/relay.ts', 'src/cli/run.ts']);
  expect(importsOf('src/cli/log.ts')).toContain('pino');
  expect(importsOf('src/kernel/call/find.ts')).toContain('src/kernel/tools.ts');
});

describe('imports follow the floors', () => {
  test.each(sources.filter((file) => file.startsWith('src/')))('%s', (file) => {
    const allowed = [homeOf(file), 'node:', ...(sees[homeOf(file)] ?? [])];
    const fine = (to: string) => to.startsWith('node:') || allowed.some((place) => isAt(to, place));
    expect(importsOf(file).filter((to) => !fine(to))).toEqual([]);
  });

  test.each(Object.entries(homes))('%s has one home', (library, home) => {
    const strangers = sources.filter((file) => !home.test(file) && importsOf(file).some((to) => isAt(to, library)));
    expect(strangers).toEqual([]);
  });

  test.each(sources.filter((file) => !file.startsWith('src/')))('a plugin has no door of its own: %s', (file) => {
    const fine = (to: string) =>
      plugin.test(to) || homeOf(to) === homeOf(file) || exceptions[file]?.includes(to) === true;
    expect(importsOf(file).filter((to) => !fine(to))).toEqual([]);
    // What is not named is not there either.
    expect(read(file)).not.toMatch(
      /\b(import\(|require\(|process\.(binding|dlopen|getBuiltinModule)|globalThis|eval\()/,
    );
  });

  test('what plugins share of the SDK imports nothing but the SDK', () => {
    const shared = sources.filter((file) => /^src\/sdk\/(nocloud\/|qcow2\.ts)/.test(file));
    expect(shared.length).toBeGreaterThan(2);
    for (const file of shared)
      expect(importsOf(file).filter((to) => !to.startsWith('src/sdk/') && to !== 'zod')).toEqual([]);
  });
});

test('the relay loads no package, whatever it reaches', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const to of importsOf(file)) if (!to.startsWith('node:')) visit(to);
  };
  visit('src/transports/relay.ts');
  expect([...reached].filter((file) => !file.startsWith('src/'))).toEqual([]);
  expect(reached).toContain('src/document/path.ts');
  expect(reached.size).toBeLessThan(12);
});

test('only the file of a step says that a value has passed it; recovery starts where judging ended', () => {
  const minted = sources.flatMap((file) =>
    [...read(file).matchAll(/\bpassed<(\w+)>\(/g)].map(([, brand]) => `${file.split('/').at(-1)} ${brand}`),
  );
  const steps = {
    ...{ find: 'Found', validate: 'Valid', resolve: 'Resolved', authorize: 'Authorized', admit: 'Admitted' },
    ...{ bind: 'Bound', confirm: 'Confirmed', lock: 'Locked', record: 'Recorded', run: 'Ran', recover: 'Admitted' },
  };
  expect([...new Set(minted)].sort()).toEqual(
    Object.entries(steps)
      .map(([file, brand]) => `${file}.ts ${brand}`)
      .sort(),
  );
  expect(sources.filter((file) => /\bpassed\b(?!<)\(/.test(read(file)))).toEqual([]);
});

test('a source file is no longer than a page or three', () => {
  const long = sources.filter((file) => read(file).split('\n').length > 201);
  expect(long).toEqual([]);
});
