import { LabError } from '../sdk/index.ts';
import type { AuditFs } from './files.ts';

/** Makes files such that they can only grow. */
export interface Protect {
  /** Without it, no record is written that is not protected so. */
  readonly required: boolean;
  /** Throws when this host cannot. */
  appendOnly(path: string): Promise<void>;
}

/** Whether the file that is written now can only grow, and why not. */
export type Protection = 'off' | 'on' | { readonly failed: string };

export interface Guarded {
  readonly fs: AuditFs;
  readonly state: Protection;
}

/** The same disk; whatever is created on it is protected before anything is written to it. */
export function protecting(fs: AuditFs, protect: Protect | undefined): Guarded {
  let state: Protection = 'off';
  if (!protect) return { fs, state };
  const create: AuditFs['create'] = async (path) => {
    const file = await fs.create(path);
    try {
      await protect.appendOnly(path);
      state = 'on';
    } catch (cause) {
      const why = cause instanceof LabError ? cause.message : String(Object(cause).code ?? Object(cause).message);
      state = { failed: why };
      if (protect.required) throw new Error(`"${path}" cannot be made append-only: ${why}`, { cause });
    }
    return file;
  };
  return {
    fs: { ...fs, create },
    get state() {
      return state;
    },
  };
}
