import type { AlarmStatus } from '../kernel/alarms.ts';
import { registered } from '../kernel/approval/approvers.ts';
import { standings } from '../kernel/approval/standing.ts';
import { saidHealth } from '../kernel/audit-health.ts';
import type { Kernel } from '../kernel/boot.ts';
import type { PolicyHealth } from '../kernel/policy-keeper.ts';
import type { ProviderStatus } from '../kernel/providers.ts';
import { notOffered } from '../kernel/tools.ts';
import { toolsetsOf } from '../kernel/toolsets.ts';

/** What a lab server says of itself. */
export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly clients: number;
  readonly jobs: number;
  readonly providers: readonly ProviderStatus[];
  readonly tools: number;
  /** Which of them the config chooses, and of which there are. */
  readonly toolsets: { readonly chosen: readonly string[]; readonly all: readonly string[] };
  readonly readOnly: boolean;
  /** Tools that nobody has, because no provider can do them. */
  readonly notOffered: readonly { readonly tool: string; readonly why: string }[];
  readonly policy: string;
  readonly approvers: readonly string[];
  /** How many calls wait for people. */
  readonly approvals: number;
  readonly alarms: AlarmStatus;
  readonly policyHealth: PolicyHealth;
  readonly audit: string;
  readonly state: string;
}

export const statusOf = async (
  { lab }: Kernel,
  { version, clients }: Pick<Status, 'version' | 'clients'>,
): Promise<Status> => ({
  ...{ version, pid: process.pid, clients },
  jobs: lab.jobs.size,
  providers: lab.providers.status(),
  tools: lab.operations.size,
  toolsets: { chosen: lab.toolsets, all: toolsetsOf(lab.operations) },
  readOnly: lab.readOnly,
  notOffered: notOffered(lab),
  policy: lab.policy.hash,
  approvers: (await registered(lab)).map(({ name, user }) => (name === user ? name : `${name} (user ${user})`)),
  approvals: (await standings(lab)).length,
  alarms: lab.alarms.status,
  policyHealth: lab.policyHealth(),
  audit: saidHealth(lab.audit.health),
  state: lab.state.health === 'ok' ? 'ok' : lab.state.health.failed,
});
