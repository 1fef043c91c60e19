// Characters that JSON leaves as they are, and that could play tricks on the terminal of whoever reads the log:
// C1 controls, line separators, and marks that reorder text.
const tricky = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The one way in which the log writes a value. */
export function canonical(value: unknown): string {
  const text = JSON.stringify(value);
  // Nearly every record is plain ASCII, and a length is cheaper to ask for than a search.
  return Buffer.byteLength(text) === text.length && !text.includes('\u007f') ? text : text.replace(tricky, escaped);
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
