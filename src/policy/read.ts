import { readSource } from '../document/source.ts';

/** A policy file as it was read. `name` is the path as the config gives it: errors and decisions quote it. */
export interface PolicyText {
  readonly name: string;
  readonly text: string;
}

/** Throws CONFIG_INVALID for anything but a regular file, not a link, of UTF-8 text within the limit. */
export const readPolicy = async (name: string): Promise<PolicyText> => ({
  name,
  text: await readSource(name, 'CONFIG_INVALID', { mostKiB: 128, links: false }),
});
