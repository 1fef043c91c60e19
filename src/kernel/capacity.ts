import { isUnsupported, LabError, type Provider, type Room, type Vm } from '../sdk/index.ts';
import type { Admitted, Authorized, Subject } from './call/steps.ts';
import { reading } from './calls.ts';
import type { Lab } from './lab.ts';
import { sees } from './naming.ts';
import { unlessOver } from './unless-late.ts';

/** How much more may be promised than a host has. */
export interface Overcommit {
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: number;
}

type Call = Pick<Authorized | Admitted, 'request' | 'operation' | 'subjects'>;

/** What is to be on one host after a call: defined, or running. */
interface Wanted {
  readonly provider: string;
  readonly vms: readonly Vm[];
  readonly running: boolean;
}

/** What the hosts can still carry, with those VMs that a call is just about to start. */
export class Capacity {
  readonly #overcommit: Overcommit;
  /** By provider: VMs that are promised and may not run yet. */
  readonly #promised = new Map<string, Set<Vm>>();

  constructor(overcommit: Overcommit) {
    this.#overcommit = overcommit;
  }

  /** Throws LIMIT_EXCEEDED, with what the host has, when a call wants more. */
  async check(lab: Lab, call: Call): Promise<void> {
    for (const wanted of wantedBy(call)) this.#refuse(wanted, await look(lab, call, wanted), saying(lab, call));
  }

  /** The same, and the room is held until it is disposed of. */
  async promise(lab: Lab, call: Call): Promise<Disposable> {
    const held: (readonly [Set<Vm>, Vm])[] = [];
    const release = { [Symbol.dispose]: () => held.forEach(([promised, vm]) => void promised.delete(vm)) };
    try {
      for (const wanted of wantedBy(call)) {
        const seen = await look(lab, call, wanted);
        // From here to the end nobody else gets between: what was seen is still so.
        this.#refuse(wanted, seen, saying(lab, call));
        if (!wanted.running) continue;
        const promised = this.#promisedAt(wanted.provider);
        for (const vm of wanted.vms) {
          promised.add(vm);
          held.push([promised, vm]);
        }
      }
      return release;
    } catch (reason) {
      release[Symbol.dispose]();
      throw reason;
    }
  }

  #promisedAt(provider: string): Set<Vm> {
    const promised = this.#promised.get(provider) ?? new Set();
    this.#promised.set(provider, promised);
    return promised;
  }

  #refuse({ provider, vms, running }: Wanted, seen: Seen | undefined, tooMuch: Refusal): void {
    if (!seen) return;
    const { memory, vcpus, disk } = this.#overcommit;
    const { total, free, runs } = seen;
    const on = new Set(runs.map(({ id }) => id));
    const more = vms.filter(({ id }) => !on.has(id));
    // One that runs by now is in `runs`, and no longer only promised.
    const soon = running
      ? [...this.#promisedAt(provider)].filter(({ id }) => !on.has(id) && !more.some((vm) => vm.id === id))
      : [];
    const taken = running ? [...runs, ...soon] : [];
    const ask = (of: keyof Room, factor: number, room: number, by: readonly Vm[]) => {
      const [has, takes, wants] = [Math.floor(room * factor), sum(by, of), sum(more, of)];
      if (wants > 0 && takes + wants > has) throw tooMuch(provider, of, { has, takes, wants });
    };
    ask('memoryMb', memory, total.memoryMb, taken);
    ask('vcpus', vcpus, total.vcpus, taken);
    // Other programs of the host need memory too, and what VMs have touched is no longer free.
    if (running) ask('memoryMb', 1, free.memoryMb + (memory - 1) * total.memoryMb, soon);
    else ask('diskGb', disk, free.diskGb, []);
  }
}

function wantedBy({ operation, subjects }: Call): readonly Wanted[] {
  return Object.entries(subjects).flatMap(([key, list]) => {
    const target = operation.on[key];
    const runs = target !== undefined && 'from' in target && target.runs === true;
    return list.flatMap((subject) => {
      const vms = machinesOf(subject);
      const [first] = vms;
      return first && (runs || subject.draft) ? [{ provider: first.provider, vms, running: runs }] : [];
    });
  });
}

const machinesOf = ({ type, facts, nodes }: Subject): readonly Vm[] => (type === 'vm' ? [facts] : nodes);

interface Seen {
  readonly total: Omit<Room, 'diskGb'>;
  readonly free: Room;
  /** Machines of labwarden's that take memory now. */
  readonly runs: readonly Vm[];
}

/** `undefined` where the host cannot say what it has. */
async function look(lab: Lab, { request }: Call, { provider: name, running }: Wanted): Promise<Seen | undefined> {
  using call = reading(request);
  const provider = await lab.providers.ready(name, call.signal);
  const { capacity } = provider.host;
  if (!capacity || isUnsupported(capacity)) return undefined;
  const at = { host: { id: name, name, provider: name }, call };
  const asked = Promise.all([capacity.total(at), capacity.free(at), running ? runningAt(lab, provider, at) : []]);
  const [total, free, runs] = await unlessOver(asked, call.signal);
  return { total, free, runs };
}

type At = Parameters<Extract<Provider['host']['inventory'], { list: unknown }>['list']>[0];

async function runningAt({ state }: Lab, { host: { inventory } }: Provider, at: At): Promise<readonly Vm[]> {
  if (!inventory || isUnsupported(inventory)) return [];
  const on = new Set((await inventory.list(at)).flatMap(({ id, state }) => (state === 'stopped' ? [] : [id])));
  return (await state.all('vm')).filter(({ id, provider }) => provider === at.host.provider && on.has(id));
}

const sum = (vms: readonly Vm[], of: keyof Room): number => vms.reduce((total, vm) => total + vm[of], 0);

const words = { memoryMb: 'MB of memory', vcpus: 'vCPUs', diskGb: 'GB of disk' } as const;

interface Sums {
  readonly has: number;
  readonly takes: number;
  readonly wants: number;
}

type Refusal = (provider: string, of: keyof Room, sums: Sums) => LabError;

/** What others run is told to those only who may see the host. */
const saying =
  (lab: Lab, { request }: Call): Refusal =>
  (provider, of, sums) =>
    sees(lab, request.principal, 'host', { id: provider, name: provider, provider })
      ? tooMuch(provider, of, sums)
      : noRoom(provider, of, sums);

const noRoom: Refusal = (provider, of, { wants }) =>
  new LabError(
    'LIMIT_EXCEEDED',
    `Host "${provider}" has no room for ${wants} ${words[of]} more. Stop something, use fewer or smaller nodes, or try again later.`,
    { details: { provider, kind: of, wants } },
  );

function tooMuch(provider: string, of: keyof Room, { has, takes, wants }: Sums): LabError {
  const what = words[of];
  const others = of === 'diskGb' ? '' : `, what runs or is just being started takes ${takes}`;
  return new LabError(
    'LIMIT_EXCEEDED',
    `Host "${provider}" has ${has} ${what} for VMs${others}, and this wants ${wants} more. Stop something, or use fewer or smaller nodes.`,
    { details: { provider, kind: of, has, runs: takes, wants } },
  );
}
