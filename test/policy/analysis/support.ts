import { type Laid, laidOpen } from '../../../src/policy/analysis/index.ts';
import { vocabulary } from '../support.ts';

export const destructive: ReadonlySet<string> = new Set(['cut', 'destroy', 'crash', 'hand_over']);

/** A policy of one file, `p.yaml`, laid open. */
export const laid = (text: string, name = 'p.yaml'): Laid => laidOpen([{ name, text }], vocabulary);
