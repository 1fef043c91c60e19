import { LabError } from '../sdk/index.ts';
import { limits } from './limits.ts';
import { nestedDeeper } from './nesting.ts';

/** One message: a JSON head, and the bytes it speaks of as a tail. On the wire: u32 head length, u32 tail length, head, tail. */
export interface Frame {
  readonly head: unknown;
  readonly tail: Uint8Array;
  /** Of all of it. */
  readonly sizeBytes: number;
}

const prefixBytes = 8;

export function frameOf(head: object, tail: readonly Uint8Array[]): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const tailBytes = tail.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (json.byteLength + tailBytes > limits.frameBytes)
    throw new LabError('LIMIT_EXCEEDED', `This message is larger than the ${limits.frameBytes} bytes that may cross.`);
  const prefix = Buffer.allocUnsafe(prefixBytes);
  prefix.writeUInt32BE(json.byteLength, 0);
  prefix.writeUInt32BE(tailBytes, 4);
  return Buffer.concat([prefix, json, ...tail]);
}

/** Feeds on what the socket reads, however it is cut, and hands out whole frames. Throws at a frame nobody may send. */
export function frameReader(deliver: (frame: Frame) => void): (chunk: Uint8Array) => void {
  let frame = Buffer.allocUnsafe(prefixBytes);
  let filled = 0;
  const take = (chunk: Uint8Array): Uint8Array => {
    const part = chunk.subarray(0, frame.byteLength - filled);
    frame.set(part, filled);
    filled += part.byteLength;
    return chunk.subarray(part.byteLength);
  };
  return (chunk) => {
    for (let rest = take(chunk); filled === frame.byteLength; rest = take(rest)) {
      if (filled === prefixBytes) frame = sized(frame);
      if (filled < frame.byteLength) continue;
      const whole = frame;
      frame = Buffer.allocUnsafe(prefixBytes);
      filled = 0;
      deliver(parse(whole));
    }
  };
}

/** Room for the whole frame, in memory of its own: its bytes are handed on as they lie there. */
function sized(prefix: Buffer): Buffer<ArrayBuffer> {
  const size = prefix.readUInt32BE(0) + prefix.readUInt32BE(4);
  if (size === 0) throw new LabError('INVALID_INPUT', 'The other side sent an empty message.');
  if (size > limits.frameBytes)
    throw new LabError('LIMIT_EXCEEDED', 'The other side sent a message that is too large.');
  const frame = Buffer.allocUnsafeSlow(prefixBytes + size);
  frame.set(prefix);
  return frame;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(whole: Buffer<ArrayBuffer>): Frame {
  const headEnd = prefixBytes + whole.readUInt32BE(0);
  const json = whole.subarray(prefixBytes, headEnd);
  if (nestedDeeper(json, limits.depth))
    throw new LabError('LIMIT_EXCEEDED', 'The other side sent a message that is nested too deep.');
  const tail = new Uint8Array(whole.buffer, headEnd);
  return { head: JSON.parse(utf8.decode(json)), tail, sizeBytes: whole.byteLength };
}
