import { LabError, within } from '../../sdk/index.ts';
import { reading } from '../calls.ts';
import { unlessOver } from '../unless-late.ts';
import { type Found, passed, type Valid } from './steps.ts';

/** Checks the arguments against the schema, then against the plugin's own rules, and asks how strong this input is. */
export async function validate(found: Found): Promise<Valid> {
  const { operation, request } = found;
  const input = found.checkInput(request.args ?? {});
  using looking = reading(request);
  await unlessOver(operation.check?.(input), looking.signal);
  const effect = (await unlessOver(operation.effectOf?.(input), looking.signal)) ?? operation.effect;
  if (!within(effect, operation.effect))
    throw new LabError('PLUGIN_INVALID', `"${operation.name}" turned out stronger than it says: ${effect}.`);
  return passed<Valid>({ ...found, input, effect });
}
