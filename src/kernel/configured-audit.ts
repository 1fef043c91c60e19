import { type AuditLog, type AuditOptions, openAuditLog } from '../audit/index.ts';
import type { Config } from '../config/config.ts';
import { protectionOf, targetsOf } from './audit-targets.ts';
import type { Log } from './surroundings.ts';

/** Where tests put a disk of their own. */
export type AuditDisk = Pick<AuditOptions, 'fs' | 'patienceMs'>;

/** The audit log as the config wants it. */
export const configuredAudit = ({ audit, source }: Config, log: Log, disk: AuditDisk = {}): Promise<AuditLog> =>
  openAuditLog({
    ...{ dir: audit.dir, checkpointEvery: audit.checkpointEvery, targets: targetsOf(audit) },
    ...protectionOf(audit),
    boot: { config: source ?? null },
    trouble: (message, fields) => log('error', message, fields),
    ...disk,
  });
