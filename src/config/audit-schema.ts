import { z } from '../sdk/index.ts';
import { path } from './far-schema.ts';

/** An exporter is the admin's own program: it runs with the rights of the lab server. */
const target = z.union([
  z.strictObject({ file: path.describe('Every checkpoint is appended to this file: best on another host’s disk.') }),
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .describe('Program and arguments; no shell. It gets the checkpoint on stdin and answers with exit code 0.'),
    timeout_s: z.int().min(1).max(60).default(10).describe('It is ended when it takes longer.'),
  }),
  z.strictObject({
    syslog: z
      .string()
      .regex(/^(unix:\/[^\n]+|udp:[^\s/]+:\d{1,5})$/, '"unix:/dev/log" or "udp:host:514"')
      .describe('Sent as a notice, RFC 5424: unix:/dev/log through logger(1), or udp:host:port.'),
  }),
]);

export const audit = z.strictObject({
  dir: path.optional().describe('The append-only log. [<state_dir>/audit]'),
  checkpoints: z
    .strictObject({
      every_records: z.int().min(16).max(65_536).default(1_024).describe('A signed checkpoint after so many records,'),
      every_s: z.int().min(1).max(3_600).default(60).describe('and after so long when there is anything new.'),
    })
    .prefault({})
    .describe('How often the log is signed.'),
  export: z
    .array(target)
    .max(8)
    .default([])
    .describe('Where checkpoints go that the account of the lab cannot take back.'),
  append_only: z
    .enum(['off', 'auto', 'require'])
    .default('off')
    .describe(
      'chattr +a on the log’s files: `auto` where the host can, `require` refuses to write without it. Needs CAP_LINUX_IMMUTABLE.',
    ),
});
