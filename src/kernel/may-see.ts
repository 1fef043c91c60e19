import type { Policy } from '../policy/index.ts';
import type { AnyOperation, Principal } from '../sdk/index.ts';

/** Whether some rule might ever let this principal use the operation: the tools that are listed, and those that are found. */
export const maySee = (policy: Policy, who: Principal, { on, creates }: AnyOperation): boolean =>
  Object.values(on).every(({ type, action }) => policy.mayEver(who, action, type)) &&
  Object.values(creates).every(({ type }) => policy.mayEver(who, 'create', type));
