import { type Call, type Effect, LabError, type PortName, portVerbs, within } from '../sdk/index.ts';
import type { Lab } from './lab.ts';
import { tie } from './tie.ts';

/** The ports an operation named, open as far as its plugin was granted them and as its effect reaches, until its call is over. */
export function doorsFor(lab: Lab, plugin: string, names: readonly PortName[], call: Call, effect: Effect): object {
  if (names.length === 0) return {};
  const { ports, effectOf } = lab.doors(plugin, call.id, call.signal);
  const doors = names.map((name) => {
    const port = ports[name];
    if (!port) throw new LabError('FORBIDDEN', `The admin has not granted "${plugin}" the port "${name}".`);
    const guarded = Object.keys(portVerbs[name]).map((verb) => [
      verb,
      async (...args: unknown[]) => {
        const needs = effectOf(name, verb, args);
        if (!within(needs, effect))
          throw new LabError(
            'FORBIDDEN',
            `This use of ${name}.${verb} is a ${needs}; the operation is only a ${effect}.`,
          );
        return await Reflect.apply(Reflect.get(port, verb), port, args);
      },
    ]);
    return [name, tie(Object.fromEntries(guarded), portVerbs[name], effect, call.signal)];
  });
  return Object.fromEntries(doors);
}
