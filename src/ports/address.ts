import type { Address } from '../sdk/index.ts';

/** An address as grants and the audit log write it. Of SSH the machine only, as grants name it. */
export function addressText(address: Address): string {
  if ('unix' in address) return `unix:${address.unix}`;
  if ('tcp' in address) return `tcp:${address.tcp}`;
  if ('tls' in address) return `tls:${address.tls}`;
  return `ssh:${address.ssh}`;
}

/** Host and port of `host:port`, as `asks.ts` let it through. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
