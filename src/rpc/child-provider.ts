import type { Call, Ports, Provider, ProviderPlugin } from '../sdk/index.ts';
import { type Effect, isUnsupported, LabError, verbs } from '../sdk/index.ts';
import type { Peer } from './peer.ts';

/** What `host.ts` lends of a provider plugin. */
export type Hold = (
  config: object,
  ports: Partial<Ports>,
  call: Call,
  ready: (provider: Provider) => Promise<void>,
) => Promise<void>;

type Borrowed = (...args: unknown[]) => Promise<unknown>;

/** Connects in the child, and stands here for what it answers. */
export const connector =
  (peer: Peer, id: string, hold: Hold): ProviderPlugin['connect'] =>
  (config, ports, call) =>
    new Promise((resolve, reject) => {
      const closed = Promise.withResolvers<void>();
      const held = hold(config, ports, call, async (provider) => {
        const close = async () => {
          closed.resolve();
          await held.catch((reason: unknown) => {
            if (peer.open) throw reason; // a process that has gone is closed
          });
        };
        resolve({ ...faced(peer, id, provider), lost: () => lost(peer, id, provider), close });
        await closed.promise;
      });
      held.then(() => reject(new LabError('PLUGIN_INVALID', `"${id}" ended before it was connected.`)), reject);
    });

/** Its own reason, or that its process is no more. */
async function lost(peer: Peer, id: string, provider: Provider): Promise<string> {
  const own = provider.lost?.().catch(() => undefined);
  const died = peer.ended.then(() => `The process of "${id}" has ended.`);
  return (await Promise.race([own ?? died, died])) ?? died;
}

/** Every verb there is a name for, and nothing else that a stranger might have put there. */
function faced(peer: Peer, id: string, provider: Provider): Omit<Provider, 'close' | 'lost'> {
  const scope = (name: 'host' | 'network' | 'vm') =>
    Object.fromEntries(
      Object.entries(verbs[name]).flatMap(([feature, effects]) => {
        const offered: unknown = Reflect.get(provider[name], feature);
        return offered ? [[feature, face(peer, `${feature} of "${id}"`, Object(offered), effects)]] : [];
      }),
    );
  const { management } = provider;
  return {
    ...{ host: scope('host'), network: scope('network'), vm: scope('vm'), ...(management && { management }) },
    state: (at) => provider.state(at),
  };
}

function face(peer: Peer, what: string, offered: object, effects: Readonly<Record<string, Effect>>): object {
  if (isUnsupported(offered)) return { unsupported: String(offered.unsupported) };
  return Object.fromEntries(
    Object.entries(effects).map(([verb, effect]) => {
      const method: unknown = Reflect.get(offered, verb);
      if (typeof method === 'function')
        return [verb, mayHaveHappened(peer, `${verb} in ${what}`, effect, method as Borrowed)];
      throw new LabError('PLUGIN_INVALID', `There is no ${verb} in ${what}.`);
    }),
  );
}

/** A process that dies on the way leaves a read unanswered, but of a change nobody knows. */
export const mayHaveHappened =
  <A extends unknown[], R>(peer: Peer, what: string, effect: Effect, method: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    const wasOpen = peer.open;
    try {
      return await method(...args);
    } catch (cause) {
      if (effect === 'read' || !wasOpen || peer.open) throw cause;
      throw new LabError('OUTCOME_UNKNOWN', `The process died during ${what}; look before you try again.`, { cause });
    }
  };
