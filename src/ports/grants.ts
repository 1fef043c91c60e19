import { isDeepStrictEqual } from 'node:util';
import { type Effect, LabError, type Manifest, type Template, within } from '../sdk/index.ts';

/** Ports in the form of a manifest: what a plugin asks for, what an admin grants, and what both agree on. */
export type Granted = Manifest['ports'];

/** What a plugin asked for and the admin granted, and of each the weaker half; a port of which nothing is left is absent. Throws PLUGIN_INVALID for a template that lets a value choose the program. */
export function agreed(plugin: string, asked: Granted, given: Granted): Granted {
  for (const template of Object.entries({ ...asked.exec, ...asked.process })) sound(plugin, ...template);
  const all = {
    exec: templates(asked.exec, given.exec),
    process: templates(asked.process, given.process),
    dial: (asked.dial ?? []).flatMap((ask) => (given.dial ?? []).flatMap((grant) => narrower(ask, grant))),
    files: folders(asked.files, given.files),
    http: both(asked.http, given.http),
    secret: both(asked.secret, given.secret),
    ...(asked.state && given.state && { state: true as const }),
    ...(asked.clock && given.clock && { clock: true as const }),
    ...(asked.random && given.random && { random: true as const }),
  };
  return Object.fromEntries(Object.entries(all).filter(([, grant]) => grant === true || Object.keys(grant).length > 0));
}

export const stronger = (one: Effect, other: Effect): Effect => (within(one, other) ? other : one);

/** The same words under the same name: an admin grants what was read, not whatever has that name later. */
const templates = (asked: Granted['exec'] = {}, given: Granted['exec'] = {}): NonNullable<Granted['exec']> =>
  Object.fromEntries(
    Object.entries(asked).flatMap(([name, ask]) => {
      const grant = Object.hasOwn(given, name) ? given[name] : undefined;
      return grant && isDeepStrictEqual(grant.argv, ask.argv) ? [[name, weaker(ask, grant)]] : [];
    }),
  );

function weaker(ask: Template, grant: Template): Template {
  const limits = [ask.timeoutMs, grant.timeoutMs].filter((limit) => limit !== undefined);
  const effect = stronger(ask.effect, grant.effect);
  return { argv: ask.argv, effect, ...(limits.length > 0 && { timeoutMs: Math.min(...limits) }) };
}

type DialGrant = NonNullable<Granted['dial']>[number];

function narrower(ask: DialGrant, grant: DialGrant): DialGrant[] {
  const both = { effect: stronger(ask.effect, grant.effect), ...commands(ask, grant) };
  if (covers(grant.to, ask.to)) return [{ to: ask.to, ...both }];
  return covers(ask.to, grant.to) ? [{ to: grant.to, ...both }] : [];
}

/** The same words under the same name, as for templates. */
function commands({ commands: asked }: DialGrant, { commands: given = {} }: DialGrant): Pick<DialGrant, 'commands'> {
  if (!asked) return {};
  const same = Object.entries(asked).filter(
    ([name, words]) => Object.hasOwn(given, name) && isDeepStrictEqual(given[name], words),
  );
  return { commands: Object.fromEntries(same) };
}

/** `tcp:127.0.0.1:*` covers every port there. */
export const covers = (pattern: string, to: string): boolean =>
  pattern === to || (pattern.endsWith(':*') && to.startsWith(pattern.slice(0, -1)));

const folders = (asked: Granted['files'] = {}, given: Granted['files'] = {}): NonNullable<Granted['files']> =>
  Object.fromEntries(
    Object.entries(asked).flatMap(([name, mode]) => {
      const grant = Reflect.get(given, name);
      return grant ? [[name, mode === 'write' && grant === 'write' ? 'write' : 'read']] : [];
    }),
  );

const both = (asked: readonly string[] = [], given: readonly string[] = []): string[] =>
  asked.filter((name) => given.includes(name));

function sound(plugin: string, name: string, { argv }: Template): void {
  const no = (why: string) => new LabError('PLUGIN_INVALID', `The template "${name}" of ${plugin} ${why}.`);
  const [program] = argv;
  if (typeof program !== 'string' || /\{\w+\}/.test(program)) throw no('must name its program in plain text');
  for (const word of argv)
    if (typeof word !== 'string' && word.argv.filter((text) => text.includes('{}')).length !== 1)
      throw no(`needs {} in exactly one of the words repeated for each of "${word.each}"`);
}
