import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface Place extends AsyncDisposable {
  readonly dir: string;
  readonly config: string;
  /** For every program of the demo: its lab is this one, whatever the person's own is. */
  readonly env: Readonly<Record<string, string>>;
}

export const root: string = join(import.meta.dirname, '../..');

/** What a person with a lab of their own might add to the rules that come with labwarden. */
const houseRules = {
  version: 1,
  roles: {
    house: {
      description: 'The rules of this demonstration.',
      deny: [
        {
          id: 'keep-the-server',
          actions: ['crash'],
          on: 'vm',
          where: { name: 'server' },
          reason: 'The server is in use; crash a client instead.',
        },
      ],
    },
  },
  bindings: [{ role: 'house', users: ['*'] }],
};

/** A lab of its own in a folder that is gone afterwards; only the image is the person's. `more` are further keys of its config. */
export async function makePlace(more: object = {}): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'lw-demo-'));
  const config = join(dir, 'labwarden.yaml');
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  await writeFile(join(dir, 'house-rules.yaml'), stringify(houseRules));
  await writeFile(
    config,
    stringify({
      state_dir: 'state',
      runtime_dir: 'run',
      topology_dir: join(root, 'topologies'),
      roots: { images: join(state, 'labwarden', 'images') },
      ...more,
      policies: [join(root, 'policies/lab-of-one.yaml'), join(root, 'policies/roles.yaml'), 'house-rules.yaml'],
    }),
  );
  const env = { ...plainEnv(), XDG_RUNTIME_DIR: dir };
  return { dir, config, env, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

/** What this process has in its environment, without what would decide where a lab is. */
export const plainEnv = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('LABWARDEN_') ? [] : [[name, value]],
    ),
  );
