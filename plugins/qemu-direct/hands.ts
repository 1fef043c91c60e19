import { LabError, type Ports } from 'labwarden/sdk';

const wanted = ['exec', 'process', 'dial', 'files', 'state', 'clock', 'random'] as const;

/** The doors this provider cannot do without. */
export type Hands = Pick<Ports, (typeof wanted)[number]>;

export function hands(granted: Partial<Ports>): Hands {
  const missing = wanted.filter((name) => !granted[name]);
  if (missing.length === 0) return granted as Hands;
  throw new LabError('CONFIG_INVALID', `qemu-direct needs the ports ${missing.join(', ')}; grant them in the config.`);
}
