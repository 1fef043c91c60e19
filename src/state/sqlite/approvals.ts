import { LabError } from '../../sdk/index.ts';
import type { Approval, ApprovalAnswer, Approvals, Approver, OpenApproval } from '../approvals.ts';
import type { Database, Row } from './database.ts';

/** What people approve where callers cannot reach, and who they are. */
export const approvals = (database: Database): Approvals => ({
  labId: String(database.get('SELECT id FROM lab')?.['id']),
  approvers: async () => database.all('SELECT * FROM approver ORDER BY number').map(approverOf),
  addApprover: async (approver, spends) => database.atomically(() => addApprover(database, approver, spends)),
  removeApprover: async (name, at, spends) => database.atomically(() => removeApprover(database, { name, at, spends })),
  askApproval: async (approval, over = []) => database.atomically(() => askApproval(database, approval, over)),
  openApprovals: async () => database.all(`${open} ORDER BY approval.asked_at`).map((row) => openOf(database, row)),
  answerApproval: async (id, answer) => database.atomically(() => answerApproval(database, id, answer)),
});

const open = `
  SELECT approval.id, approval.body FROM approval JOIN question ON question.id = approval.id
  WHERE question.spent_by IS NULL`;

const text = (row: Row | undefined, column: string): string => String(row?.[column]);

const approverOf = (row: Row): Approver => ({
  ...{ name: text(row, 'name'), user: text(row, 'user'), key: text(row, 'key'), addedAt: text(row, 'added_at') },
  ...(row['removed_at'] !== null && { removedAt: text(row, 'removed_at') }),
  proof: JSON.parse(text(row, 'proof')),
});

const openOf = (database: Database, row: Row): OpenApproval => ({
  ...(JSON.parse(text(row, 'body')) as Approval),
  answers: database
    .all('SELECT approver, statement, signature FROM approval_answer WHERE approval_id = ?', text(row, 'id'))
    .map((answer) => ({
      ...{ approver: text(answer, 'approver'), signature: text(answer, 'signature') },
      statement: JSON.parse(text(answer, 'statement')),
    })),
});

function addApprover(database: Database, { name, user, key, addedAt, proof }: Approver, spends?: string): void {
  if (spends !== undefined) spend(database, spends, `approver ${name}`);
  else if (database.get('SELECT 1 FROM approver'))
    throw new LabError('CONFLICT', 'Somebody else became the first approver just now. Ask them.');
  if (database.get('SELECT 1 FROM approver WHERE removed_at IS NULL AND name = ?', name))
    throw new LabError('CONFLICT', `There is an approver "${name}" already; remove that one, or take another name.`);
  // A key that was removed once is not trusted again.
  if (database.get('SELECT 1 FROM approver WHERE key = ?', key))
    throw new LabError('CONFLICT', 'This key is, or was, an approver of this lab already. Make a new one.');
  database.run(
    'INSERT INTO approver (name, user, key, added_at, proof) VALUES (?, ?, ?, ?, ?)',
    ...[name, user, key, addedAt, JSON.stringify(proof)],
  );
}

function removeApprover(
  database: Database,
  { name, at, spends }: { readonly name: string; readonly at: string; readonly spends: string },
): void {
  spend(database, spends, `without ${name}`);
  database.run('UPDATE approver SET removed_at = ? WHERE name = ? AND removed_at IS NULL', at, name);
  database.run(
    `UPDATE question SET spent_by = ? WHERE spent_by IS NULL
     AND id IN (SELECT approval_id FROM approval_answer WHERE approver = ?)`,
    ...[`removal of ${name}`, name],
  );
}

function spend(database: Database, id: string, by: string): void {
  if (database.run('UPDATE question SET spent_by = ? WHERE id = ? AND spent_by IS NULL', by, id)) return;
  throw new LabError('CONFIRMATION_STALE', 'This approval was used before; ask again.');
}

function askApproval(database: Database, approval: Approval, over: readonly string[]): string {
  const { id, plan, user, call, askedAt, expiresAt } = approval;
  for (const one of over) database.run("UPDATE question SET spent_by = 'over' WHERE id = ? AND spent_by IS NULL", one);
  const same = database.get(
    `${open} AND question.plan = ? AND question.user = ? AND approval.call = ? AND question.expires_at > ?`,
    ...[plan, user, call, askedAt],
  );
  if (same) return text(same, 'id');
  const dayAgo = new Date(Date.parse(askedAt) - 86_400_000).toISOString();
  database.run(
    'DELETE FROM approval_answer WHERE approval_id IN (SELECT id FROM approval WHERE expires_at < ?)',
    dayAgo,
  );
  database.run('DELETE FROM approval WHERE expires_at < ?', dayAgo);
  database.run(
    'UPDATE question SET spent_by = ? WHERE spent_by IS NULL AND id IN (SELECT id FROM approval WHERE call = ?)',
    ...[`newer ${id}`, call],
  );
  database.run('INSERT INTO question VALUES (?, ?, ?, ?, NULL)', id, plan, user, expiresAt);
  database.run(
    'INSERT INTO approval (id, call, asked_at, expires_at, body) VALUES (?, ?, ?, ?, ?)',
    ...[id, call, askedAt, expiresAt, JSON.stringify(approval)],
  );
  return id;
}

function answerApproval(database: Database, id: string, { approver, statement, signature }: ApprovalAnswer): void {
  if (!database.get(`${open} AND approval.id = ?`, id))
    throw new LabError('CONFIRMATION_STALE', 'This approval is not open any more.');
  if (database.get('SELECT 1 FROM approval_answer WHERE approval_id = ? AND approver = ?', id, approver))
    throw new LabError('CONFLICT', `${approver} has answered this already.`);
  database.run(
    'INSERT INTO approval_answer (approval_id, approver, statement, signature) VALUES (?, ?, ?, ?)',
    ...[id, approver, JSON.stringify(statement), signature],
  );
}
