import { type AnyOperation, type Call, LabError, type Scope, type Vm, type VmState } from '../../sdk/index.ts';
import { reading } from '../calls.ts';
import { doorsFor } from '../doors.ts';
import { handle } from '../handle.ts';
import { isKeptHere, offered } from '../hands.ts';
import type { Lab } from '../lab.ts';
import { unlessOver } from '../unless-late.ts';
import { asks } from './confirm.ts';
import { type Admitted, type Bound, passed, type Subject, type SubjectMap } from './steps.ts';

const scopesOf: Readonly<Record<Subject['type'], readonly Scope[]>> = {
  vm: ['vm'],
  cluster: ['network', 'vm'],
  host: ['host'],
  job: [],
  lab: [],
};

/**
 * Finds what the operation requires at each subject's provider, or says why not, and asks what the VMs are doing now: when the
 * locks are held, and before that where somebody will see it, in the answer to a read or in a question.
 */
export async function bind(lab: Lab, admitted: Admitted, when: 'first' | 'held' = 'first'): Promise<Bound> {
  const { operation, plugin, request, effect } = admitted;
  const withStates = when === 'held' || effect === 'read' || asks(admitted);
  using looking = reading(request);
  const seen = Object.entries(admitted.subjects).map(async ([key, subjects]) => {
    const target = operation.on[key];
    const one = !target || 'from' in target;
    return [
      key,
      await Promise.all(subjects.map((subject) => look(lab, operation, subject, looking, { one, withStates }))),
    ] as const;
  });
  const subjects: SubjectMap = Object.fromEntries(await Promise.all(seen));
  return passed<Bound>({
    ...admitted,
    subjects,
    hold(call, effect) {
      const handles = Object.entries(subjects).map(([key, list]) => {
        const held = list.map((subject) => handle(lab, operation, subject, call, effect));
        const target = operation.on[key];
        return [key, target && 'every' in target ? held : held[0]];
      });
      return { ...Object.fromEntries(handles), ports: doorsFor(lab, plugin, operation.ports, call, effect), call };
    },
  });
}

interface Manner {
  /** Named by the caller, and not one of a list. */
  readonly one: boolean;
  readonly withStates: boolean;
}

async function look(
  lab: Lab,
  operation: AnyOperation,
  subject: Subject,
  call: Call,
  { one, withStates }: Manner,
): Promise<Subject> {
  const { type, facts, nodes } = subject;
  // What the kernel keeps itself can be changed whatever a hypervisor does.
  if (type === 'job' || type === 'lab' || isKeptHere(operation)) return subject;
  if (type === 'host') {
    offered(await lab.providers.ready(facts.provider, call.signal), 'host', operation);
    return subject;
  }
  if (type === 'cluster' && one) offered(await lab.providers.ready(facts.provider, call.signal), 'network', operation);
  const vms = type === 'vm' ? [facts] : nodes;
  const stateOf = async (vm: Vm): Promise<VmState> => {
    const provider = await lab.providers.ready(vm.provider, call.signal);
    for (const scope of scopesOf[type]) offered(provider, scope, operation);
    return withStates ? await unlessOver(provider.state({ vm, call }), call.signal) : 'unknown';
  };
  const asked = vms.map(async (vm) => [vm.id, one ? await stateOf(vm) : await stateOf(vm).catch(unknown)] as const);
  return { ...subject, states: Object.fromEntries(await Promise.all(asked)) };
}

/** In a list, one provider that cannot answer does not hide the others. */
const unknown = (reason: unknown): VmState => {
  const { code } = LabError.of(reason);
  if (code === 'CANCELLED' || code === 'TIMEOUT') throw reason;
  return 'unknown';
};
