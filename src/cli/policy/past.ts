import { type AuditRecord, verifyAudit } from '../../audit/index.ts';
import { judgedFrom } from '../../kernel/judged.ts';
import type { Outlook } from '../../kernel/outlook.ts';
import type { PastCall } from '../../policy/analysis/index.ts';

/** What the log tells of calls that a policy judged. */
export interface Past {
  readonly calls: readonly PastCall[];
  /** Calls of which the log does not keep what was judged: of a name that meant nothing to the caller, or of an older labwarden. */
  readonly unkept: number;
  /** What is wrong with the log, in a sentence; `undefined` when it is whole. */
  readonly damage: string | undefined;
}

/** Reads the log from a time on, oldest first. Throws NOT_FOUND when there is none. */
export async function pastOf(dir: string, since: Date | undefined, outlook: Outlook): Promise<Past> {
  const calls: PastCall[] = [];
  let unkept = 0;
  const onRecord = (record: AuditRecord) => {
    if (!isJudgement(record) || (since && new Date(record.t) < since)) return;
    const call = pastCall(record, outlook);
    if (call) calls.push(call);
    else unkept += 1;
  };
  const { ok, problems, torn } = await verifyAudit(dir, { onRecord });
  const [first] = problems;
  const end = torn ? 'it ends in a torn line, as a log does that is being written' : 'it is not whole';
  return { calls, unkept, damage: ok ? undefined : first ? `${first.file}:${first.line}: ${first.what}` : end };
}

/** Whether policy said yes or no in it: all else left for other reasons, or was asked about first and comes again. */
const isJudgement = ({ kind, decision, data }: AuditRecord): boolean =>
  kind === 'intent' ||
  (kind === 'decision' && (decision?.effect === 'allow' || ['FORBIDDEN', 'NOT_FOUND'].includes(Object(data).code)));

function pastCall(record: AuditRecord, outlook: Outlook): PastCall | undefined {
  const { op, t, who, act = '', decision, data } = record;
  const judged = judgedFrom(data);
  if (!judged || !who || op === undefined) return undefined;
  const operation = outlook.operations.get(act)?.operation;
  const destroys = judged.some(({ action }) => outlook.destructive.has(action));
  const { effect = operation?.effect === 'read' ? 'read' : destroys ? 'destroy' : 'change' } = Object(data);
  return {
    ...{ id: op, time: t, tool: act, who, judged, rule: decision?.rule ?? '' },
    allowed: decision?.effect === 'allow',
    list: Object.values(operation?.on ?? {}).some((target) => !('from' in target)),
    effect: effect === 'change' || effect === 'destroy' ? effect : undefined,
    asked: askedIn(data),
  };
}

/** What an intent tells of who agreed: people by their keys, somebody at the client, or nobody. */
function askedIn(data: unknown): PastCall['asked'] {
  const { approved_by: by, confirmation } = Object(data);
  if (Array.isArray(by)) return by.length > 1 ? 'two-person' : 'human';
  return confirmation === undefined ? 'none' : 'ack';
}
