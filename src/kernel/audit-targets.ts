import { appendFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { AuditOptions, Target } from '../audit/index.ts';
import type { Config } from '../config/config.ts';
import { runOwn, sendDatagram } from '../ports/index.ts';

type Configured = Config['audit']['targets'][number];

/** Where the config wants checkpoints to go. */
export const targetsOf = ({ targets }: Pick<Config['audit'], 'targets'>): readonly Target[] => targets.map(targetOf);

function targetOf(target: Configured): Target {
  if ('file' in target) return toFile(target.file);
  if ('command' in target) return toCommand(target.command, target.timeout_s * 1000);
  const [kind, address = ''] = [target.syslog.slice(0, 4), target.syslog.replace(/^(unix|udp):/, '')];
  return kind === 'unix' ? toLogger(address) : toSyslog(address);
}

const toFile = (file: string): Target => ({
  name: file,
  deliver: (note) => appendFile(file, `${note}\n`, { mode: 0o600, flush: true }),
});

const toCommand = (command: readonly string[], timeoutMs: number): Target => ({
  name: command[0] ?? '',
  deliver: (note, signal) => runOwn(command, { stdin: note, timeoutMs, signal }),
});

/** Node has no datagrams on unix sockets; logger(1) is wherever there is a syslog. */
const toLogger = (socket: string): Target => ({
  name: `syslog unix:${socket}`,
  deliver: (note, signal) =>
    runOwn(['logger', ...asNotice, '--socket', socket, '--socket-errors=on', '--', asJson(note)], {
      ...{ timeoutMs: 5_000, signal },
    }),
});

const asNotice = ['--rfc5424', '--priority', 'auth.notice', '--tag', 'labwarden', '--msgid', 'checkpoint'];

const toSyslog = (address: string): Target => ({
  name: `syslog udp:${address}`,
  deliver: (note) => sendDatagram(address, Buffer.from(rfc5424(note, new Date()))),
});

// RFC 5424, section 6: facility auth (4) times 8 and severity notice (5).
const priority = 4 * 8 + 5;

const rfc5424 = (note: string, now: Date): string =>
  `<${priority}>1 ${now.toISOString()} ${hostname().slice(0, 255) || '-'} labwarden ${process.pid} checkpoint - ${asJson(note)}`;

/** One line of ASCII, which no syslog on its way breaks or escapes. */
const asJson = (note: string): string => JSON.stringify({ note }).replaceAll('\u2014', '\\u2014');

/** chattr(1) says why it cannot, where it cannot. */
export function protectionOf({ appendOnly }: Pick<Config['audit'], 'appendOnly'>): Pick<AuditOptions, 'protect'> {
  if (appendOnly === 'off') return {};
  const signal = new AbortController().signal;
  return {
    protect: {
      required: appendOnly === 'require',
      appendOnly: (path) => runOwn(['chattr', '+a', '--', path], { timeoutMs: 5_000, signal }),
    },
  };
}
