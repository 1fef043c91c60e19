import { z } from '../sdk/index.ts';
import { subjectTypes } from './attributes.ts';
import { confirmLevels } from './levels.ts';
import { limitText } from './limit-text.ts';

const slug = (what: string) =>
  z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, `${what}: lower-case letters, digits and dashes, at most 40`);

const id = slug('a name for the rule').describe('Names the rule in decisions and in the audit log. Once in a policy.');
const reason = z.string().regex(/^\S.{0,199}$/, 'one line of text, at most 200 characters');
const type = z.enum(subjectTypes);

/** What every rule says: which actions, on which things, and on which of those. */
const matches = {
  id: id.optional(),
  actions: z
    .array(z.string())
    .min(1, "a list of actions, or ['*'] for all of them")
    .describe("What is done to the thing; ['*'] is everything that can be done to it."),
  on: z
    .union([type, z.array(type).min(1, 'at least one type of thing')])
    .describe('The type of thing, or a list of types.'),
  where: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Only things for which all of this is so. Without it: every thing of the type.'),
};

const allow = z.strictObject({ ...matches, reason: reason.optional().describe('Why, for those who read the policy.') });
const deny = z.strictObject({ ...matches, reason: reason.describe('Shown to whoever is refused.') });
const confirm = z.strictObject({
  level: z
    .enum(confirmLevels)
    .describe(
      'none: do not ask. ack: ask the person at the client. human: a person approves with a key of their own, on a terminal. two-person: two do, other than the one who asks.',
    ),
  ...matches,
});

const role = z.strictObject({
  description: z.string().max(1_000, 'at most 1000 characters').optional(),
  include: z.array(z.string()).optional().describe('Roles whose rules are part of this one.'),
  allow: z.array(allow).optional(),
  deny: z.array(deny).optional().describe('Wins over every allow, wherever either stands.'),
  confirm: z.array(confirm).optional().describe('Of several that match the strongest counts.'),
  limits: z
    .array(limitText(id))
    .max(100, 'at most 100 limits in a role')
    .optional()
    .describe('How much, for those who have the role. Of several every one holds.'),
});

const user = z.string().regex(/^(?:\*|[^*$][^*]{0,127})$/, "a user's name, or '*' for everybody");
const group = z.string().regex(/^[^*$][^*]{0,127}$/, "a group's name");
const agent = z.string().regex(/^(?:\*|[^*$][^*]{0,63})$/, "what an agent calls itself, or '*' for any of them");

const binding = z.strictObject({
  role: z.string(),
  users: z.array(user).min(1, 'at least one user').optional(),
  groups: z.array(group).min(1, 'at least one group').optional(),
  agents: z
    .array(agent)
    .min(1, 'at least one agent')
    .optional()
    .describe('Only when the person comes through one of these. The role may then only deny and ask.'),
});

/** One policy file, as far as a schema can say it. `where` and the words in `actions` depend on `on`: see rules.ts. */
export const policyFile = z.strictObject({
  version: z.literal(1, '1, the version of this language'),
  roles: z.record(slug("a role's name"), role).optional(),
  bindings: z.array(binding).optional().describe('Who has which role. Nobody has any role but through here.'),
});

export type PolicyFile = z.output<typeof policyFile>;
export type RuleText = z.output<typeof allow | typeof deny | typeof confirm>;
