import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Refused } from '../demo/client.ts';
import { type Agent, yes } from './agent.ts';
import type { GatePlace } from './place.ts';
import { labwarden, onTerminal } from './terminal.ts';

/** The refusal that a call ends with. Throws when it does not, or ends with another one. */
export async function refused(code: string, work: Promise<unknown>): Promise<string> {
  const done = await work.catch((reason: unknown) => reason);
  if (done instanceof Refused && done.code === code) return `${code}: ${done.message.split('\n')[0]}`;
  throw new Error(`${code} was to come, and this came: ${done instanceof Error ? done.message : JSON.stringify(done)}`);
}

const passphrase = 'a demonstration, not a secret';

/** Ana makes her key, before any agent could be the first. */
export async function becomeApprover(place: GatePlace): Promise<readonly string[]> {
  const shown = await onTerminal(place, ['approver', 'add', 'ana'], [passphrase, passphrase]);
  const lines = linesWith(shown, 'is the first approver');
  if (lines.length === 0) throw new Error(shown);
  return lines;
}

/** An agent that may not answer for its person, and a person who does, in a terminal of her own. */
export async function approveInTerminal(place: GatePlace, bob: Agent): Promise<readonly string[]> {
  const destroy = { cluster_name: 'web', remove_overlays: true };
  const asked = await bob.asked('cluster_destroy', destroy);
  const id = /labwarden approve ([0-9a-f]+)/.exec(asked.message)?.[1] ?? '';
  const tried = await refused(
    'CONFIRMATION_REQUIRED',
    bob.call('cluster_destroy', destroy, yes('web', asked.requestState)),
  );
  const shown = await onTerminal(place, ['approve', id], ['web', passphrase]);
  await bob.call('cluster_destroy', destroy);
  return [
    `an agent's own yes changes nothing: ${tried}`,
    ...shown.split('\n').map((line) => `| ${line}`),
    "bob's agent repeats the call, and it is done",
  ];
}

/** Three ways to come to a yes without being asked this very question. */
export async function forge(ana: Agent): Promise<readonly string[]> {
  const spare = { cluster_name: 'spare' };
  await ana.call('cluster_define', { topology_name: 'spare' });
  await ana.asked('cluster_destroy', spare, yes('spare'));
  const forged = await refused('INVALID_INPUT', ana.call('cluster_destroy', spare, yes('spare', 'v1.made.up')));
  const stale = await ana.asked('cluster_destroy', spare);
  await ana.call('cluster_start', { ...spare, wait_for_ssh: false });
  const changed = await ana.asked('cluster_destroy', spare, yes('spare', stale.requestState));
  await ana.call('cluster_destroy', { ...spare }, yes('spare', changed.requestState));
  await ana.call('cluster_define', { topology_name: 'spare' });
  const again = ana.call('cluster_destroy', spare, yes('spare', changed.requestState));
  const replayed = await refused('CONFIRMATION_STALE', again);
  await ana.call('cluster_destroy', { ...spare, remove_overlays: true }, yes('spare', await seal(ana)));
  const line = (text: string) => text.split('\n')[0];
  return [
    'a yes to no question: the person is asked',
    `a forged seal: ${forged}`,
    `a yes to something that has changed since: ${line(changed.message)}`,
    `the same yes a second time: ${replayed}`,
  ];
}

const seal = async (ana: Agent) =>
  (await ana.asked('cluster_destroy', { cluster_name: 'spare', remove_overlays: true })).requestState;

/** Everybody goes on while the admin saves something that is no policy; what was forbidden stays so. */
export async function breakPolicy(place: GatePlace, bob: Agent, eve: Agent): Promise<readonly string[]> {
  let calls = 0;
  let over = false;
  const load = [bob, eve, bob, eve].map(async (agent) => {
    for (; !over; calls++) await agent.call('cluster_list', {});
  });
  const status = async (word: RegExp) => {
    for (;;) {
      const line = labwarden(place, 'status')
        .said.split('\n')
        .find((one) => word.test(one));
      if (line !== undefined) return line;
      await pause(50);
    }
  };
  writeFileSync(place.policy, place.rules.replace('roles:', 'rolls:'));
  const loud = await status(/gate\.yaml:\d+/);
  const still = await refused('NOT_FOUND', eve.call('cluster_status', { cluster_name: 'web' }));
  writeFileSync(place.policy, place.rules);
  await status(/^policy [0-9a-f]+.*$/);
  over = true;
  await Promise.all(load);
  return [loud, `${calls} calls meanwhile, all answered as before; what is hidden stays hidden: ${still}`];
}

export const linesWith = (text: string, words: string): readonly string[] =>
  text.split('\n').filter((line) => line.includes(words));
