import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { plugin as clusters } from '../plugins/clusters/index.ts';
import { plugin as jobs } from '../plugins/jobs/index.ts';
import { plugin as lab } from '../plugins/lab/index.ts';
import { configFile } from '../src/config/config.ts';
import { collect } from '../src/kernel/registry.ts';
import { vocabularyOf } from '../src/kernel/vocabulary.ts';
import { tableSchema } from '../src/policy/analysis/index.ts';
import { policySchema } from '../src/policy/index.ts';
import { topologyFile } from '../src/topology/topology.ts';

const titles = {
  'config.schema.json': { title: 'labwarden config', schema: configFile },
  'topology.schema.json': { title: 'labwarden topology', schema: topologyFile },
} as const;

const vocabulary = vocabularyOf(collect([clusters, jobs, lab]));

/** What editors check and complete YAML files with, by file name in `schemas/`. */
export const schemas = (): Readonly<Record<string, object>> => ({
  ...Object.fromEntries(
    Object.entries(titles).map(([file, { title, schema }]) => [
      file,
      { title, ...z.toJSONSchema(schema, { io: 'input' }) },
    ]),
  ),
  'policy.schema.json': policySchema(vocabulary),
  'policy-test.schema.json': tableSchema(vocabulary),
});

if (import.meta.main) {
  const folder = resolve(import.meta.dirname, '../schemas');
  const files = Object.entries(schemas());
  await Promise.all(
    files.map(([file, schema]) => writeFile(resolve(folder, file), `${JSON.stringify(schema, null, 2)}\n`)),
  );
}
