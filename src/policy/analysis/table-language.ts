import { z } from '../../sdk/index.ts';
import { subjectTypes } from '../attributes.ts';
import { confirmLevels } from '../levels.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a name: lower-case letters, digits and dashes, at most 40');
const several = <S extends z.ZodType>(one: S, what: string) =>
  z.union([one, z.array(one).min(1, `at least one ${what}`)]);
const type = z.enum(subjectTypes);

const principal = z.strictObject({
  user: z.string().min(1, "a user's name").optional().describe('Their user name. [the name of this entry]'),
  groups: z.array(z.string()).optional().describe('Groups of their login.'),
  agent: z.string().optional().describe('What their agent calls itself.'),
});

const thing = z
  .object({ type: several(type, 'type').describe('vm, cluster, job or host, or a list of them.') })
  .catchall(z.unknown());

/** What a row may expect: yes or no, or how a person is asked first. */
export const expectations = ['allow', 'deny', ...confirmLevels] as const;

const row = z.strictObject({
  who: several(name, 'principal').describe('Principals of this table.'),
  action: several(z.string(), 'action').describe('What they do.'),
  on: several(name, 'thing').describe('Things of this table.'),
  expect: z
    .enum(expectations)
    .describe('allow: yes, asked or not. deny: no. none: yes, unasked. Else: yes, once a person has been asked so.'),
  rule: z.string().optional().describe('The id of the rule that must decide.'),
});

/** One table of expectations, as far as a schema can say it. */
export const tableFile = z.strictObject({
  version: z.literal(1, '1, the version of this language'),
  policies: z
    .array(z.string().min(1))
    .min(1, 'at least one policy file')
    .optional()
    .describe('Policy files, from this file’s folder on, that are in force together. [those of the config]'),
  principals: z.record(name, principal).describe('People, by names that the rows use.'),
  things: z
    .record(name, thing)
    .describe('Things, by names that the rows use; attributes that are not named are as usual.'),
  tests: z.array(row).min(1, 'at least one row'),
});

export type TableFile = z.output<typeof tableFile>;
