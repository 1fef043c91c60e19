import type { Preview } from '../sdk/index.ts';

/** Control characters, and those that show nothing but change how the rest reads: direction, joining, tags, line breaks. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const longestLine = 600;

/** What a person is asked, so that it reads as what it is: nothing hidden in it, and not longer than one reads. */
export const legible = ({ summary, effects }: Preview): Preview => ({
  summary: shown(summary),
  effects: effects.map(shown),
});

/** The same text, with every sign that hides or moves others written out. */
export const plainLine = (text: string): string =>
  text.replace(hidden, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);

function shown(text: string): string {
  const plain = plainLine(text);
  return plain.length > longestLine
    ? `${plain.slice(0, longestLine)}… (${plain.length - longestLine} more characters)`
    : plain;
}
