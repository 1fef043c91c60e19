import type { Exports, TargetHealth } from './export.ts';
import type { Guarded, Protection } from './protect.ts';
import type { Writer } from './writer.ts';

export interface AuditHealth {
  /** Why nothing is written any more. No change is let through until a restart. */
  readonly poisoned?: string;
  /** The disk still holds a batch that it did not answer for. */
  readonly hanging: boolean;
  readonly appendOnly: Protection;
  readonly exports: readonly TargetHealth[];
}

export const healthOf = ({ poisoned, hanging }: Writer, { health }: Exports, { state }: Guarded): AuditHealth => ({
  ...(poisoned !== undefined && { poisoned }),
  ...{ hanging, appendOnly: state, exports: health },
});
