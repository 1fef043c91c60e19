/** What would have been right instead of a word nobody knows, and the nearest of it. */
export function expected(found: string, known: readonly string[]): string {
  const near = nearest(found, known);
  return `${listed(known)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
}

const listed = (words: readonly string[]): string => {
  if (words.length === 0) return 'none, for there are none';
  return words.length === 1 ? JSON.stringify(words[0]) : `one of ${words.join(', ')}`;
};

/** A value as an error may quote it: one line, escaped, and not long. */
export function shown(value: unknown): string {
  if (value === undefined || typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function nearest(found: string, known: readonly string[]): string | undefined {
  // Longer words cannot be a slip of the keyboard, and comparing them would cost.
  if (found.length > 64) return undefined;
  const far = Math.ceil(found.length / 3);
  const near = known.map((word) => ({ word, slips: distance(found.toLowerCase(), word.toLowerCase()) }));
  return near.filter(({ slips }) => slips <= far).sort((a, b) => a.slips - b.slips)[0]?.word;
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (let at = 0; at < to.length; at++) {
      const changed = (row[at] ?? 0) + (letter === to[at] ? 0 : 1);
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
