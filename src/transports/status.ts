import type { Kernel } from '../kernel/boot.ts';
import type { ProviderStatus } from '../kernel/providers.ts';
import { saidHealth } from './audit-health.ts';

/** What a lab server says of itself. */
export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly clients: number;
  readonly jobs: number;
  readonly providers: readonly ProviderStatus[];
  readonly tools: number;
  readonly policy: string;
  readonly audit: string;
  readonly state: string;
}

export const statusOf = ({ lab }: Kernel, { version, clients }: Pick<Status, 'version' | 'clients'>): Status => ({
  ...{ version, pid: process.pid, clients },
  jobs: lab.jobs.size,
  providers: lab.providers.status(),
  tools: lab.operations.size,
  policy: lab.policy.hash,
  audit: saidHealth(lab.audit.health),
  state: lab.state.health === 'ok' ? 'ok' : lab.state.health.failed,
});
