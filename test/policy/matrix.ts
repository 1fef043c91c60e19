import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { packageDir } from '../../src/kernel/installed.ts';
import { outlookOf } from '../../src/kernel/outlook.ts';
import { wholeThing } from '../../src/policy/analysis/index.ts';
import { type Attributes, type Policy, policyOf, strongest } from '../../src/policy/index.ts';
import type { AnyOperation, Effect, SubjectType } from '../../src/sdk/index.ts';
import { person } from './support.ts';

export const goldenFile = join(import.meta.dirname, 'matrix.golden');

/** Whose things they are, by the words of the table. */
const kinds: Readonly<Record<string, Attributes>> = {
  own: { owner: '$me' },
  'protected own': { owner: '$me', protected: true },
  "other's": { owner: 'somebody-else' },
  'shared to use': { owner: 'somebody-else', shared: 'use' },
  unmanaged: { owner: '', managed: false },
};

/** What the kernel asks of policy about one tool and one kind of thing, and what the call amounts to. */
interface Row {
  readonly tool: string;
  readonly thing: string;
  readonly effect: Effect;
  readonly judged: readonly { readonly type: SubjectType; readonly action: string; readonly attributes: Attributes }[];
}

/** Every tool that comes with labwarden, against every role that does, on every kind of thing. */
export async function matrix(): Promise<string> {
  const { policy, roles } = await everyRole();
  const { operations } = await shipped();
  const rows = [...operations.values()].flatMap(({ operation }) => rowsOf(operation));
  const cells = rows.map((row) => [row.tool, row.thing, ...roles.map((role) => answer(policy, role, row))]);
  const lines = [['tool', 'thing', ...roles], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

async function shipped() {
  const kinds = globSync('plugins/*/plugin.json', { cwd: packageDir }).sort();
  const read = kinds.map(async (file) => JSON.parse(await readFile(join(packageDir, file), 'utf8')).kind);
  const capabilities = (await Promise.all(read)).flatMap((kind, at) =>
    kind === 'capability' ? [kinds[at] ?? ''] : [],
  );
  return await outlookOf({ plugins: capabilities.map((file) => ({ id: basename(dirname(file)) })) }, async () => {
    throw new Error('What comes with labwarden runs here.');
  });
}

/** Every role of every shipped policy, each bound to the one user of its name, and to nobody else. */
async function everyRole(): Promise<{ policy: Policy; roles: readonly string[] }> {
  const { vocabulary } = await shipped();
  const files = globSync('policies/*.yaml', { cwd: packageDir, exclude: ['**/*.test.yaml'] }).sort();
  const parsed = await Promise.all(files.map(async (file) => parse(await readFile(join(packageDir, file), 'utf8'))));
  const roles = parsed.flatMap((file) => Object.keys(file.roles ?? {}));
  const unbound = parsed.map(({ roles = {} }, at) => ({
    name: files[at] ?? '',
    text: stringify({ version: 1, roles }),
  }));
  const bindings = { version: 1, bindings: roles.map((role) => ({ role, users: [role] })) };
  return { policy: policyOf([...unbound, { name: 'bindings', text: stringify(bindings) }], vocabulary), roles };
}

function rowsOf(operation: AnyOperation): readonly Row[] {
  const { name, effect, on } = operation;
  const weaker = Object.values(on).some((target) => 'from' in target && target.destroyAction !== undefined);
  const ways: readonly (readonly [string, Effect])[] = weaker
    ? [
        [name, 'change'],
        [`${name}, destroying`, effect],
      ]
    : [[name, effect]];
  return ways.flatMap(([tool, how]) =>
    Object.entries(kinds).flatMap(([thing, attributes]): readonly Row[] => {
      const judged = judgedOf(operation, how, attributes, thing);
      return judged.length > 0 ? [{ tool, thing, effect: how, judged }] : [];
    }),
  );
}

/** A kind that things of this type cannot be is no row of the table. */
function judgedOf({ on, creates }: AnyOperation, effect: Effect, attributes: Attributes, thing: string): Row['judged'] {
  const drafts =
    thing === 'own' ? Object.values(creates).map(() => ({ type: 'cluster', action: 'create' }) as const) : [];
  const known = Object.values(on).map((target) => {
    const destroys = effect === 'destroy' && 'from' in target && target.destroyAction !== undefined;
    return { type: target.type, action: destroys ? String(target.destroyAction) : target.action };
  });
  const all = [...drafts, ...known].map(({ type, action }) => judged(type, action, attributes));
  return all.every((one) => one !== undefined) ? all.flat() : [];
}

function judged(type: SubjectType, action: string, attributes: Attributes): Row['judged'] | undefined {
  const { managed, shared, protected: kept, ...owned } = attributes;
  if (type === 'host' || type === 'lab')
    return owned['owner'] === '$me' && !kept ? [{ type, action, attributes: {} }] : undefined;
  if (type === 'job') return kept || shared || managed === false ? undefined : [{ type, action, attributes: owned }];
  // A cluster is always labwarden's own; a node of it may have been put there by somebody else.
  const whole = managed === false ? { owner: '$me' } : attributes;
  const node = { type: 'vm', action, attributes } as const;
  return type === 'vm' ? [node] : [{ type, action, attributes: whole }, node];
}

function answer(policy: Policy, role: string, { judged, effect }: Row): string {
  const decisions = judged.map(({ type, action, attributes }) =>
    policy.decide(person(role), action, type, wholeThing(type, attributes, role)),
  );
  if (decisions.some((decision) => decision.effect === 'deny')) return 'deny';
  const unsaid = effect === 'destroy' ? 'ack' : 'none';
  const level = effect === 'read' ? 'none' : strongest(decisions.map(({ confirm }) => confirm ?? unsaid));
  return level === 'none' ? 'allow' : level;
}

/** Writes the table anew: whoever may do what is a decision, and its difference is what reviewers read. */
if (import.meta.main) await writeFile(goldenFile, await matrix());
