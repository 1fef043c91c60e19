import { lookup as systemLookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { isIP } from 'node:net';
import { LabError } from '../sdk/index.ts';
import { isPublic } from './public-address.ts';
import { reasonOf } from './stream-end.ts';

export type Lookup = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** The answer to a GET, its body unread. Redirects are followed, and judged like what was asked for. */
export async function answerOf(
  url: string,
  admit: (url: string) => void,
  signal: AbortSignal,
  lookup: Lookup = usualLookup,
): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    admit(at.href);
    const answer = await asked(at, signal, lookup);
    const next = redirects.includes(answer.statusCode ?? 0) ? answer.headers.location : undefined;
    if (next === undefined) return answer;
    answer.destroy();
    if (!URL.canParse(next, at)) throw new LabError('PROVIDER_FAILED', `${at.origin} redirects to what is no URL.`);
    at = new URL(next, at);
  }
  throw new LabError('PROVIDER_FAILED', `${new URL(url).origin} redirects more than ${mostRedirects} times.`);
}

const mostRedirects = 5;
const silenceMs = 60_000;
const redirects: readonly number[] = [301, 302, 303, 307, 308];

const usualLookup: Lookup = (host) => systemLookup(host, { all: true });

async function asked(url: URL, signal: AbortSignal, lookup: Lookup): Promise<IncomingMessage> {
  const pinned = await addressOf(url, lookup);
  // Asked once, used once: a name that points elsewhere by now has no say. `agent: false`: no proxy, no connection of before.
  const request = get(url, { agent: false, signal, lookup: (_host, _options, done) => done(null, [pinned]) });
  request.setTimeout(silenceMs, () => request.destroy(new Error(`it was silent for ${silenceMs / 1000} s`)));
  request.on('error', () => {}); // once there is an answer, whoever reads it is told
  try {
    const [answer] = await once(request, 'response');
    return answer;
  } catch (cause) {
    signal.throwIfAborted();
    throw new LabError('PROVIDER_UNAVAILABLE', `${url.origin} does not answer: ${reasonOf(cause)}.`, { cause });
  }
}

/** One address of the host. A name may lead to the internet only; to lead elsewhere, an origin is granted by its very digits. */
async function addressOf({ hostname, origin }: URL, lookup: Lookup) {
  const digits = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(digits)) return { address: digits, family: isIP(digits) };
  const found = await lookup(hostname).catch((cause) => {
    throw new LabError('PROVIDER_UNAVAILABLE', `${origin}: its name cannot be resolved: ${reasonOf(cause)}.`, {
      cause,
    });
  });
  const [first] = found;
  if (first && found.every(({ address }) => isPublic(address))) return first;
  const where = found.map(({ address }) => address).join(', ') || 'nowhere';
  const sentence = `${origin} leads to ${where}, which is not on the internet. Should it, grant the origin by its address.`;
  throw new LabError('FORBIDDEN', sentence);
}
