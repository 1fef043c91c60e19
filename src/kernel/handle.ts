import type { AnyOperation, Call, Effect, Job, Vm } from '../sdk/index.ts';
import type { Subject } from './call/steps.ts';
import { lease } from './features/lease.ts';
import { sharing } from './features/sharing.ts';
import { status } from './features/status.ts';
import { trash } from './features/trash.ts';
import { hands, isKeptHere, tied } from './hands.ts';
import type { Lab } from './lab.ts';
import { pause } from './pause.ts';

/** What an operation holds for one subject: its facts, and what it named of the features there are, tied to it. */
export function handle(lab: Lab, operation: AnyOperation, subject: Subject, call: Call, effect: Effect): object {
  const { type, facts, nodes, members, states } = subject;
  if (type === 'job') {
    const job = lab.jobs.known(facts);
    return { ...job, ...tied('job', operation, effect, { job, call }, { control: control(lab) }) };
  }
  if (type === 'lab')
    return { ...facts, ...tied('lab', operation, effect, { lab: facts, call }, { status: status(lab) }) };
  // A list that only names things shows those of a provider that is down as well.
  const asksProvider = [...operation.requires, ...operation.uses].length > 0 && !isKeptHere(operation);
  const provider = asksProvider ? lab.providers.get(facts.provider) : nothing;
  if (type === 'host') return { ...facts, ...hands(provider, 'host', operation, effect, { host: facts, call }) };
  const vm = (vm: Vm) => ({
    ...vm,
    state: states[vm.id] ?? 'unknown',
    ...hands(provider, 'vm', operation, effect, { vm, call }),
  });
  if (type === 'vm') return vm(facts);
  const at = { cluster: facts, members, call };
  const network = hands(provider, 'network', operation, effect, at);
  const kept = tied('cluster', operation, effect, at, { lease: lease(lab), sharing: sharing(lab), trash: trash(lab) });
  return { ...facts, nodes: nodes.map(vm), ...network, ...kept };
}

const nothing = { host: {}, network: {}, vm: {} };

/** How one call reaches another: the kernel's own feature. */
const control = ({ jobs, state }: Lab) => ({
  async wait({ job, call }: { readonly job: Job; readonly call: Call }, withinMs: number): Promise<Job> {
    if (job.status === 'running') await Promise.race([jobs.ended(job.id), pause(withinMs, call.signal)]);
    return jobs.known((await state.byId('job', job.id)) ?? job);
  },
  cancel: async ({ job }: { readonly job: Job }) => jobs.cancel(job.id),
});
