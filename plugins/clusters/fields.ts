import { z } from 'labwarden/sdk';

/** What an answer says of one node. */
export const nodeStatus = z.object({
  name: z.string(),
  role: z.string(),
  ip: z.string().describe("Address on the cluster's own network."),
  domain_state: z.enum(['absent', 'running', 'paused', 'stopped', 'failed', 'unknown']),
  ssh_reachable: z.boolean(),
});

export const clusterStatus = z.object({
  cluster_name: z.string(),
  network_active: z.boolean(),
  nodes: z.array(nodeStatus),
});

export const waitForSsh = z.boolean().default(true).describe('Wait until every node lets us in over SSH.');

export const sshTimeoutS = z.int().min(1).max(1800).default(120).describe('Longest wait for SSH, in seconds.');

export const nodes = z
  .array(z.string().min(1).max(64))
  .min(1)
  .max(64)
  .optional()
  .describe('Node names; all without it.');

export const command = z.string().min(1).max(32_768).describe("Command line for the login user's shell on the node.");

export const timeoutS = z.int().min(1).max(3600).default(60).describe('Longest time the command may take, in seconds.');

/** More than an answer should hold; what a command may really bring back is the admin's limit, `max_output_kb`. */
export const maxOutputBytes = 1024 * 1024;
