const limitBytes = 1024 * 1024;
const newline = 0x0a;

/** Feeds on what a socket reads, however it is cut, and hands out whole lines. Throws at one that is too long or no UTF-8. */
export function lineReader(deliver: (line: string) => void): (chunk: Buffer) => void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (part: Buffer) => {
    held.push(part);
    heldBytes += part.byteLength;
    if (heldBytes > limitBytes) throw new Error(`A line may have ${limitBytes} bytes.`);
  };
  const take = () => {
    const line = utf8.decode(Buffer.concat(held));
    held = [];
    heldBytes = 0;
    return line;
  };
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      hold(chunk.subarray(from, end));
      from = end + 1;
      deliver(take());
    }
    hold(chunk.subarray(from));
  };
}
