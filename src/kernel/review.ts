import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { LabError } from '../sdk/index.ts';
import { listTopologies, loadTopology } from '../topology/topology.ts';
import { fittingProvider } from './connector.ts';
import { loadAll, operationsOf, providerLoader } from './loading.ts';
import type { Allowed, Loaded } from './plugins.ts';
import { wantedTopology } from './wanted-topology.ts';

/** One part of a config, and what is wrong with it; nothing when it is as it should be. */
export interface Reviewed {
  readonly part: 'plugins' | 'provider' | 'topology';
  readonly name: string;
  readonly problem?: string;
  /** What is not wrong, and will be in the way. */
  readonly missing?: string;
}

/** Loads what a lab of this config would load, and connects nothing. */
export async function review(
  config: Config,
  load: (allowed: Allowed) => Promise<Loaded>,
): Promise<readonly Reviewed[]> {
  let loaded: readonly Loaded[] = [];
  const plugins = await judged('plugins', 'plugins', async () => {
    loaded = await loadAll(config, load);
    operationsOf(loaded);
  });
  const provided = providerLoader(config, loaded, load);
  const providers = Object.entries(config.providers).map(([name, { plugin, config: own }]) =>
    judged('provider', name, async () => fittingProvider(await provided(plugin), own, { name, plugin })),
  );
  const topologies = (await listTopologies(config.topologyDir)).map((name) => topology(config, name));
  return [plugins, ...(await Promise.all([...providers, ...topologies]))];
}

async function topology(config: Config, name: string): Promise<Reviewed> {
  let missing: string | undefined;
  const judgement = await judged('topology', name, async () => {
    const { image } = await loadTopology(wantedTopology(config, name, 'somebody'));
    const files = [image.path, ...(image.boot ? [image.boot.kernel, image.boot.initrd] : [])];
    missing = files.find((file) => !existsSync(file));
  });
  return { ...judgement, ...(missing !== undefined && { missing: `there is no ${missing} yet` }) };
}

async function judged(part: Reviewed['part'], name: string, look: () => Promise<unknown>): Promise<Reviewed> {
  try {
    await look();
    return { part, name };
  } catch (reason) {
    return { part, name, problem: LabError.of(reason).message };
  }
}
