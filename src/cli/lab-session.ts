import { here, placeOf } from '../transports/place.ts';
import { openSession, type Person, type Session } from '../transports/session.ts';
import { reach } from '../transports/start.ts';
import { version } from './version.ts';

/** The lab of this config, whose server is started when none runs, as `serve` does for an MCP client. */
export const labSession = async (config: string | undefined, person?: Person): Promise<Session> =>
  await openSession(await reach(placeOf(here(config)), config), await version(), person);
