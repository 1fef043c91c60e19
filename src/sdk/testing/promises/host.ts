import { deepEqual, ok } from 'node:assert/strict';
import type { Body } from './bench.ts';

export const hostPromises: Readonly<Record<string, Body>> = {
  async 'the inventory has what was created, with its state, until it is taken away'({ need, atHost, first }) {
    const { list } = need('host', 'inventory');
    const { create, erase } = need('vm', 'define');
    const { id } = first.vm;
    const states = async () => (await list(atHost)).filter((vm) => vm.id === id).map(({ state }) => state);
    deepEqual(await states(), [], 'The inventory has a VM that nobody created.');
    await create(first);
    deepEqual(await states(), ['stopped'], 'The inventory has a created VM otherwise than once and stopped.');
    await erase(first);
    deepEqual(await states(), [], 'The inventory has a VM that was erased.');
  },

  async 'the host says what it is and why'({ need, atHost }) {
    const { version, accelerator, acceleratorReason } = await need('host', 'capacity').facts(atHost);
    for (const fact of [version, accelerator, acceleratorReason]) ok(/\S/.test(fact), 'The host leaves a fact empty.');
  },

  async 'the host says what is free, and what it has'({ need, atHost }) {
    const { free, total } = need('host', 'capacity');
    for (const [what, left] of Object.entries(await free(atHost)))
      ok(Number.isFinite(left) && left >= 0, `The host has ${left} of ${what} free.`);
    for (const [what, all] of Object.entries(await total(atHost)))
      ok(Number.isFinite(all) && all >= 0, `The host has ${all} of ${what} in all.`);
  },
};
