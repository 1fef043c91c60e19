import type { Kernel } from '../kernel/boot.ts';
import type { PolicyHealth } from '../kernel/policy-keeper.ts';
import { type Code, LabError, type Principal } from '../sdk/index.ts';
import type { Hello } from './hello.ts';

/** One line back to an admin's command. */
export type PolicyAnswer =
  | { readonly data: PolicyHealth }
  | { readonly error: { readonly code: Code; readonly message: string } };

/** What an admin asks of the live policy: to read its files now, or to take the one that waits. */
export async function answerPolicy(kernel: Kernel, { ask, policy = '' }: Hello, who: Principal): Promise<PolicyAnswer> {
  try {
    return { data: await (ask === 'reload-policy' ? kernel.reloadPolicy() : kernel.acceptPolicy(policy, who)) };
  } catch (reason) {
    const { code, message } = LabError.of(reason);
    return { error: { code, message } };
  }
}
