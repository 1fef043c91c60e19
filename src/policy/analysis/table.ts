import { dirname, resolve } from 'node:path';
import type { Principal, SubjectType } from '../../sdk/index.ts';
import type { Attributes } from '../attributes.ts';
import { fitting } from '../file.ts';
import type { PolicyText } from '../read.ts';
import { type Path, parse, type Source } from '../source.ts';
import { complete, type Vocabulary } from '../vocabulary.ts';
import { expected, shown } from '../words.ts';
import { attributeError } from './attribute-error.ts';
import { type TableFile, tableFile } from './table-language.ts';

export interface Thing {
  readonly type: SubjectType;
  readonly attributes: Attributes;
}

/** One row for one principal, one action and one type of thing. */
export interface Case {
  /** `file:line` of its row. */
  readonly place: string;
  readonly who: Principal;
  readonly action: string;
  /** The name of the thing in the table. */
  readonly on: string;
  readonly thing: Thing;
  readonly expect: TableFile['tests'][number]['expect'];
  readonly rule: string | undefined;
}

export interface Table {
  readonly name: string;
  /** Absolute paths; `undefined` for those of the config. */
  readonly policies: readonly string[] | undefined;
  readonly cases: readonly Case[];
}

/** Throws CONFIG_INVALID with `file:line:column` for whatever no test could mean. */
export function tableOf(text: PolicyText, vocabulary: Vocabulary): Table {
  const source = parse(text);
  const file = fitting(source, tableFile);
  const things = new Map(Object.entries(file.things).map(([name, thing]) => [name, thingsOf(source, name, thing)]));
  const words = complete(vocabulary);
  const cases = file.tests.flatMap((row, at) => casesOf(source, ['tests', at], row, { file, things, words }));
  const beside = dirname(resolve(text.name));
  return { name: text.name, policies: file.policies?.map((policy) => resolve(beside, policy)), cases };
}

function thingsOf(
  source: Source,
  name: string,
  { type, ...attributes }: TableFile['things'][string],
): readonly Thing[] {
  return [type].flat().map((one) => {
    for (const [attribute, value] of Object.entries(attributes)) {
      const wrong = attributeError(one, attribute, value);
      if (wrong) source.refuse(['things', name, attribute], wrong, wrong.includes('the attribute') ? 'key' : 'value');
    }
    return { type: one, attributes: attributes as Attributes };
  });
}

interface Names {
  readonly file: TableFile;
  readonly things: ReadonlyMap<string, readonly Thing[]>;
  readonly words: Vocabulary;
}

function casesOf(
  source: Source,
  path: Path,
  row: TableFile['tests'][number],
  { file, things, words }: Names,
): readonly Case[] {
  const { expect, rule } = row;
  const place = `${source.name}:${source.lineOf(path)}`;
  const each = (key: 'who' | 'action' | 'on') => [row[key]].flat().map((name, at) => [name, at] as const);
  const pathOf = (key: 'who' | 'action' | 'on', at: number): Path => [
    ...path,
    key,
    ...(Array.isArray(row[key]) ? [at] : []),
  ];
  return each('who').flatMap(([name, at]) => {
    const who =
      file.principals[name] ?? unknown(source, pathOf('who', at), 'principal', name, Object.keys(file.principals));
    const principal = { user: who.user ?? name, groups: who.groups ?? [], ...agent(who), via: 'stdio' } as const;
    return each('on').flatMap(([on, index]) => {
      const all = things.get(on) ?? unknown(source, pathOf('on', index), 'thing', on, [...things.keys()]);
      return each('action').flatMap(([action, nth]) =>
        all.map((thing): Case => {
          const known = words.actions[thing.type];
          if (!known.includes(action))
            unknown(source, pathOf('action', nth), 'action', action, known, ` on a ${thing.type}`);
          return { place, who: principal, action, on, thing, expect, rule };
        }),
      );
    });
  });
}

const agent = ({ agent: name }: TableFile['principals'][string]) => (name === undefined ? {} : { agent: name });

const unknown = (source: Source, path: Path, what: string, name: string, known: readonly string[], on = ''): never =>
  source.refuse(path, `found the ${what} ${shown(name)}${on}, expected ${expected(name, known)}`);
