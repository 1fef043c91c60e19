import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registries: loopback, private, link-local (where clouds keep their metadata), documentation, multicast, reserved. */
const special = new BlockList();
for (const [net, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
  ] as const),
  ...([
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
] as const)
  special.addSubnet(net, bits, 'ipv4');

/** Of IPv6 only this is the internet; the old tunnels in it carry IPv4 addresses of anybody's choice. */
const internet = new BlockList();
internet.addSubnet('2000::', 3, 'ipv6');

const tunnels = new BlockList();
tunnels.addSubnet('2001::', 23, 'ipv6'); // protocol assignments, Teredo among them
tunnels.addSubnet('2001:db8::', 32, 'ipv6');
tunnels.addSubnet('2002::', 16, 'ipv6'); // 6to4
tunnels.addSubnet('3fff::', 20, 'ipv6'); // documentation

/** Whether an address, as digits, is one of the internet and not one of this host or its neighbours. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, 'ipv4');
  return isIP(address) === 6 && internet.check(address, 'ipv6') && !tunnels.check(address, 'ipv6');
}
