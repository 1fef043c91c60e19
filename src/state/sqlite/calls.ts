import { LabError } from '../../sdk/index.ts';
import type { Expected, Reservation, Settlement, State } from '../state.ts';
import { additions, insertCount, refuseBeyond } from './counts.ts';
import type { Database } from './database.ts';
import { create, drop, intentOf } from './things.ts';

type Calls = Pick<
  State,
  'reserve' | 'note' | 'notes' | 'refer' | 'settle' | 'spend' | 'unsettled' | 'ask' | 'question'
>;

/** What calls write down of themselves. */
export const calls = (database: Database): Calls => ({
  reserve: async (reservation) => database.atomically(() => reserve(database, reservation)),
  async note(call, { step, data }) {
    database.run(
      'INSERT INTO note SELECT ?, COUNT(*), ?, ? FROM note WHERE call_id = ?',
      ...[call, step, JSON.stringify(data), call],
    );
  },
  notes: async (call) =>
    database
      .all('SELECT step, data FROM note WHERE call_id = ? ORDER BY number', call)
      .map((row) => ({ step: String(row['step']), data: JSON.parse(String(row['data'])) })),
  refer: async (vmId, ref) => void database.run('UPDATE vm SET ref = ? WHERE id = ?', ref, vmId),
  settle: async (call, settlement) => database.atomically(() => settle(database, call, settlement)),
  unsettled: async () => database.all("SELECT * FROM call WHERE status = 'running' ORDER BY started_at").map(intentOf),
  async ask({ id, plan, user, expiresAt }) {
    database.run(
      'DELETE FROM question WHERE expires_at < ?',
      new Date(Date.parse(expiresAt) - 86_400_000).toISOString(),
    );
    database.run('INSERT INTO question VALUES (?, ?, ?, ?, NULL)', id, plan, user, expiresAt);
  },
  async spend(id, by) {
    database.run('UPDATE question SET spent_by = ? WHERE id = ? AND spent_by IS NULL', by, id);
  },
  async question(id) {
    const row = database.get('SELECT * FROM question WHERE id = ?', id);
    if (!row) return undefined;
    const { plan, user, expires_at, spent_by } = row;
    return { id, plan: String(plan), user: String(user), expiresAt: String(expires_at), spent: spent_by !== null };
  },
});

function reserve(
  database: Database,
  { intent, creates, counts = [], bounds, spends, expects = [] }: Reservation,
): void {
  const { id, tool, principal, project, input, effect, subjects, startedAt } = intent;
  if (
    spends !== undefined &&
    !database.run('UPDATE question SET spent_by = ? WHERE id = ? AND spent_by IS NULL', id, spends)
  )
    throw new LabError('CONFIRMATION_STALE', 'This confirmation was used before; ask again.');
  for (const expected of expects) asExpected(database, expected);
  database.run(
    `INSERT INTO call (id, tool, owner, project, principal, input, effect, subjects, status, started_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
    ...[id, tool, principal.user, project, JSON.stringify(principal), JSON.stringify(input), effect],
    ...[JSON.stringify(subjects), startedAt],
  );
  // What is added is found out before it is there, and the bounds are looked at when it is.
  const added = additions(database, { creates, counts, bounds });
  const { groups, user: owner } = principal;
  for (const creation of creates) create(database, creation, { groups, at: startedAt });
  for (const count of counts) insertCount(database, count, { owner, project, groups });
  refuseBeyond(database, bounds, added, 'counted');
}

function asExpected(database: Database, { type, id, owner, generation }: Expected): void {
  if (database.get(`SELECT 1 FROM ${type} WHERE id = ? AND owner = ? AND generation = ?`, id, owner, generation))
    return;
  throw new LabError(
    'CONFIRMATION_STALE',
    'What would happen has changed since it was shown; repeat the call to see it.',
  );
}

function settle(
  database: Database,
  call: string,
  { status, endedAt, result, error, progress, drops, uncounts = [], touches }: Settlement,
): void {
  const settled = database.run(
    "UPDATE call SET status = ?, ended_at = ?, result = ?, error = ?, progress = ? WHERE id = ? AND status = 'running'",
    ...[status, endedAt, json(result), json(error), json(progress), call],
  );
  if (!settled) return;
  for (const { type, id } of touches) database.run(`UPDATE ${type} SET generation = generation + 1 WHERE id = ?`, id);
  for (const dropped of drops) drop(database, dropped);
  for (const thing of uncounts) database.run('DELETE FROM counted WHERE thing = ?', thing);
  database.run('DELETE FROM note WHERE call_id = ?', call);
}

const json = (value: object | undefined): string | null => (value ? JSON.stringify(value) : null);
