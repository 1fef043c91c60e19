import { audit } from './audit.ts';
import { auditVerify } from './audit-verify.ts';
import { calls } from './calls.ts';
import { cluster } from './cluster.ts';
import { crossing } from './crossing.ts';
import { exec } from './exec.ts';
import { policy } from './policy.ts';
import { policyTools } from './policy-tools.ts';
import { start } from './start.ts';
import { print, type Row } from './support/table.ts';
import { switching } from './switch.ts';
import { switchGuests } from './switch-guests.ts';

/** One after the other, cheap ones first: a guest that boots would be in everybody's way. */
const rows: Row[] = [];
for (const bench of [
  start,
  calls,
  policy,
  policyTools,
  audit,
  auditVerify,
  crossing,
  switching,
  exec,
  cluster,
  switchGuests,
]) {
  process.stderr.write(`${bench.name} …\n`);
  rows.push(...(await bench()));
}
print(rows);
