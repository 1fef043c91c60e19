import { plainLine } from '../kernel/legible.ts';

/** Lines of text that others have a part in: no sign in them does anything to the terminal. */
export const plainText = (text: string): string => text.split('\n').map(plainLine).join('\n');

const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The same for JSON, which means the same to whatever reads it. */
export const plainJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(hidden, (sign) => (sign === '\n' ? sign : escaped(sign)));

const escaped = (sign: string): string =>
  sign
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
