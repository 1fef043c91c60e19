import { defineCapability } from 'labwarden/sdk';
import { nodeCrash } from './crash.ts';
import { clusterDefine } from './define.ts';
import { clusterDestroy } from './destroy.ts';
import { nodeExec, nodeExecAll } from './exec.ts';
import { clusterHandle } from './handle.ts';
import { clusterList, clusterStatusOf } from './look.ts';
import { clusterStart } from './start.ts';
import { clusterStop } from './stop.ts';

export const plugin = defineCapability({
  id: 'clusters',
  operations: [
    ...[clusterList, clusterDefine, clusterStart, clusterStatusOf, clusterHandle, clusterStop, clusterDestroy],
    ...[nodeExec, nodeExecAll, nodeCrash],
  ],
});
