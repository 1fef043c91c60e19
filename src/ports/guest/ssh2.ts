import { createRequire } from 'node:module';
import type ssh2 from 'ssh2';

const require = createRequire(import.meta.url);

/** Loaded with the first key that is read or machine that is dialled: a start of the lab server does without its crypto. */
export const library = (): typeof ssh2 => require('ssh2');
