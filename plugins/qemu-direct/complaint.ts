const longest = 400;

/** The line in which QEMU says what is wrong, without its own name: the first that is no warning. */
export function complaint(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^qemu[\w-]*: /, '').trim());
  const line = lines.find((line) => line !== '' && !line.startsWith('warning:')) ?? 'it said nothing';
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
