import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tokenName, type Witness } from './witness.ts';

/** Linux: /proc, without a program between us and the kernel. */
export const procWitness: Witness = {
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
  startTime: (pid) => statOf(pid)?.startTime,
  token: (pid) => tokenIn(pid),
  argvDigest(pid) {
    const words = seen(pid, 'cmdline');
    // Empty for a moment while a program takes the place of another: then nobody knows its words yet.
    return words ? createHash('sha256').update(words, 'latin1').digest('hex') : undefined;
  },
  leaders: () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => statOf(pid)?.group === pid),
};

/** proc_pid_stat(5): 3 state, 5 pgrp, 22 starttime in clock ticks since boot. The name in field 2 may hold anything, also `)`. */
function statOf(pid: number): { readonly group: number; readonly startTime: string } | undefined {
  const text = seen(pid, 'stat');
  const [state = '', , group = '', ...rest] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const startTime = rest[22 - 6];
  return startTime === undefined || 'ZXx'.includes(state) ? undefined : { group: Number(group), startTime };
}

function tokenIn(pid: number): string | undefined {
  const entries = seen(pid, 'environ')?.split('\0');
  return entries && (entries.find((entry) => entry.startsWith(`${tokenName}=`))?.slice(tokenName.length + 1) ?? '');
}

/** `undefined` when it is gone, or hidden from our account. */
function seen(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
