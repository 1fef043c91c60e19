// Appends to the log in argv[2] from 64 sides, as fast as it can, and prints the id of each record that was promised.
import { openAuditLog } from '../../../src/audit/index.ts';

const [dir = '', run = ''] = process.argv.slice(2);
const log = await openAuditLog({ dir });

async function write(side: number): Promise<never> {
  for (let nth = 0; ; nth += 1) {
    const op = `${run}-${side}-${nth}`;
    await log.append({ kind: 'effect', op, act: 'vm_start' });
    process.stdout.write(`${op}\n`);
  }
}

await Promise.all(Array.from({ length: 64 }, (_, side) => write(side)));
