import { spawnSync } from 'node:child_process';
import { cleanUp, stopServer } from './clean-up.ts';
import { connect } from './client.ts';
import { leaving } from './leaving.ts';
import { makePlace, type Place, root } from './place.ts';
import { step } from './print.ts';
import { drive } from './steps.ts';

/** The main job of labwarden, for real: guests boot, talk, crash, come back and go, and the log of it all is checked. */
await using place = await makePlace();
const began = performance.now();
const left = leaving(place, () => cleanUp(place));

process.stdout.write(`\nlabwarden demo, in ${place.dir}\n\n`);
try {
  const client = await step(
    'labwarden starts over stdio and answers an MCP client',
    () => connect(place, answer),
    ({ tools }) => [`${tools} tools; protocol 2026-07-28`],
  );
  await drive(client);
  await client.close();
  stopServer(place);
  await step(
    'labwarden audit verify',
    async () => verified(place),
    (lines) => lines,
  );
  process.stdout.write(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. Nothing is left behind.\n\n`);
} catch (reason) {
  await left.failed(reason);
}

/** The person who is asked: shown here, and agreed to. */
function answer(message: string): string {
  for (const line of message.split('\n')) process.stdout.write(`\n      | ${line}`);
  const name = /Type "([^"]+)"/.exec(message)?.[1] ?? '';
  process.stdout.write(`\n      > ${name}\n`);
  return name;
}

function verified({ config, env, dir }: Place): readonly string[] {
  const { stdout, stderr, status } = spawnSync(`${root}/labwarden`, ['audit', 'verify', '--config', config], {
    env,
    cwd: dir,
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return String(stdout).trim().split('\n');
}
