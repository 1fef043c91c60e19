import { chmod, chown, lchown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSecrets, type SecretSource } from '../../../src/ports/index.ts';
import { ownFolder } from '../../support/folder.ts';

const canary = 'canary-5f2d9b';
let folder: Awaited<ReturnType<typeof ownFolder>>;

beforeEach(async () => {
  folder = await ownFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const at = (...names: readonly string[]) => join(folder.path, ...names);
async function written(text: string | Buffer = `${canary}\n`, mode = 0o600, path = at('secret')): Promise<string> {
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}
const read = (source: SecretSource) => openSecrets({ it: source }, {}).read('it');
/** Why it is not read; of what it says and carries nothing may be the secret. */
async function refusal(source: SecretSource, env: Record<string, string> = {}): Promise<string> {
  const reason = await openSecrets({ it: source }, env)
    .read('it')
    .catch((reason) => reason);
  expect(reason).toMatchObject({ code: 'PROVIDER_FAILED', details: { secret: 'it' } });
  expect(inspect(reason, { depth: 9, showHidden: true })).not.toContain(canary);
  return reason.message;
}

describe('from a file', () => {
  test('it is what stands there, without the line end that editors add, and no other', async () => {
    expect(await read({ file: await written() })).toBe(canary);
    expect(await read({ file: await written('a\r\n') })).toBe('a');
    expect(await read({ file: await written(' a\n\n') })).toBe(' a\n');
  });

  test('it is read anew each time', async () => {
    const secrets = openSecrets({ it: { file: await written('old') } }, {});
    expect(await secrets.read('it')).toBe('old');
    await written('new');
    expect(await secrets.read('it')).toBe('new');
  });

  test.each([
    ['others may read', 0o644, 'others may open'],
    ['the group may write', 0o620, 'others may open'],
  ])('one that %s is refused', async (_, mode, why) => {
    expect(await refusal({ file: await written(undefined, mode) })).toContain(why);
  });

  test('one that is a link, a folder or not there is refused', async () => {
    await symlink(await written(), at('link'));
    expect(await refusal({ file: at('link') })).toContain('it is a link; name the real path');
    await mkdir(at('dir'), { mode: 0o700 });
    expect(await refusal({ file: at('dir') })).toContain('is no plain file');
    expect(await refusal({ file: at('none') })).toContain('it does not exist');
    expect(await refusal({ file: at('no', 'folder') })).toContain('it does not exist');
  });

  test('one in a folder that others may write in, at whatever height, is refused', async () => {
    await mkdir(at('open', 'own'), { recursive: true, mode: 0o700 });
    const file = await written(undefined, 0o600, at('open', 'own', 'secret'));
    expect(await read({ file })).toBe(canary);
    await chmod(at('open'), 0o777);
    expect(await refusal({ file })).toContain(`others may write in ${at('open')}`);
    await chmod(at('open'), 0o1777);
    expect(await read({ file })).toBe(canary);
  });

  test('one behind a folder that is somebody’s link is refused', async () => {
    await mkdir(at('real'), { mode: 0o700 });
    await written(undefined, 0o600, at('real', 'secret'));
    await symlink(at('real'), at('way'));
    if (process.getuid?.() === 0) await lchown(at('way'), 65_534, 65_534);
    expect(await refusal({ file: at('way', 'secret') })).toContain(`${at('way')} is a link; name the real path`);
  });

  test.runIf(process.getuid?.() === 0)(
    'one that belongs to somebody else, or lies in their folder, is refused',
    async () => {
      const file = await written();
      await chown(file, 65_534, 65_534);
      expect(await refusal({ file })).toContain('belongs to somebody else');
      await chown(file, 0, 0);
      await mkdir(at('theirs'), { mode: 0o700 });
      const inside = await written(undefined, 0o600, at('theirs', 'secret'));
      await chown(at('theirs'), 65_534, 65_534);
      expect(await refusal({ file: inside })).toContain(`${at('theirs')} belongs to somebody else`);
    },
  );

  test('an empty one and one without end are refused', async () => {
    expect(await refusal({ file: await written('\n') })).toContain('it is empty');
    expect(await refusal({ file: await written(Buffer.alloc(70_000, canary)) })).toContain('more than 65536 bytes');
  });
});

describe('from the environment', () => {
  test('it is taken out of it at once, and stays what it was', async () => {
    const env: Record<string, string | undefined> = { LAB_TOKEN: canary, PATH: '/bin' };
    const secrets = openSecrets({ it: { env: 'LAB_TOKEN' }, same: { env: 'LAB_TOKEN' } }, env);
    expect(env).toEqual({ PATH: '/bin' });
    env['LAB_TOKEN'] = 'later';
    expect([await secrets.read('it'), await secrets.read('same')]).toEqual([canary, canary]);
  });

  test('one that is not there says what to do', async () => {
    expect(await refusal({ env: 'LAB_TOKEN' })).toContain('the lab server was started without LAB_TOKEN');
    expect(await refusal({ env: 'LAB_TOKEN' }, { LAB_TOKEN: '' })).toContain('it is empty');
  });
});

describe('from a program', () => {
  const script = async (text: string) => {
    await writeFile(at('program'), `#!/bin/sh\n${text}\n`);
    await chmod(at('program'), 0o700);
    return at('program');
  };

  test('it is what the program prints, with its arguments as they are', async () => {
    const program = await script('printf "%s" "$1"');
    expect(await read({ command: [program, `$(id) ; ${canary} *`] })).toBe(`$(id) ; ${canary} *`);
  });

  test('the program has none of our environment but what every program has', async () => {
    process.env['LAB_OTHER'] = canary;
    const printed = await read({ command: [await script('env | cut -d= -f1 | sort | tr "\\n" " "')] });
    delete process.env['LAB_OTHER'];
    expect(
      printed
        .trim()
        .split(' ')
        .filter((name) => !['PATH', 'HOME', 'LANG', 'PWD', '_', 'SHLVL', 'OLDPWD'].includes(name)),
    ).toEqual([]);
  });

  test.each([
    ['fails', `echo ${canary} >&2; echo ${canary}; exit 3`, 'ended with 3'],
    ['is killed', `echo ${canary}; kill -9 $$`, 'ended by SIGKILL'],
    ['prints nothing', `echo ${canary} >&2`, 'it is empty'],
    ['prints without end', `yes ${canary}`, 'printed more than 65536 bytes'],
  ])('one that %s is refused, and nothing of what it printed is told', async (_, text, why) => {
    expect(await refusal({ command: [await script(text)] })).toContain(why);
  });

  test('one that is not there is refused by its path', async () => {
    expect(await refusal({ command: [at('none')] })).toContain(`${at('none')} does not exist`);
  });
});

test('a name that the config does not have is none, nor is one that every object has', async () => {
  for (const name of ['other', 'constructor', '__proto__'])
    await expect(openSecrets({ it: { env: 'X' } }, {}).read(name)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no secret "${name}" in the config; add it under secrets.`,
    });
});
