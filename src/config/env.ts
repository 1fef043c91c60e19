import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type Document, type Path, parse, readSource, valueAt } from '../document/document.ts';
import { LabError } from '../sdk/index.ts';
import { readsDotEnv, type Whereabouts } from './find.ts';

/** Variables with our prefix that are no config keys: each is read where it is named. */
const others = new Set(['LABWARDEN_CONFIG', 'LABWARDEN_SOCKET']);
const prefix = 'LABWARDEN_';

/** Whoever may write where we start, as agents often may, decides no more than this: nothing that judges, records or opens folders. */
const harmless = /^LABWARDEN_(LOG_LEVEL|LOG_FILE|LIMITS__.+|TOPOLOGY_DIR|PROJECT|SSH_USER|SSH_KEY_PATH)$/;
const harmlessNames =
  'LOG_LEVEL, LOG_FILE, LIMITS__…, TOPOLOGY_DIR, PROJECT, SSH_USER and SSH_KEY_PATH, each after LABWARDEN_';

/** One config key as the environment sets it. */
export interface Variable {
  /** What messages call it. */
  readonly name: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every config key that `.env`, and over it the environment, sets. Empty variables set nothing. */
export async function variables(where: Whereabouts): Promise<readonly Variable[]> {
  const { env, cwd } = where;
  const file = join(cwd, '.env');
  const dotEnv = readsDotEnv(where) ? parseEnv(await readSource(file, 'CONFIG_INVALID')) : {};
  const never = Object.keys(dotEnv).find((name) => name.startsWith(prefix) && dotEnv[name] && !harmless.test(name));
  if (never) {
    const sentence = `${file} sets ${never}; from a .env labwarden takes only ${harmlessNames}. Set it in the config file or the environment.`;
    throw new LabError('CONFIG_INVALID', sentence);
  }
  return [...from(dotEnv, file), ...from(env, 'environment')];
}

function from(env: Whereabouts['env'], origin: string): readonly Variable[] {
  const ours = Object.entries(env).filter(([name]) => name.startsWith(prefix) && !others.has(name));
  return ours.flatMap(([variable, text]) => {
    if (!text) return [];
    const name = `${variable} (${origin})`;
    const path = variable.slice(prefix.length).toLowerCase().split('__');
    return [{ name, path, value: parse(text, name, 'CONFIG_INVALID').value }];
  });
}

/** The document with the variables over it. Its places name the variable where one decided. */
export function overlaid(document: Document, over: readonly Variable[]): Document {
  const value = over.reduce<unknown>((lower, variable) => put(lower, variable.path, variable.value), document.value);
  const through = (path: Path) => over.find((variable) => path.every((part, index) => part === variable.path[index]));
  const place = (path: Path) => {
    const variable = setter(over, path) ?? (valueAt(document.value, path) === undefined ? through(path) : undefined);
    return variable?.name ?? document.at(path);
  };
  return { ...document, value, at: place };
}

/** The variable that decided what stands at the path; the last one when several did. */
export const setter = (over: readonly Variable[], path: Path): Variable | undefined =>
  over.findLast((variable) => variable.path.every((part, index) => part === path[index]));

/** Spread copies own keys only, so no name reaches a prototype. */
function put(lower: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const map: Record<string, unknown> = isMap(lower) ? { ...lower } : {};
  return { ...map, [key]: put(Object.hasOwn(map, key) ? map[key] : undefined, rest, value) };
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
