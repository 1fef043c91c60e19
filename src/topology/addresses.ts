/** What a CIDR says, as numbers. */
export interface Subnet {
  readonly network: number;
  /** The first address: our gateway’s on every provider that has one. */
  readonly gateway: number;
  readonly broadcast: number;
  readonly prefix: number;
}

export function subnetOf(cidr: string): Subnet {
  const [address = '', bits] = cidr.split('/');
  const prefix = Number(bits);
  const size = 2 ** (32 - prefix);
  const network = Math.floor(numberOf(address) / size) * size;
  return { network, gateway: network + 1, broadcast: network + size - 1, prefix };
}

export const numberOf = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

export const ipOf = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
