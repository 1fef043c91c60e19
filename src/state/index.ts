export type * from './approvals.ts';
export { holdState } from './hold.ts';
export { openState } from './sqlite/index.ts';
export { lookAtState } from './sqlite/look.ts';
export type * from './state.ts';
