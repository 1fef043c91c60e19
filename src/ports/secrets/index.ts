import { LabError } from '../../sdk/index.ts';
import { printedBy } from './command.ts';
import { inFile } from './file.ts';
import { mostBytes, notThere } from './miss.ts';

/** Where one secret comes from. */
export type SecretSource =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly command: readonly string[] };

/** The lab's secrets, by the names that its config gives them. */
export interface SecretStore {
  /** Read anew each time, so that one that was changed counts from its next use on. Throws, and never says what it has read. */
  read(name: string): Promise<string>;
}

type Environment = Record<string, string | undefined>;

/** Secrets of the environment are taken out of it at once: whatever is started after this does not inherit them. */
export function openSecrets(
  sources: Readonly<Record<string, SecretSource>>,
  env: Environment = process.env,
): SecretStore {
  const taken = new Map(
    Object.values(sources).flatMap((source) => ('env' in source ? [[source.env, env[source.env]] as const] : [])),
  );
  for (const variable of taken.keys()) delete env[variable];
  return {
    async read(name) {
      const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
      if (!source) throw new LabError('NOT_FOUND', `There is no secret "${name}" in the config; add it under secrets.`);
      return sound(name, await textOf(name, source, taken));
    },
  };
}

function textOf(name: string, source: SecretSource, taken: ReadonlyMap<string, string | undefined>) {
  if ('file' in source) return inFile(name, source.file);
  if ('command' in source) return printedBy(name, source.command);
  const value = taken.get(source.env);
  if (value !== undefined) return value;
  const how = `the lab server was started without ${source.env}; stop it and start the client with it`;
  throw notThere(name, how);
}

/** One line end at its end is the editor's, not the secret's. */
function sound(name: string, text: string): string {
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw notThere(name, 'it is empty');
  if (Buffer.byteLength(value) > mostBytes) throw notThere(name, `it has more than ${mostBytes} bytes`);
  return value;
}
