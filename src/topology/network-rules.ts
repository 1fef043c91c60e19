import { type Problem, quoted, rule } from '../document/document.ts';
import { z } from '../sdk/index.ts';
import { ipOf, numberOf, type Subnet, subnetOf } from './addresses.ts';
import { ipv4, subnet } from './schema.ts';

const withSubnet = z.looseObject({ network: z.looseObject({ subnet }) });
const withIps = withSubnet.extend({ nodes: z.array(z.looseObject({ ip: ipv4.optional().catch(undefined) })) });
const withNames = z.looseObject({ nodes: z.array(z.looseObject({ name: z.string().optional().catch(undefined) })) });

export const cleanSubnet = rule(withSubnet, ({ network }): readonly Problem[] => {
  const { network: first, prefix } = subnetOf(network.subnet);
  const clean = `${ipOf(first)}/${prefix}`;
  if (clean === network.subnet) return [];
  return [
    {
      path: ['network', 'subnet'],
      says: `found ${quoted(network.subnet)}; expected ${quoted(clean)}, its host bits zero.`,
    },
  ];
});

export const usableIps = rule(withIps, ({ network, nodes }) => {
  const lan = subnetOf(network.subnet);
  return nodes.flatMap(({ ip }, index): readonly Problem[] => {
    const why = ip && unusable(numberOf(ip), lan);
    if (!why) return [];
    const [first, last] = [ipOf(lan.gateway + 1), ipOf(lan.broadcast - 1)];
    return [{ path: ['nodes', index, 'ip'], says: `found ${quoted(ip)}, ${why}; expected ${first} to ${last}.` }];
  });
});

function unusable(ip: number, { network, gateway, broadcast }: Subnet): string | undefined {
  if (ip < network || ip > broadcast) return 'which lies outside the subnet';
  if (ip === network) return 'which names the network itself';
  if (ip === broadcast) return 'which is the broadcast address';
  return ip === gateway ? 'which is the gateway’s' : undefined;
}

export const ownIps = rule(withIps, ({ nodes }) =>
  twice(
    nodes.map(({ ip }) => ip),
    'ip',
  ),
);

export const ownNames = rule(withNames, ({ nodes }) =>
  twice(
    nodes.map(({ name }) => name),
    'name',
  ),
);

const twice = (values: readonly (string | undefined)[], key: string): readonly Problem[] =>
  values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (value === undefined || first === index) return [];
    return [{ path: ['nodes', index, key], says: `found ${quoted(value)}, which is nodes[${first}]’s already.` }];
  });
