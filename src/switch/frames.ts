// QEMU's stream netdev: u32 length in network order, then the Ethernet frame.
const prefixBytes = 4;
const leastBytes = 14;
const mostBytes = 65_550;

/** Where the frame that starts at `at` ends. */
export const frameEnd = (bytes: Buffer, at: number): number => at + prefixBytes + bytes.readUInt32BE(at);

/** How many of these bytes are whole frames; `undefined` when one has a length that no frame has. */
export function wholeFrames(bytes: Buffer): number | undefined {
  let end = 0;
  while (bytes.byteLength - end >= prefixBytes) {
    const length = bytes.readUInt32BE(end);
    if (length < leastBytes || length > mostBytes) return undefined;
    if (end + prefixBytes + length > bytes.byteLength) break;
    end += prefixBytes + length;
  }
  return end;
}

export const destination = (bytes: Buffer, at: number): number => bytes.readUIntBE(at + prefixBytes, 6);

export const source = (bytes: Buffer, at: number): number => bytes.readUIntBE(at + prefixBytes + 6, 6);

/** Broadcast or multicast: the lowest bit of the first byte (IEEE 802). */
export const isGroup = (address: number): boolean => Math.floor(address / 2 ** 40) % 2 === 1;
