import { LabError } from '../sdk/errors.ts';
import { plainText } from './plain.ts';

/** What a person at a terminal is told of a failure; of our own bugs, whatever is known. */
export function complaint(reason: unknown): string {
  const { code, message, cause } = LabError.of(reason);
  return plainText(`labwarden: ${code}: ${code === 'INTERNAL' && cause instanceof Error ? cause.message : message}`);
}
