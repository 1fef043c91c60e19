import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { hostAndPort } from './address.ts';

/** One datagram to `host:port`. That it was sent says nothing about its arrival. */
export async function sendDatagram(to: string, bytes: Uint8Array): Promise<void> {
  const { host, port } = hostAndPort(to);
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.send(bytes, port, address, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}
