import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { certificate } from './certificate.ts';

const { key, cert } = certificate();

export interface HttpsServer extends AsyncDisposable {
  readonly port: number;
  /** By its address, which is what a grant for this host must say. */
  readonly origin: string;
}

/** A server on 127.0.0.1 whose certificate this process trusts, for 127.0.0.1 and localhost. */
export async function httpsServer(answer: RequestListener): Promise<HttpsServer> {
  setDefaultCACertificates([...getCACertificates(), cert]);
  const server = createServer({ key, cert }, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, origin: `https://127.0.0.1:${port}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
