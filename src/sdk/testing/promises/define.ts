import { deepEqual, equal } from 'node:assert/strict';
import type { Vm } from '../../subjects.ts';
import { type Bench, type Body, refusal } from './bench.ts';

export const definePromises: Readonly<Record<string, Body>> = {
  async 'create makes the disks and the VM, stopped, and twice is once'(bench) {
    const { first, need, provider } = bench;
    const made = await need('vm', 'define').create(first);
    await present(bench, first.vm, 'created');
    deepEqual(await need('vm', 'define').create(first), made, 'Creating again answered otherwise.');
    equal(await provider.state(first), 'stopped', 'What is created does not stand still.');
  },

  async 'one VM is not another'({ need, provider, first, second }) {
    await need('vm', 'define').create(first);
    equal(await provider.state(second), 'absent', 'Creating one VM brought another into being.');
  },

  async 'what discard takes back was never there, and twice is once'(bench) {
    const { discard, create } = bench.need('vm', 'define');
    await discard(bench.first);
    await create(bench.first);
    await discard(bench.first);
    await discard(bench.first);
    await gone(bench, bench.first.vm, 'discarded');
  },

  async 'discard keeps a disk that was there before'(bench) {
    const { create, remove, discard } = bench.need('vm', 'define');
    await create(bench.first);
    await remove(bench.first);
    await create(bench.first);
    await discard(bench.first);
    await present(bench, bench.first.vm, 'created over it and discarded');
    equal(await bench.provider.state(bench.first), 'absent', 'A discarded VM is still there.');
  },

  async 'discard keeps a disk that a start has touched'(bench) {
    const { create, discard } = bench.need('vm', 'define');
    await create(bench.first);
    await bench.need('vm', 'power').start(bench.first);
    await bench.need('vm', 'power').cut(bench.first);
    await discard(bench.first);
    await present(bench, bench.first.vm, 'started and discarded');
    equal(await bench.provider.state(bench.first), 'absent', 'A discarded VM is still there.');
  },

  async 'remove keeps every disk, create uses them again, and twice is once'(bench) {
    const { create, remove } = bench.need('vm', 'define');
    await create(bench.first);
    await remove(bench.first);
    await remove(bench.first);
    equal(await bench.provider.state(bench.first), 'absent', 'A removed VM is still there.');
    await present(bench, bench.first.vm, 'removed');
    await create(bench.first);
    equal(await bench.provider.state(bench.first), 'stopped', 'A VM is not created over disks that were kept.');
  },

  async 'erase takes every disk, never the image, and twice is once'(bench) {
    const { create, erase } = bench.need('vm', 'define');
    const image = () => bench.hasFile(bench.first.vm.spec.image.path);
    const before = await image();
    await create(bench.first);
    await erase(bench.first);
    await erase(bench.first);
    await gone(bench, bench.first.vm, 'erased');
    equal(await image(), before, 'Erasing a VM took its image.');
  },

  async 'erase takes the disks that a remove has kept'(bench) {
    const { create, remove, erase } = bench.need('vm', 'define');
    await create(bench.first);
    await remove(bench.first);
    await erase(bench.first);
    await gone(bench, bench.first.vm, 'removed and erased');
  },

  async 'a VM that runs is not taken away under its guest'(bench) {
    const { create, ...takes } = bench.need('vm', 'define');
    await create(bench.first);
    await bench.need('vm', 'power').start(bench.first);
    for (const verb of ['discard', 'remove', 'erase'] as const) {
      const code = await refusal(takes[verb](bench.first));
      equal(code, 'CONFLICT', `${verb} of a VM that runs: ${code}.`);
      await present(bench, bench.first.vm, `refused by ${verb}`);
    }
    equal(await bench.provider.state(bench.first), 'running', 'A refusal has stopped the VM.');
  },
};

const paths = ({ spec: { disk, extraDisks } }: Vm): readonly string[] => [disk, ...extraDisks].map(({ path }) => path);

async function present({ hasFile }: Bench, vm: Vm, after: string): Promise<void> {
  for (const path of paths(vm)) equal(await hasFile(path), true, `${path} is not there after the VM was ${after}.`);
}

async function gone({ hasFile, provider, first }: Bench, vm: Vm, after: string): Promise<void> {
  for (const path of paths(vm)) equal(await hasFile(path), false, `${path} is there after the VM was ${after}.`);
  equal(await provider.state({ ...first, vm }), 'absent', `The VM is there after it was ${after}.`);
}
