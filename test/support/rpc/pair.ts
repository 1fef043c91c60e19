import { type Duplex, duplexPair } from 'node:stream';
import type { Lendable } from '../../../src/rpc/codec.ts';
import { frameReader } from '../../../src/rpc/frames.ts';
import { Peer } from '../../../src/rpc/peer.ts';

/** Two ends of one wire: ours asks, the other answers with `root`. */
export function pair(root: Lendable): { readonly ours: Peer; readonly theirs: Peer; readonly wire: Duplex } {
  const [left, right] = duplexPair();
  return { ours: new Peer(left), theirs: new Peer(right, root), wire: left };
}

/** A peer of ours, and a stranger on the other end who writes what he likes. */
export interface Stranger {
  readonly peer: Peer;
  readonly wire: Duplex;
  /** A frame with this head, word for word. */
  send(head: string | Buffer | object, tail?: Uint8Array): void;
  /** The next heads that came back; he reads nothing before he asks. */
  heads(count: number): Promise<object[]>;
}

export function stranger(root: Lendable): Stranger {
  const [wire, right] = duplexPair();
  const peer = new Peer(right, root);
  const heads = async (count: number) => {
    const found: object[] = [];
    const done = Promise.withResolvers<void>();
    const feed = frameReader(({ head }) => found.push(Object(head)) === count && done.resolve());
    wire.on('data', feed);
    await done.promise;
    return found;
  };
  return { peer, wire, heads, send: (head, tail) => void wire.write(framed(head, tail)) };
}

export function framed(head: string | Buffer | object, tail: Uint8Array = new Uint8Array()): Buffer {
  const text = typeof head === 'object' && !Buffer.isBuffer(head) ? JSON.stringify(head) : head;
  const json = Buffer.from(text as string);
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(json.byteLength, 0);
  prefix.writeUInt32BE(tail.byteLength, 4);
  return Buffer.concat([prefix, json, tail]);
}
