import { LabError, type StatePort, z } from 'labwarden/sdk';
import type { Config } from './config.ts';
import type { Hands } from './hands.ts';
import { type Arch, hostArch, seccomp } from './machine.ts';
import { type Outcome, probe } from './probe.ts';

export type Accelerator = 'kvm' | 'hvf' | 'tcg';

export interface Verdict {
  readonly accelerator: Accelerator;
  /** Why this one, for a person. */
  readonly reason: string;
}

export interface Platform {
  readonly arch: Arch;
  /** As QEMU names it. */
  readonly version: string;
  /** For the probe's files. */
  readonly folder: string;
}

/** The fastest accelerator whose guests really run here. Throws when the config insists on one whose do not. */
export async function chooseAccelerator(
  hands: Hands,
  { arch, version, folder }: Platform,
  config: Config,
): Promise<Verdict> {
  const candidate = config.accelerator === 'auto' ? native(arch) : config.accelerator;
  if (candidate === 'tcg') return { accelerator: 'tcg', reason: 'The config asks for TCG.' };
  if (!candidate) return { accelerator: 'tcg', reason: `This host has no accelerator for ${arch} guests; using TCG.` };
  const flags = { accelerator: candidate, cpu: cpu(candidate), sandbox: seccomp(config.sandbox) };
  const key = JSON.stringify([await bootId(hands), version, arch, flags]);
  const outcome = await remembered(hands.state, key, () => probe(hands, folder, arch, flags));
  return verdict(candidate, outcome, config.accelerator !== 'auto');
}

export const cpu = (accelerator: Accelerator): 'host' | 'max' => (accelerator === 'tcg' ? 'max' : 'host');

const natives: Readonly<Partial<Record<string, 'kvm' | 'hvf'>>> = { linux: 'kvm', darwin: 'hvf' };

const native = (arch: Arch) => (arch === hostArch() ? natives[process.platform] : undefined);

async function bootId({ exec }: Hands): Promise<string> {
  const { stdout } = await exec.run(process.platform === 'darwin' ? 'boot-darwin' : 'boot-linux', {});
  return stdout.trim();
}

const kept = z.object({
  key: z.string(),
  outcome: z.union([
    z.object({ runs: z.literal(true) }),
    z.object({ runs: z.literal(false), as: z.enum(['refused', 'broken']), why: z.string() }),
  ]),
});

/** What the last probe of this boot found. A refusal is asked anew: it costs little, and its cause may have been mended. */
async function remembered(state: StatePort, key: string, ask: () => Promise<Outcome>): Promise<Outcome> {
  const last = kept.safeParse(await state.get('accelerator'));
  if (last.success && last.data.key === key) return last.data.outcome;
  const outcome = await ask();
  if (outcome.runs || outcome.as === 'broken') await state.set('accelerator', { key, outcome });
  return outcome;
}

/** What the outcome means for this host, in words. */
export function verdict(candidate: 'kvm' | 'hvf', outcome: Outcome, insisted: boolean): Verdict {
  const name = candidate.toUpperCase();
  if (outcome.runs)
    return { accelerator: candidate, reason: `${name} runs its guests on this host: a probe guest reached its end.` };
  const why =
    outcome.as === 'refused'
      ? `${name} cannot be used on this host (${outcome.why})${advice(outcome.why)}`
      : `${name} opens but its guests do not run on this host (${outcome.why})`;
  if (insisted) throw new LabError('PROVIDER_UNAVAILABLE', `${why}. Say accelerator: auto to use TCG instead.`);
  return { accelerator: 'tcg', reason: `${why}; using TCG.` };
}

const advice = (why: string): string =>
  why.includes('Permission denied') ? '; membership in the group that owns /dev/kvm would allow it' : '';
