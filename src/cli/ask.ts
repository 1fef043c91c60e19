import { setTimeout as pause } from 'node:timers/promises';
import { findConfigFile } from '../config/find.ts';
import type { PolicyHealth } from '../kernel/policy-keeper.ts';
import { LabError } from '../sdk/errors.ts';
import { here, placeOf } from '../transports/place.ts';
import { dialLab, notThere } from '../transports/start.ts';
import type { Status } from '../transports/status.ts';
import { optionsOf } from './options.ts';
import { plainText } from './plain.ts';
import { counted, print } from './print.ts';

export async function status(args: readonly string[]): Promise<number> {
  const { config } = optionsOf(args, { command: 'status', options: { config: 'FILE' } }).values;
  const found = await line<Status>({ ask: 'status' }, config);
  if (!found) return said(`No lab server runs for ${meant(config)}; the next client starts one.`, 1);
  const { pid, version, clients, jobs, providers, tools, toolsets, readOnly, notOffered } = found;
  const { policyHealth, approvers, approvals, alarms, audit, state } = found;
  const lines = [
    `labwarden ${version}, process ${pid}: ${counted(clients - 1, 'client')}, ${counted(jobs, 'job')}, ${counted(tools, 'tool')}`,
    ...providers.map(
      ({ name, plugin, status, reason }) => `provider ${name} (${plugin}): ${status}${reason ? `, ${reason}` : ''}`,
    ),
    `toolsets ${toolsets.chosen.join(', ')}, of ${toolsets.all.join(', ')}${readOnly ? '; read-only' : ''}`,
    ...notOffered.map(({ tool, why }) => `no ${tool}: ${why}`),
    `approvers ${approvers.join(', ') || 'none'}; ${counted(approvals, 'call')} ${approvals === 1 ? 'waits' : 'wait'} for them`,
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
  const { wait = false, config } = optionsOf(args, { command: 'stop', options: { wait: '', config: 'FILE' } }).values;
  const found = await line<Status>({ ask: 'stop' }, config, wait);
  if (found && wait) await exited(found.pid);
  return said(
    found
      ? `The lab server (process ${found.pid}) ${wait ? 'has ended' : 'ends'}. Running VMs go on.`
      : `No lab server runs for ${meant(config)}.`,
    0,
  );
}

/** What was asked for: two that differ here look for two servers. */
const meant = (config: string | undefined): string => findConfigFile(here(config)) ?? 'the lab without a config';

/** How it stands with the policy, and what to do about it. */
export function policyLines({ hash, problem, pending, shadow }: PolicyHealth): readonly string[] {
  return [
    `policy ${hash}`,
    ...(problem === undefined ? [] : [`policy files: NOT IN FORCE, ${problem}`]),
    ...(pending ? [`policy files: WAITING, they give more:`, ...pending.widens.map((line) => `  ${line}`)] : []),
    ...(pending ? [`  to take them: labwarden policy accept ${pending.hash}`] : []),
    ...(shadow
      ? [`shadow policy ${shadow.hash ?? shadow.problem}: ${counted(shadow.differences, 'decision')} would differ`]
      : []),
  ];
}

/** One question, one line for an answer. The server holds the connection of a `stop` until its very end, so that one can wait for it. */
export async function line<T>(question: object, config: string | undefined, toTheEnd = true): Promise<T | undefined> {
  const place = placeOf(here(config));
  const socket = await dialLab(place);
  if (!socket && place.log === '') throw notThere(place);
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
  print(plainText(line));
  return code;
}
