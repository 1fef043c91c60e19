import type { Server, ServerContext } from '@modelcontextprotocol/server';

const envelopePrefix = 'io.modelcontextprotocol/';

/** What we know of the program at the other end, whichever era it speaks. */
export interface Client {
  /** What it calls itself: a claim. */
  name(ctx: ServerContext): { readonly agent?: string };
  /** Whether it says that it can put a form to its person. */
  canAsk(ctx: ServerContext): boolean;
}

export function clientOf(server: Server, era: 'legacy' | 'modern'): Client {
  const told = (ctx: ServerContext, key: string): unknown =>
    Reflect.get(Object(ctx.mcpReq.envelope), `${envelopePrefix}${key}`);
  return {
    name(ctx) {
      const info = era === 'modern' ? told(ctx, 'clientInfo') : server.getClientVersion();
      const name: unknown = Reflect.get(Object(info), 'name');
      return typeof name === 'string' && name !== '' ? { agent: name.slice(0, 64) } : {};
    },
    canAsk(ctx) {
      const capabilities = era === 'modern' ? told(ctx, 'clientCapabilities') : server.getClientCapabilities();
      const modes: unknown = Reflect.get(Object(capabilities), 'elicitation');
      // One that names no mode is from when forms were all there was.
      return modes instanceof Object && ('form' in modes || !('url' in modes));
    },
  };
}
