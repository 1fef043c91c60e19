import type { Server } from '@modelcontextprotocol/server';
import type { Lab } from '../../kernel/lab.ts';
import { type Caller, toolsFor } from '../../kernel/tools.ts';

/**
 * Tells the client that its list of tools has changed, when it has: another policy or another provider often changes nothing for it.
 * In 2026-07-28 only those hear it who subscribed to it, which the SDK sees to.
 */
export function tellOfChanges(lab: Lab, server: Server, caller: () => Caller, era: 'legacy' | 'modern'): Changes {
  const now = () => [...toolsFor(lab, caller()).keys()].join();
  let told = now();
  let listening = era === 'modern';
  const look = () => {
    const found = now();
    if (!listening || found === told) return;
    told = found;
    server.sendToolListChanged().catch(() => {}); // it has gone
  };
  // Before that it has seen no list, and must not be spoken to.
  server.oninitialized = () => {
    listening = true;
    told = now();
  };
  const heard = [lab.onPolicyChange(look), lab.providers.onChange(look)];
  server.onclose = () => {
    for (const one of heard) one[Symbol.dispose]();
  };
  return {
    listed() {
      told = now();
    },
  };
}

interface Changes {
  /** The client has been given its list. */
  listed(): void;
}
