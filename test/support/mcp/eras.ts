import type { Message, Raw } from './raw.ts';

export const eras = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof eras)[number];

export interface Spoken {
  call(tool: string, args: unknown, more?: object): Promise<Message | undefined>;
  /** The `params` of a tools/call, for those who send it themselves. */
  params(tool: string, args: unknown, more?: object): object;
}

const key = (name: string) => `io.modelcontextprotocol/${name}`;

/** Opens a raw connection in this era, as a client that can put forms to its person. */
export async function speak(raw: Raw, era: Era, capabilities: object = { elicitation: { form: {} } }): Promise<Spoken> {
  const clientInfo = { name: 'by hand', version: '1' };
  const _meta = {
    [key('protocolVersion')]: era,
    [key('clientInfo')]: clientInfo,
    [key('clientCapabilities')]: capabilities,
  };
  const meta = era === '2026-07-28' ? { _meta } : {};
  if (era === '2025-11-25') {
    await raw.ask('initialize', { protocolVersion: era, clientInfo, capabilities });
    raw.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }
  const params: Spoken['params'] = (name, args, more = {}) => ({ name, arguments: args, ...meta, ...more });
  return { params, call: (tool, args, more) => raw.ask('tools/call', params(tool, args, more)) };
}

export const hello = '{"hello":1,"via":"stdio"}\n';
