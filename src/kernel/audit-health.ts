import type { Lab } from './lab.ts';

/** The health of the audit log, as one line for people. */
export function saidHealth({ poisoned, hanging, appendOnly, exports }: Lab['audit']['health']): string {
  const failing = exports.flatMap(({ name, failing: how }) =>
    how ? [`export to ${name} fails since ${how.since} (${how.why})`] : [],
  );
  const guard = typeof appendOnly === 'object' ? [`not append-only (${appendOnly.failed})`] : onlyIfOn(appendOnly);
  const writes = poisoned === undefined ? 'ok' : `${poisoned}${hanging ? ', and the disk still hangs' : ''}`;
  return [writes, ...failing, ...guard].join('; ');
}

const onlyIfOn = (state: 'on' | 'off') => (state === 'on' ? ['append-only'] : []);
