import { equal } from 'node:assert/strict';
import type { Body } from './bench.ts';

export const lanPromises: Readonly<Record<string, Body>> = {
  async 'a network is made and taken away, and twice is once'({ need, atNetwork }) {
    const { active, define, remove } = need('network', 'lan');
    equal(await active(atNetwork), false, 'A network that nobody defined is active.');
    await define(atNetwork);
    await define(atNetwork);
    equal(await active(atNetwork), true, 'A network that was defined is not active.');
    await remove(atNetwork);
    await remove(atNetwork);
    equal(await active(atNetwork), false, 'A network that was removed is active.');
    await define(atNetwork);
    equal(await active(atNetwork), true, 'A network is not defined again after it was removed.');
    await remove(atNetwork);
  },
};
