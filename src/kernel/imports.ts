import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path/posix';
import { LabError } from '../sdk/index.ts';

/** Types are dropped before anything runs. */
const imports =
  /^\s*(?:import|export)(?!\s+type\s+(?!from\b))\s*[^'"=;(]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/**
 * Follows what a plugin imports by name, from its entry on. Throws PLUGIN_INVALID when that leads to code which its digest does
 * not cover: all but its own files, Node and labwarden/sdk. A name that is only put together while it runs is not seen here.
 */
export async function refuseStrayImports(dir: string, entry: string, from: string): Promise<void> {
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(join(dir, file), 'utf8').catch(() => ''); // what is not there says so when it is loaded
    for (const [, whole, bare, dynamic] of text.matchAll(imports)) {
      const to = whole ?? bare ?? dynamic ?? '';
      if (to.startsWith('.')) await visit(inside(join(dirname(file), to)) ?? refuse(join(from, file), to));
      else if (!isBuiltin(to) && !/^labwarden\/sdk(\/|$)/.test(to)) refuse(join(from, file), to);
    }
  };
  await visit(normalize(entry));
}

const inside = (path: string): string | undefined => (path.startsWith('../') ? undefined : path);

function refuse(file: string, to: string): never {
  const sentence = `${file} imports "${to}", which is not in the plugin's folder, so no digest covers it. It may import its own files, node: and labwarden/sdk.`;
  throw new LabError('PLUGIN_INVALID', sentence);
}
