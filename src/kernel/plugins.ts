import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CapabilityPlugin,
  LabError,
  type Manifest,
  manifest as manifestSchema,
  type ProviderPlugin,
} from '../sdk/index.ts';
import { type Grants, granted } from './grants.ts';
import { refuseStrayImports } from './imports.ts';
import { codeDir, packageDir } from './installed.ts';
import { digestOfFolder, pinnedCopy } from './pinned.ts';

export { digestOfFolder } from './pinned.ts';

/** A plugin the config allows: one that came with labwarden, or one that the admin pinned. */
export type Allowed =
  | { readonly id: string }
  | { readonly path: string; readonly digest: string; readonly process: 'child' | 'here'; readonly grants: Grants };

export interface Loaded {
  readonly manifest: Manifest;
  /** What was loaded, as the audit log names it. */
  readonly digest: string;
  /** The folder that it came from. */
  readonly from: string;
  readonly grants: Manifest['ports'];
  readonly plugin: CapabilityPlugin | ProviderPlugin;
}

/** Starts a plugin in a process of its own; injected, so that the kernel does not know how processes talk. */
export type Spawn = (entry: URL) => Promise<CapabilityPlugin | ProviderPlugin>;

/** Compares the digest, reads the manifest, and only then loads code. Throws PLUGIN_INVALID. */
export async function loadPlugin(allowed: Allowed, spawn: Spawn, copiesDir: string): Promise<Loaded> {
  const source = 'id' in allowed ? await shipped(allowed.id) : await pinned(allowed, copiesDir);
  const { from, dir, code, digest } = source;
  const manifest = await readManifest(dir, 'id' in allowed ? allowed.id : from, from);
  // What is loaded must lie in the folder that the digest is about.
  if (manifest.entry.split('/').includes('..'))
    throw new LabError(
      'PLUGIN_INVALID',
      `${join(from, 'plugin.json')}: entry: "${manifest.entry}" leads out of the folder.`,
    );
  if ('path' in allowed) await refuseStrayImports(code, manifest.entry, from);
  const entry = pathToFileURL('id' in allowed ? ownEntry(code, manifest.entry) : join(code, manifest.entry));
  const inChild = 'process' in allowed && allowed.process === 'child';
  const plugin = await (inChild ? spawn(entry) : imported(entry, manifest.id)).catch(doesNotLoad(source));
  if (plugin.id !== manifest.id || plugin.kind !== manifest.kind)
    throw new LabError(
      'PLUGIN_INVALID',
      `The plugin at ${from} says it is ${plugin.kind} "${plugin.id}"; its manifest says ${manifest.kind} "${manifest.id}".`,
    );
  const grants = 'grants' in allowed ? granted(manifest, allowed.grants) : manifest.ports;
  return { manifest, digest, from, plugin, grants };
}

/** Two with one id would be taken for each other: for the grants, the files and the facts of the other. */
export function refuseTwins(loaded: readonly Loaded[]): void {
  for (const [index, { manifest, from }] of loaded.entries()) {
    const first = loaded.slice(0, index).find((one) => one.manifest.id === manifest.id);
    if (!first) continue;
    const sentence = `The plugins at ${first.from} and ${from} both have the id "${manifest.id}"; a lab has one of each.`;
    throw new LabError('PLUGIN_INVALID', sentence);
  }
}

interface Source {
  /** Where the admin knows it to be. */
  readonly from: string;
  /** Where its manifest lies. */
  readonly dir: string;
  /** Where its code lies. */
  readonly code: string;
  readonly digest: string;
}

/** Of the built package the manifest and the code lie in two places; the code is what counts. */
async function shipped(id: string): Promise<Source> {
  const dir = join(packageDir, 'plugins', id);
  const code = join(codeDir, 'plugins', id);
  if (!existsSync(join(dir, 'plugin.json'))) throw await missing(dir, id);
  return { from: dir, dir, code, digest: await digestOfFolder(code) };
}

async function pinned({ path, digest }: Extract<Allowed, { path: string }>, copiesDir: string): Promise<Source> {
  const copy = await pinnedCopy(path, digest, copiesDir);
  return { from: path, dir: copy, code: copy, digest };
}

async function readManifest(dir: string, named: string, from: string): Promise<Manifest> {
  if (!existsSync(join(dir, 'plugin.json'))) throw await missing(from, named);
  const file = join(from, 'plugin.json');
  const { success, data, error } = manifestSchema.safeParse(
    parsed(await readFile(join(dir, 'plugin.json'), 'utf8'), file),
  );
  if (success) return data;
  const [issue] = error.issues;
  throw new LabError('PLUGIN_INVALID', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message}.`);
}

const missing = async (dir: string, named: string) =>
  new LabError(
    'PLUGIN_INVALID',
    `There is no plugin "${named}": ${join(dir, 'plugin.json')} does not exist. ${await known()}`,
  );

const known = async () => {
  const entries = await readdir(join(packageDir, 'plugins'), { withFileTypes: true });
  return `Built in are ${entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .join(', ')}.`;
};

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LabError('PLUGIN_INVALID', `${file} is not JSON: ${String(cause)}.`, { cause });
  }
}

/** The manifest names the source; the built package has it as JavaScript. */
function ownEntry(dir: string, entry: string): string {
  const source = join(dir, entry);
  return existsSync(source) ? source : source.replace(/\.ts$/, '.js');
}

async function imported(entry: URL, id: string): Promise<CapabilityPlugin | ProviderPlugin> {
  const module: { plugin?: CapabilityPlugin | ProviderPlugin } = await import(entry.href);
  if (module.plugin) return module.plugin;
  throw new LabError('PLUGIN_INVALID', `The plugin "${id}" exports no \`plugin\`.`);
}

/** What failed may be a copy; its admin knows the original. */
const doesNotLoad =
  ({ from, code }: Source) =>
  (cause: unknown): never => {
    if (cause instanceof LabError && cause.code !== 'PLUGIN_INVALID') throw cause;
    const why = cause instanceof LabError ? cause.message : `The plugin at ${from} does not load: ${firstLine(cause)}`;
    throw new LabError('PLUGIN_INVALID', why.replaceAll(code, from), { cause });
  };

const firstLine = (cause: unknown): string => String(Object(cause).message ?? cause).split('\n')[0] ?? '';
