import { LabError } from '../../errors.ts';
import type { AtVm, Room } from '../../features.ts';
import type { StatePort } from '../../ports.ts';
import type { Vm } from '../../subjects.ts';

/** A VM as this hypervisor knows it. */
export interface MemoryVm extends Room {
  readonly state: 'running' | 'stopped';
  /** What it printed since it was started. */
  readonly console: string;
}

/** Whose `create` made a disk that no start has touched yet; empty for a disk that is kept. */
export interface MemoryDisk {
  readonly freshFor: string;
}

/** All there is, in a store: VMs by id, disks by path. */
export class World {
  readonly #store: StatePort;

  constructor(store: StatePort) {
    this.#store = store;
  }

  async ids(): Promise<readonly string[]> {
    return (await this.#store.list('vm/')).map((key) => key.slice('vm/'.length));
  }

  async vm(id: string): Promise<MemoryVm | undefined> {
    return (await this.#store.get(`vm/${id}`)) as MemoryVm | undefined;
  }

  /** Throws NOT_FOUND for a VM that nobody defined. */
  async defined({ vm }: AtVm): Promise<MemoryVm> {
    const found = await this.vm(vm.id);
    if (found) return found;
    throw new LabError('NOT_FOUND', `"${vm.name}" is not defined; define it first.`);
  }

  /** Throws CONFLICT for a VM that does not run. */
  async running(at: AtVm): Promise<MemoryVm> {
    const found = await this.defined(at);
    if (found.state === 'running') return found;
    throw new LabError('CONFLICT', `"${at.vm.name}" is stopped; start it first.`);
  }

  async setVm(id: string, vm: MemoryVm): Promise<void> {
    await this.#store.set(`vm/${id}`, vm);
  }

  async removeVm(id: string): Promise<void> {
    await this.#store.remove(`vm/${id}`);
  }

  async disk(path: string): Promise<MemoryDisk | undefined> {
    return (await this.#store.get(`disk/${path}`)) as MemoryDisk | undefined;
  }

  async setDisk(path: string, disk: MemoryDisk): Promise<void> {
    await this.#store.set(`disk/${path}`, disk);
  }

  async removeDisk(path: string): Promise<void> {
    await this.#store.remove(`disk/${path}`);
  }
}

export const diskPaths = ({ spec: { disk, extraDisks } }: Vm): readonly string[] => [
  disk.path,
  ...extraDisks.map(({ path }) => path),
];
