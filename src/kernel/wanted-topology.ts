import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { folderName } from './surroundings.ts';

/** Overlays of topologies that name no folder lie beneath one of the owner's own: two people may use one topology. */
export const wantedTopology = (
  { topologyDir, roots, sshKeyPath, sshPasswordSecret, sshUser, overlayDir, secrets }: Config,
  name: string,
  owner: string,
) => ({
  ...{ dir: topologyDir, name, roots },
  guestSecrets: Object.keys(secrets).filter((secret) => secrets[secret]?.guests),
  defaults: { sshKeyPath, sshPasswordSecret, sshUser, overlayDir: join(overlayDir, folderName(owner)) },
});
