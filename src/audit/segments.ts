import { readdirSync } from 'node:fs';

/** The log's files are numbered from 1 on; a segment is one of them. */
export const segmentName = (file: number): string => `${String(file).padStart(12, '0')}.jsonl`;

export const segmentNumber = (name: string): number => Number.parseInt(name, 10);

/** Names of all segments, oldest first. Throws when the folder cannot be read. */
export const segmentNames = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => /^\d{12}\.jsonl$/.test(name))
    .sort();
