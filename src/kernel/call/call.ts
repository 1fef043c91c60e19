import type { Work } from '../jobs.ts';
import type { Lab } from '../lab.ts';
import { admit } from './admit.ts';
import { authorize } from './authorize.ts';
import { bind } from './bind.ts';
import { confirm } from './confirm.ts';
import { find } from './find.ts';
import { lock } from './lock.ts';
import { record } from './record.ts';
import { resolve } from './resolve.ts';
import { run } from './run.ts';
import { refuse, settle } from './settle.ts';
import type { Locked, Outcome, Request } from './steps.ts';
import { validate } from './validate.ts';

/** One tool call, start to finish. Every line is one file in this folder. */
export async function call(lab: Lab, request: Request): Promise<Outcome> {
  try {
    if (request.forged) lab.alarms.raise(forged(request));
    const waits = lab.alarms.slow(request.session, request.signal);
    if (waits) await waits;
    const found = find(lab, request);
    const valid = await validate(found);
    const resolved = await resolve(lab, valid);
    const authorized = authorize(lab, resolved);
    const admitted = await admit(lab, authorized);
    const bound = await bind(lab, admitted);
    const confirmed = await confirm(lab, bound);
    const locked = await lock(lab, confirmed);
    return await orLetGo(
      locked,
      lab.jobs.answer(locked, (job) => finish(lab, locked, job)),
    );
  } catch (reason) {
    return refuse(lab, request, reason);
  }
}

const forged = ({ id: op, principal: who, tool: act, session }: Request) => ({
  ...{ what: 'answer without a question', op, who, act, session },
});

/** It is a job before it is on the disk as one. What is recorded is run and settled, whoever still waits for it. The job owns the locks. */
async function finish(lab: Lab, locked: Locked, { stop, begun }: Work): Promise<Outcome> {
  using _locks = locked;
  const recorded = await record(lab, locked);
  begun();
  const startedAt = lab.now();
  const ran = await run(lab, recorded, stop);
  return await settle(lab, ran, startedAt);
}

async function orLetGo<T>(locked: Disposable, next: Promise<T>): Promise<T> {
  try {
    return await next;
  } catch (reason) {
    locked[Symbol.dispose]();
    throw reason;
  }
}
