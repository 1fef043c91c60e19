import { isAbsolute, join } from 'node:path';
import { isBeneath, type Problem, quoted, type Rule, rule } from '../document/document.ts';
import { z } from '../sdk/index.ts';
import type { Place } from './settle.ts';

/** What one key of the config says about another. */
export const rules = (place: Place, standardStateDir: () => string): readonly Rule[] => [
  knownDefault,
  onceEach,
  overlaysInside(place),
  wholePrograms,
  oneLogin,
  guestSecret,
  keysInside(place, standardStateDir),
];

const knownDefault = rule(
  z.looseObject({ default_provider: z.string(), providers: z.record(z.string(), z.unknown()) }),
  ({ default_provider: label, providers }) => {
    if (Object.hasOwn(providers, label)) return [];
    const have = Object.keys(providers).join(', ');
    return [{ path: ['default_provider'], says: `found ${quoted(label)}; expected one of the providers: ${have}.` }];
  },
);

const onceEach = rule(
  z.looseObject({ plugins: z.array(z.looseObject({ id: z.string().optional() })) }),
  ({ plugins }) => {
    const ids = plugins.map(({ id }) => id);
    return ids.flatMap((id, index): readonly Problem[] =>
      id === undefined || ids.indexOf(id) === index
        ? []
        : [{ path: ['plugins', index, 'id'], says: `found ${quoted(id)} a second time; a plugin is loaded once.` }],
    );
  },
);

const wholePrograms = rule(
  z.looseObject({
    secrets: z.record(z.string(), z.looseObject({ command: z.array(z.string()).optional().catch(undefined) })),
  }),
  ({ secrets }) =>
    Object.entries(secrets).flatMap(([name, { command }]): readonly Problem[] => {
      const program = command?.[0];
      if (program === undefined || isAbsolute(program)) return [];
      const says = `found ${quoted(program)}; expected a program by its absolute path, such as /usr/bin/pass.`;
      return [{ path: ['secrets', name, 'command', 0], says }];
    }),
);

const oneLogin = rule(
  z.looseObject({ ssh_key_path: z.string(), ssh_password_secret: z.string() }),
  (): readonly Problem[] => [
    { path: ['ssh_password_secret'], says: 'found beside ssh_key_path; expected one of the two.' },
  ],
);

const guestSecret = rule(
  z.looseObject({
    ssh_password_secret: z.string(),
    secrets: z.record(z.string(), z.looseObject({ guests: z.boolean().catch(false) })).default({}),
  }),
  ({ ssh_password_secret: name, secrets }): readonly Problem[] => {
    const open = Object.keys(secrets).filter((each) => secrets[each]?.guests);
    if (open.includes(name)) return [];
    const have = open.length > 0 ? `one of: ${open.join(', ')}` : 'the name of a secret with guests: true';
    return [{ path: ['ssh_password_secret'], says: `found ${quoted(name)}; expected ${have}.` }];
  },
);

const overlaysInside = (place: Place): Rule =>
  rule(
    z.looseObject({
      overlay_dir: z.string(),
      roots: z.looseObject({ overlays: z.union([z.string(), z.array(z.string())]) }),
    }),
    ({ overlay_dir, roots }) => {
      const dir = place(['overlay_dir'], overlay_dir);
      const allowed = [roots.overlays].flat().map((root) => place(['roots', 'overlays'], root));
      if (allowed.some((root) => isBeneath(dir, root))) return [];
      const says = `found ${quoted(dir)}; expected a folder beneath roots.overlays: ${allowed.join(', ')}.`;
      return [{ path: ['overlay_dir'], says }];
    },
  );

const keysInside = (place: Place, standardStateDir: () => string): Rule =>
  rule(
    z.looseObject({
      state_dir: z.string().optional(),
      roots: z.looseObject({ keys: z.union([z.string(), z.array(z.string())]).optional() }).optional(),
      ssh_hosts: z.record(z.string(), z.looseObject({ key_path: z.string() })),
    }),
    ({ state_dir, ssh_hosts, roots }) => {
      const stateDir = state_dir === undefined ? standardStateDir() : place(['state_dir'], state_dir);
      const allowed =
        roots?.keys === undefined
          ? [join(stateDir, 'keys')]
          : [roots.keys].flat().map((root) => place(['roots', 'keys'], root));
      return Object.entries(ssh_hosts).flatMap(([name, { key_path }]): readonly Problem[] => {
        const path = ['ssh_hosts', name, 'key_path'];
        const key = place(path, key_path);
        if (allowed.some((root) => isBeneath(key, root))) return [];
        return [{ path, says: `found ${quoted(key)}; expected a path beneath roots.keys: ${allowed.join(', ')}.` }];
      });
    },
  );
