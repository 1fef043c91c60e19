import { leaving } from '../demo/leaving.ts';
import { step } from '../demo/print.ts';
import { type Agent, agentOf } from './agent.ts';
import { flipBit, leaseRecords, watchLease } from './ends.ts';
import { type GatePlace, gatePlace } from './place.ts';
import { approveInTerminal, becomeApprover, breakPolicy, forge, refused } from './scenes.ts';
import { takeAway } from './take-away.ts';
import { done } from './terminal.ts';

/** What the gate is for, for real: four people, two agents, real guests, and everything that must not happen. */
await using place = await gatePlace();
const began = performance.now();
const left = leaving(place, () => takeAway(place));

process.stdout.write(`\nlabwarden demo of the gate, in ${place.dir}\n\n`);
try {
  await play(place);
  process.stdout.write(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. Nothing is left behind.\n\n`);
} catch (reason) {
  await left.failed(reason);
}

async function play(lab: GatePlace): Promise<void> {
  await step(
    'a lab for ana (admin), bob (member), eve (short stay), olga (operator)',
    async () => done(lab, 'tools'),
    () => [],
  );
  await step('ana becomes the first approver, in a terminal of her own', () => becomeApprover(lab), asIs);
  await using agents = new AsyncDisposableStack();
  const agent = (person: string, name: string) => agents.use(agentOf(lab, person, name));
  const [ana, bob, eve, olga] = [
    agent('ana', 'desk'),
    agent('bob', 'claude-code'),
    agent('eve', 'cursor'),
    agent('olga', 'desk'),
  ];
  const nightBot = agent('bob', 'night-bot');
  await step('eve takes a cluster on a lease of a minute', () => started(eve, 'brief'), asIs);
  const leasedAt = performance.now();
  await step("bob's agent makes a cluster and runs a command in it", () => started(bob, 'web'), asIs);
  await step(
    'eve cannot see it',
    () => one(refused('NOT_FOUND', eve.call('cluster_status', { cluster_name: 'web' }))),
    asIs,
  );
  const web = { cluster_name: 'bob:web', node_name: 'n1', command: 'id' };
  await step('olga sees it, and cannot get inside', () => one(refused('FORBIDDEN', olga.call('node_exec', web))), asIs);
  await step(
    'bob cannot have more',
    () => one(refused('LIMIT_EXCEEDED', bob.call('cluster_define', { topology_name: 'more' }))),
    asIs,
  );
  const destroy = { cluster_name: 'web' };
  await step(
    "bob's night bot has no tool to take it away",
    () => one(refused('NOT_FOUND', nightBot.call('cluster_destroy', destroy))),
    asIs,
  );
  await step('a confirmation is forged, outdated, replayed', () => forge(ana), asIs);
  await step('an admin saves a broken policy under load', () => breakPolicy(lab, bob, eve), asIs);
  await step("bob's agent destroys; ana approves it in a second terminal", () => approveInTerminal(lab, bob), asIs);
  await step("eve's lease runs out", () => watchLease(eve, leasedAt), asIs);
  await step('every step of that is in the log, under a name of its own', async () => leaseRecords(lab), asIs);
  await agents.disposeAsync();
  done(lab, 'stop', '--wait');
  await step('one bit of the log is flipped', async () => flipBit(lab), asIs);
}

function asIs(lines: readonly string[]): readonly string[] {
  return lines;
}

async function one(line: Promise<string>): Promise<readonly string[]> {
  return [await line];
}

async function started(agent: Agent, name: string): Promise<readonly string[]> {
  await agent.call('cluster_define', { topology_name: name });
  await agent.call('cluster_start', { cluster_name: name });
  const ran = await agent.call('node_exec', { cluster_name: name, node_name: 'n1', command: 'uname -sr' });
  return [`${name}/n1: ${String(ran['stdout']).trim()}`];
}
