import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../config/config.ts';
import { packageDir } from '../kernel/installed.ts';
import { type Allowed, loadPlugin } from '../kernel/plugins.ts';
import { type Reviewed, review } from '../kernel/review.ts';
import { spawnPlugin } from '../rpc/spawn.ts';
import { here } from '../transports/place.ts';
import { optionsOf } from './options.ts';
import { check as checkPolicies } from './policy/check.ts';

/** `labwarden check`: everything that a lab of this config would load, and nothing connected, started or written. 0 fine; 1 not. */
export async function check(args: readonly string[]): Promise<number> {
  const { values } = optionsOf(args, { command: 'check', options: { config: 'FILE' } });
  const config = await loadConfig({ ...here(values.config), packageDir });
  said('config', config.source ?? 'none; a lab of one with all defaults');
  const parts = await reviewed(config);
  for (const { part, name, problem, missing } of parts)
    said(`${part} ${part === 'plugins' ? '' : name}`.trim(), problem ?? (missing ? `fine, but ${missing}` : 'fine'));
  const policies = await checkPolicies(values.config === undefined ? [] : ['--config', values.config]);
  return parts.some(({ problem }) => problem !== undefined) ? 1 : policies;
}

async function reviewed(config: Config): Promise<readonly Reviewed[]> {
  await using children = new AsyncDisposableStack();
  const spawn = async (entry: URL) => children.use(await spawnPlugin(entry)).plugin;
  const copies = await mkdtemp(join(tmpdir(), 'labwarden-'));
  children.defer(() => rm(copies, { recursive: true, force: true }));
  return await review(config, (allowed: Allowed) => loadPlugin(allowed, spawn, copies));
}

const said = (what: string, how: string): void => void process.stdout.write(`${what}: ${how}\n`);
