import { isBeneath, type Problem, quoted, type Rule, rule } from '../document/document.ts';
import { z } from '../sdk/index.ts';
import type { Place } from './settle.ts';

/** What one key of the config says about another. */
export const rules = (place: Place): readonly Rule[] => [knownDefault, onceEach, overlaysInside(place)];

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
