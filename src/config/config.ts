import { dirname } from 'node:path';
import { absolute, check, type Document, openDocument, type Path } from '../document/document.ts';
import { overlaid, setter, variables } from './env.ts';
import { findConfigFile, isFoundHere, type Whereabouts } from './find.ts';
import { refuseUnnamed } from './must-be-named.ts';
import { defaultStateDir } from './places.ts';
import { rules } from './rules.ts';
import { configFile } from './schema.ts';
import { type Place, settle } from './settle.ts';

export { configFile } from './schema.ts';

export type Config = ReturnType<typeof settle>;

interface Surroundings extends Whereabouts {
  /** Where labwarden is installed: its policies and topologies are the defaults. */
  readonly packageDir: string;
}

const code = 'CONFIG_INVALID';

/** The config file, under `.env` and the environment, over the defaults. Makes no folder and looks at no path in it. */
export async function loadConfig(where: Surroundings): Promise<Config> {
  const source = findConfigFile(where);
  const file = source === undefined ? none : await openDocument(source, { code });
  if (source !== undefined && isFoundHere(where, source)) await refuseUnnamed(file);
  const over = await variables(where);
  const beside = source === undefined ? where.cwd : dirname(source);
  const place: Place = (key, written) => absolute(written, setter(over, key) ? where.cwd : beside, where.home);
  const checked = await check(overlaid(file, over), configFile, {
    code,
    rules: rules(place, () => defaultStateDir(where, source)),
    untold,
  });
  return settle(checked, { where, source, place });
}

/** Some write the secret itself where its source should stand. */
const untold = ([key]: Path): boolean => key === 'secrets';

const none: Document = { name: 'The config', value: {}, at: () => 'defaults' };
