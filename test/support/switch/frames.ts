export const everyone = 0xffffffffffff;

/** An Ethernet frame that says something. */
export function frame(to: number, from: number, text: string): Buffer {
  const header = Buffer.alloc(14);
  header.writeUIntBE(to, 0, 6);
  header.writeUIntBE(from, 6, 6);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** The frame as QEMU puts it on the wire. */
export function prefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}
