import { setTimeout as pause } from 'node:timers/promises';
import type { PolicyHealth } from '../kernel/policy-keeper.ts';
import { LabError } from '../sdk/errors.ts';
import { configArgument, here, placeOf } from '../transports/place.ts';
import { dialLab } from '../transports/start.ts';
import type { Status } from '../transports/status.ts';
import { plainText } from './plain.ts';

export async function status(args: readonly string[]): Promise<number> {
  const found = await ask('status', args);
  if (!found) return said('No lab server runs for this config; the next client starts one.', 1);
  const { pid, version, clients, jobs, providers, tools, toolsets, readOnly, notOffered } = found;
  const { policyHealth, approvers, approvals, alarms, audit, state } = found;
  const lines = [
    `labwarden ${version}, process ${pid}: ${clients - 1} clients, ${jobs} jobs, ${tools} tools`,
    ...providers.map(
      ({ name, plugin, status, reason }) => `provider ${name} (${plugin}): ${status}${reason ? `, ${reason}` : ''}`,
    ),
    `toolsets ${toolsets.chosen.join(', ')}, of ${toolsets.all.join(', ')}${readOnly ? '; read-only' : ''}`,
    ...notOffered.map(({ tool, why }) => `no ${tool}: ${why}`),
    `approvers ${approvers.join(', ') || 'none'}; ${approvals} calls wait for them`,
    alarmed(alarms),
    ...policyLines(policyHealth),
    `audit ${audit}`,
    `state ${state}`,
  ];
  return said(lines.join('\n'), 0);
}

const alarmed = ({ count, last }: Status['alarms']): string =>
  last ? `ALARMS ${count}, the last at ${last.at}: ${last.what}, as ${last.user}` : 'alarms none';

export async function stop(args: readonly string[]): Promise<number> {
  const wait = args.includes('--wait');
  const found = await ask(
    'stop',
    args.filter((arg) => arg !== '--wait'),
    wait,
  );
  if (found && wait) await exited(found.pid);
  return said(
    found
      ? `The lab server (process ${found.pid}) ${wait ? 'has ended' : 'ends'}. Running VMs go on.`
      : 'No lab server runs for this config.',
    0,
  );
}

/** How it stands with the policy, and what to do about it. */
export function policyLines({ hash, problem, pending, shadow }: PolicyHealth): readonly string[] {
  return [
    `policy ${hash}`,
    ...(problem === undefined ? [] : [`policy files: NOT IN FORCE, ${problem}`]),
    ...(pending ? [`policy files: WAITING, they give more:`, ...pending.widens.map((line) => `  ${line}`)] : []),
    ...(pending ? [`  to take them: labwarden policy accept ${pending.hash}`] : []),
    ...(shadow ? [`shadow policy ${shadow.hash ?? shadow.problem}: ${shadow.differences} decisions would differ`] : []),
  ];
}

/** One question, one line for an answer. The server holds the connection of a `stop` until its very end, so that one can wait for it. */
const ask = (what: 'status' | 'stop', args: readonly string[], toTheEnd = true): Promise<Status | undefined> =>
  line({ ask: what }, args, toTheEnd);

export async function line<T>(question: object, args: readonly string[], toTheEnd = true): Promise<T | undefined> {
  const socket = await dialLab(placeOf(here(configArgument(args))));
  if (!socket) return undefined;
  socket.write(`${JSON.stringify({ hello: 1, via: 'cli', ...question })}\n`);
  let text = '';
  for await (const piece of socket.setEncoding('utf8')) {
    text += piece;
    if (!toTheEnd && text.includes('\n')) break;
  }
  if (text === '') throw new LabError('CONFLICT', 'The lab server ended before it answered. Ask again.');
  const answer = JSON.parse(text);
  if ('refused' in answer) throw new LabError('FORBIDDEN', answer.refused);
  return answer;
}

const longestExitMs = 500;

/** A process lets go of its connections a moment before it is gone. One that nobody buries is not waited for. */
async function exited(pid: number): Promise<void> {
  for (const until = Date.now() + longestExitMs; isThere(pid) && Date.now() < until; ) await pause(10);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function said(line: string, code: number): number {
  process.stdout.write(`${plainText(line)}\n`);
  return code;
}
