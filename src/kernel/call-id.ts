import { randomBytes } from 'node:crypto';

const randomLength = 6;

/** Sorts by time, cannot be guessed, and is short enough to be typed: `mb3k2x1p-9f8e7d6c5b4a`. */
export const newCallId = (): string => `${Date.now().toString(36)}-${randomBytes(randomLength).toString('hex')}`;
