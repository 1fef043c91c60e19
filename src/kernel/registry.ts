import { type AnyOperation, type CapabilityPlugin, LabError } from '../sdk/index.ts';
import { type Check, inputCheck, outputCheck } from './check.ts';
import { shaped } from './shape.ts';

export interface Entry {
  readonly plugin: string;
  readonly toolset: string;
  readonly operation: AnyOperation;
  readonly checkInput: Check;
  readonly checkOutput: Check;
}

/** Every operation by its tool name, schemas compiled once. Throws PLUGIN_INVALID when two plugins want the same name. */
export function collect(plugins: readonly CapabilityPlugin[]): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { id, operations } of plugins) {
    for (const declared of operations) {
      const operation = shaped(id, declared);
      const first = entries.get(operation.name);
      if (first)
        throw new LabError('PLUGIN_INVALID', `"${operation.name}" is declared by both ${first.plugin} and ${id}.`);
      entries.set(operation.name, compiled(id, operation));
    }
  }
  return entries;
}

const compiled = (plugin: string, operation: AnyOperation): Entry => ({
  plugin,
  toolset: operation.toolset ?? plugin,
  operation,
  checkInput: atFirstUse(() => inputCheck(operation.input)),
  checkOutput: atFirstUse(() => outputCheck(operation.output)),
});

/** Compiling a schema takes milliseconds, and most tools of a lab are never called in one session. */
function atFirstUse(compile: () => Check): Check {
  let check: Check | undefined;
  return (value) => {
    check ??= compile();
    return check(value);
  };
}
