import { metaData, networkConfig, userData } from './documents.ts';
import { checkedSeed, type SeedInput } from './input.ts';
import { isoImage } from './iso.ts';

export type { SeedInput, SeedNic } from './input.ts';

/**
 * The NoCloud volume of one machine, an ISO 9660 image: the same bytes for the same input.
 * It holds the machine's private host key, so keep it as secret as one. Throws INVALID_INPUT and names the field.
 */
export function noCloudSeed(input: SeedInput): Uint8Array {
  const seed = checkedSeed(input);
  // The label by which guests find the volume: cloud-init's NoCloud datasource.
  return isoImage('cidata', {
    'meta-data': metaData(seed),
    'network-config': networkConfig(seed),
    'user-data': userData(seed),
  });
}
