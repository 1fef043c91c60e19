import type { Written } from './laid.ts';
import type { Problem, Severity } from './problem.ts';

/** Something to say of one rule. Without an id a rule is named by its place, which stands before the sentence already. */
export const finding = (code: string, severity: Severity, { name, place }: Written, says: string): Problem => ({
  ...{ code, severity, ...place },
  message: `${name.includes(':') ? 'this rule' : `rule "${name}"`} ${says}`,
});
