import type { Console } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { readAtMost } from './read-at-most.ts';

/** QEMU writes the serial port to a file and begins it anew at each start. */
export const console = ({ folders, hands: { files } }: Host): Console => ({
  async tail({ vm }, bytes) {
    const path = folders.vm(vm.id).console;
    const found = await files.stat(path);
    if (!found) return new Uint8Array();
    return await readAtMost(await files.read(path, Math.max(0, found.sizeBytes - bytes)), bytes);
  },
});
