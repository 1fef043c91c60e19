import { join } from 'node:path';
import { serveLab } from '../../../src/transports/lab-server.ts';
import type { TestLab } from '../lab.ts';
import { type Era, type Spoken, speak } from './eras.ts';
import { connectRaw, type Raw } from './raw.ts';

/** A lab of this very process behind its socket. */
export interface Here extends AsyncDisposable {
  /** A client by hand; `more` is what its hello says beside the usual. */
  client(era: Era, more?: object): Promise<Raw & Spoken>;
  /** A connection that has said nothing. */
  connect(): ReturnType<typeof connectRaw>;
}

export async function servedHere({ kernel }: Pick<TestLab, 'kernel'>, dir: string): Promise<Here> {
  const socket = join(dir, 'here', 'lab.sock');
  const server = await serveLab(kernel, { path: socket, version: '0', idleExitMs: 60_000 });
  const connect = () => connectRaw({ place: { dir, socket, log: join(dir, 'here.log') } });
  return {
    connect,
    async client(era, more = {}) {
      const raw = await connect();
      raw.send({ hello: 1, via: 'stdio', ...more });
      if ('toolsets' in more) await raw.answer((message) => 'welcome' in message);
      return { ...raw, ...(await speak(raw, era)) };
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
