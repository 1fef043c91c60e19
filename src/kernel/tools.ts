import type { AnyOperation, Principal } from '../sdk/index.ts';
import type { Lab } from './lab.ts';
import { maySee } from './may-see.ts';

/** The operations that this principal might ever be allowed to use, in the order of their plugins. */
export const toolsFor = ({ operations, policy }: Lab, who: Principal): readonly AnyOperation[] =>
  [...operations.values()].map(({ operation }) => operation).filter((operation) => maySee(policy, who, operation));
