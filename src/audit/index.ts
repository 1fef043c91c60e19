export type { AuditEntry, AuditRecord, Kind } from './entry.ts';
export type { AuditFile, AuditFs } from './files.ts';
export type { AuditHealth } from './health.ts';
export type { Fate } from './intents.ts';
export type { Problem } from './judge.ts';
export { type AuditKey, auditKeys, hmac } from './keys.ts';
export { type AuditLog, type AuditOptions, openAuditLog } from './log.ts';
export { redact } from './redact.ts';
export { type Report, verifyAudit } from './verify.ts';
