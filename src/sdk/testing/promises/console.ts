import { equal, ok } from 'node:assert/strict';
import type { Body } from './bench.ts';

export const consolePromises: Readonly<Record<string, Body>> = {
  async 'the console of what never ran is empty'({ need, first }) {
    const { tail } = need('vm', 'console');
    equal((await tail(first, 4_096)).byteLength, 0, 'A VM that nobody created has printed something.');
    await need('vm', 'define').create(first);
    equal((await tail(first, 4_096)).byteLength, 0, 'A VM that nobody started has printed something.');
  },

  async 'the console gives its end, and no more than was asked for'({ need, first }) {
    const { tail } = need('vm', 'console');
    await need('vm', 'define').create(first);
    await need('vm', 'power').start(first);
    const end = await tail(first, 8);
    ok(end instanceof Uint8Array && end.byteLength <= 8, `The last 8 bytes are ${end.byteLength}.`);
  },
};
