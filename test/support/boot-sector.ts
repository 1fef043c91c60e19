/** The smallest guest that prints and can be asked to stop: one MiB of raw disk for a BIOS machine with the q35 board. */
export function bootSector(words: string): Uint8Array {
  const disk = Buffer.alloc(1024 * 1024);
  disk.set(program);
  disk.write(`${words}\0`, program.length, 'latin1');
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

// Loaded at 0x7c00; the words follow it. ICH9 has its power registers at 0x600: status, enable, and at 0x604 control.
const program = Buffer.from(
  [
    '31c0 8ed8', // xor ax,ax; mov ds,ax
    'ba0206 b80001 ef', // enable the power button
    'baf803 be2c7c', // COM1; the words
    'ac 84c0 7403 ee ebf8', // print them to the closing zero
    'ba0006 ed f6c401 74f7', // wait for the button
    'ba0406 b80020 ef', // S5: off
    'f4 ebfd', // and halt
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);
