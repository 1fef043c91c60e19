import { basename, dirname, resolve } from 'node:path';

/** Where the running code lies: the clone itself, or `dist` beneath the package. */
export const codeDir: string = resolve(import.meta.dirname, '../..');

/** Where what comes with labwarden lies: policies, topologies, manifests. */
export const packageDir: string = basename(codeDir) === 'dist' ? dirname(codeDir) : codeDir;
