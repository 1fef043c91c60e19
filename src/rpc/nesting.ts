const [quote, backslash] = [0x22, 0x5c];
const opening = new Set([0x5b, 0x7b]); // [ {
const closing = new Set([0x5d, 0x7d]); // ] }

/** Whether this JSON nests deeper than `most`, found before a parser pays for it. What is no JSON is the parser's to refuse. */
export function nestedDeeper(json: Uint8Array, most: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at] as number;
    if (byte === quote) quoted = !quoted;
    else if (quoted) at += byte === backslash ? 1 : 0;
    else if (opening.has(byte)) depth++;
    else if (closing.has(byte)) depth--;
    if (depth > most) return true;
  }
  return false;
}
