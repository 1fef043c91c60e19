import { check, type Document, type Path, type Problem, rule, valueAt } from '../document/document.ts';
import { z } from '../sdk/index.ts';

/** Keys that judge, record, open folders, or run a program. */
const keys = [
  ...['policies', 'policy_widening', 'policies_shadow', 'audit', 'confirmation'],
  ...['state_dir', 'runtime_dir', 'roots', 'overlay_dir', 'artifact_store_dir'],
  ...['people', 'people_dir', 'leases', 'capacity', 'secrets', 'ssh_hosts'],
];

/** Throws CONFIG_INVALID when a file that nobody named, met where we happened to start, sets what only a named one may. */
export const refuseUnnamed = (file: Document): Promise<unknown> =>
  check(file, z.unknown(), { code: 'CONFIG_INVALID', rules: [rule(z.unknown(), unnamed)] });

const unnamed = (value: unknown): readonly Problem[] =>
  [...keys.map((key) => [key]), ...pluginPaths(value)]
    .filter((path) => valueAt(value, path) !== undefined)
    .map((path) => ({
      path,
      says: 'is not taken from the working directory; name this file with --config to allow it.',
    }));

const pluginPaths = (value: unknown): readonly Path[] => {
  const plugins = valueAt(value, ['plugins']);
  return Array.isArray(plugins) ? plugins.map((_, index) => ['plugins', index, 'path']) : [];
};
