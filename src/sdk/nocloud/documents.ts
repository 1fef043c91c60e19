import type { Seed, SeedNic } from './input.ts';
import { Bare, type Fields, Literal, yaml } from './yaml.ts';

export const metaData = ({ instanceId, hostname }: Seed): string =>
  yaml({ 'instance-id': instanceId, 'local-hostname': hostname });

/** Deletes whatever host keys the image came with, so that the machine shows the one we know. */
export const userData = ({ user, authorizedKeys, ownPassword, hostKey }: Seed): string =>
  `#cloud-config\n${yaml({
    disable_root: false,
    ssh_pwauth: ownPassword === true,
    ssh_deletekeys: true,
    manage_etc_hosts: true,
    users: ownPassword
      ? []
      : [
          {
            name: new Bare(user),
            ...(user === 'root' ? {} : { sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
            ssh_authorized_keys: authorizedKeys,
          },
        ],
    ssh_keys: { ed25519_private: new Literal(hostKey.private), ed25519_public: hostKey.public },
  })}`;

/** Netplan's version 2, the one format that cloud-init and our own guest both read. */
export const networkConfig = ({ nics }: Seed): string =>
  yaml({ version: 2, ethernets: Object.fromEntries(nics.map((nic, index) => [`eth${index}`, ethernet(nic)])) });

const ethernet = ({ mac, address, gateway, nameserver }: SeedNic): Fields => ({
  match: { macaddress: mac.toLowerCase() },
  addresses: [address],
  ...(gateway ? { routes: [{ to: 'default', via: gateway }] } : {}),
  ...(nameserver ? { nameservers: { addresses: [nameserver] } } : {}),
});
