import { deepEqual, equal, ok } from 'node:assert/strict';
import { LabError } from '../../errors.ts';
import { isUnsupported, verbs } from '../../scopes.ts';
import { type Bench, type Body, callOf, refusal } from './bench.ts';

export const shapePromises: Readonly<Record<string, Body>> = {
  async 'what it offers, it offers whole; what it does not, it explains in one sentence'({ provider }) {
    for (const scope of ['host', 'network', 'vm'] as const)
      for (const [name, feature] of Object.entries(provider[scope])) whole(verbs[scope], name, feature);
  },

  async 'a VM it does not know is absent'({ provider, first }) {
    equal(await provider.state(first), 'absent', 'A VM that nobody created is not absent.');
  },

  async 'a call that is over changes nothing'(bench) {
    const reason = new LabError('CANCELLED', 'It was called off.');
    const call = callOf(AbortSignal.abort(reason));
    for (const [what, attempt] of Object.entries(changes(bench))) {
      const code = await refusal(attempt(call));
      equal(code, 'CANCELLED', `${what} of a call that was called off: ${code}.`);
    }
    equal(await bench.provider.state(bench.first), 'absent', 'A call that was over has created a VM.');
  },

  async 'it can be closed'({ provider }) {
    await provider.close();
  },
};

function whole(table: Readonly<Record<string, object>>, name: string, feature: object): void {
  if (isUnsupported(feature)) {
    ok(/^\S.{8,}\.$/.test(feature.unsupported), `"${feature.unsupported}" is no sentence about ${name}.`);
    return;
  }
  const known = table[name];
  ok(known, `There is no feature of the name ${name}.`);
  deepEqual(Object.keys(feature).sort(), Object.keys(known).sort(), `${name} has other verbs than the contract.`);
}

type Attempt = (call: Bench['first']['call']) => Promise<unknown>;

/** One change of a VM and, where there are networks, one of a network. */
function changes({ provider, need, first, atNetwork }: Bench): Readonly<Record<string, Attempt>> {
  const { lan } = provider.network;
  return {
    'define.create': async (call) => await need('vm', 'define').create({ ...first, call }),
    ...(lan && !isUnsupported(lan) && { 'lan.define': async (call) => await lan.define({ ...atNetwork, call }) }),
  };
}
