import { admit } from '../../src/kernel/call/admit.ts';
import { authorize } from '../../src/kernel/call/authorize.ts';
import { bind } from '../../src/kernel/call/bind.ts';
import { confirm } from '../../src/kernel/call/confirm.ts';
import { lock } from '../../src/kernel/call/lock.ts';
import { mend } from '../../src/kernel/call/mend.ts';
import { record } from '../../src/kernel/call/record.ts';
import { resolve } from '../../src/kernel/call/resolve.ts';
import { run } from '../../src/kernel/call/run.ts';
import { settle } from '../../src/kernel/call/settle.ts';
import type {
  Authorized,
  Bound,
  Confirmed,
  Found,
  Locked,
  Recorded,
  Resolved,
  Valid,
} from '../../src/kernel/call/steps.ts';
import type { Lab } from '../../src/kernel/lab.ts';

declare const lab: Lab;
declare const stop: AbortSignal;
declare const found: Found;
declare const valid: Valid;
declare const resolved: Resolved;
declare const authorized: Authorized;
declare const bound: Bound;
declare const confirmed: Confirmed;
declare const locked: Locked;
declare const recorded: Recorded;

// @ts-expect-error names are resolved from a checked input
void resolve(lab, found);
// @ts-expect-error judging needs subjects
authorize(lab, valid);
// @ts-expect-error only what was judged is counted
void admit(lab, resolved);
// @ts-expect-error binding needs an admitted call
void bind(lab, authorized);
// @ts-expect-error asking a person needs bound features to preview with
void confirm(lab, resolved);
// @ts-expect-error what nobody agreed to takes no locks
void lock(lab, bound);
// @ts-expect-error recording needs the locks
void record(lab, confirmed);
// @ts-expect-error running needs the audit line
void run(lab, locked, stop);
// @ts-expect-error nothing is run that was only bound
void run(lab, bound, stop);
// @ts-expect-error there is no outcome of what did not run
void settle(lab, recorded, new Date());
// @ts-expect-error mending has hands too, so it needs them bound
void mend(lab, authorized, stop);
// @ts-expect-error a brand cannot be written by hand
export const forged: Authorized = { ...resolved };
