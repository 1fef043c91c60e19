import { pino } from 'pino';
import type { Config } from '../config/config.ts';
import type { Log } from '../kernel/surroundings.ts';

/** One JSON line an event, to stderr or the config's file: stdout belongs to MCP. */
export function openLog({ logLevel, logFile }: Config): Log {
  const logger = pino(
    { level: logLevel, base: null },
    pino.destination({ dest: logFile ?? 2, sync: true, mkdir: true }),
  );
  return (level, message, fields = {}) => logger[level](fields, message);
}
