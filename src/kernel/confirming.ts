import type { AuditLog } from '../audit/index.ts';
import type { Config } from '../config/config.ts';
import { digestOf } from '../document/document.ts';
import { Alarms } from './alarms.ts';
import { SessionGrants } from './approval/session-grants.ts';

import { Deadlines } from './deadlines.ts';
import type { Lab } from './lab.ts';
import type { Loaded } from './plugins.ts';
import type { Log } from './surroundings.ts';

type Confirming = Pick<Lab, 'confirmation' | 'deadlines' | 'sessionGrants' | 'alarms' | 'code'>;

/** What a lab needs to ask people, and to notice who answers in their place. */
export const confirming = (
  { confirmation }: Pick<Config, 'confirmation'>,
  { audit, log, loaded }: { readonly audit: AuditLog; readonly log: Log; readonly loaded: readonly Loaded[] },
): Confirming => ({
  ...{ confirmation, deadlines: new Deadlines(), sessionGrants: new SessionGrants() },
  alarms: new Alarms({ record: (entry) => audit.enqueue(entry), log, slowestMs: confirmation.slowestMs }),
  code: digestOf(loaded.map(({ manifest, digest }) => [manifest.id, digest])),
});
