import { constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './intents.ts';
import { unseal } from './line.ts';
import { segmentNames } from './segments.ts';

/** How a call ended, looked up in the files, the newest first. Slow in a long log; only a start after a crash asks. */
export function findOutcome(dir: string, op: string): string | undefined {
  for (const name of segmentNames(dir).reverse()) {
    const file = readFileSync(join(dir, name), { flag: constants.O_RDONLY | constants.O_NOFOLLOW });
    const code = outcomeIn(file, op);
    if (code !== undefined) return code;
  }
  return undefined;
}

function outcomeIn(file: Buffer, op: string): string | undefined {
  const member = `"op":"${op}"`;
  for (let at = file.lastIndexOf(member); at > 0; at = file.lastIndexOf(member, at - 1)) {
    const end = file.indexOf('\n', at);
    const found = unseal(file.subarray(file.lastIndexOf('\n', at) + 1, end < 0 ? file.length : end));
    // The member may also stand inside a record of another kind, or of another call.
    if (!('flaw' in found) && found.kind === 'outcome' && found.op === op) return codeOf(found.data);
  }
  return undefined;
}
