import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Vocabulary } from '../policy/index.ts';
import { loadAll, operationsOf } from './loading.ts';
import { loadPlugin, type Spawn } from './plugins.ts';
import type { Entry } from './registry.ts';
import { destructiveOf, vocabularyOf } from './vocabulary.ts';

/** What a config's plugins can do, without a lab: what a policy may speak of. */
export interface Outlook {
  readonly operations: ReadonlyMap<string, Entry>;
  readonly vocabulary: Vocabulary;
  /** Actions that destroy something. */
  readonly destructive: ReadonlySet<string>;
}

/** Loads the plugins and connects nothing. What is pinned runs from a copy, as in a lab, that is gone afterwards. Throws PLUGIN_INVALID. */
export async function outlookOf(config: Pick<Config, 'plugins'>, spawn: Spawn): Promise<Outlook> {
  const copies = await mkdtemp(join(tmpdir(), 'labwarden-'));
  try {
    const loaded = await loadAll(config, (allowed) => loadPlugin(allowed, spawn, copies));
    const operations = operationsOf(loaded);
    return { operations, vocabulary: vocabularyOf(operations), destructive: destructiveOf(operations) };
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}
