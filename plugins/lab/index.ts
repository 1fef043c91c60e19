import { defineCapability } from 'labwarden/sdk';
import { leaseExtend, leaseShow } from './lease.ts';
import { clusterLeave, clusterShare, clusterTake } from './share.ts';
import { labStatus } from './status.ts';
import { clusterRestore, clusterTrash } from './trash.ts';

export const plugin = defineCapability({
  id: 'lab',
  operations: [
    ...[labStatus, leaseShow, leaseExtend, clusterShare, clusterTake, clusterLeave],
    ...[clusterTrash, clusterRestore],
  ],
});
