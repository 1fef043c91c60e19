import type { AnyOperation } from '../sdk/index.ts';
import { scopesOf } from './call/bind.ts';
import type { Request } from './call/steps.ts';
import { lacking } from './hands.ts';
import type { Lab } from './lab.ts';
import { maySee } from './may-see.ts';
import type { Entry } from './registry.ts';
import { isSelected, type Selection } from './toolsets.ts';

/** What a client does without although it might have it. It can only take away. */
export interface Narrowed {
  readonly toolsets?: Selection;
  readonly readOnly?: boolean;
}

/** Who asks, and for how little. */
export type Caller = Pick<Request, 'principal' | 'narrowed'>;

/** By name, in the order of their plugins. */
export type Tools = ReadonlyMap<string, Entry>;

/**
 * The tools of this caller: those that are listed are those that are found, and no other is there. What policy could never allow,
 * what no provider can do, what was not chosen and what read-only mode takes away is absent in the same way as what never was.
 */
export function toolsFor(lab: Lab, { principal, narrowed = {} }: Caller): Tools {
  const version = `${lab.policy.hash}\0${lab.providers.version}`;
  const known = remembered(lab, version);
  const key = JSON.stringify([
    principal.user,
    principal.groups,
    principal.via,
    principal.agent,
    narrowed.toolsets,
    narrowed.readOnly,
  ]);
  const tools =
    known.get(key) ?? new Map([...lab.operations].filter(([, entry]) => isThere(lab, entry, { principal, narrowed })));
  known.delete(key);
  known.set(key, tools);
  const [oldest] = known.keys();
  if (known.size > mostCallers && oldest !== undefined) known.delete(oldest);
  return tools;
}

/** The newest callers of each lab, until policy or providers change. */
const callers = new WeakMap<Lab, { readonly version: string; readonly tools: Map<string, Tools> }>();
const mostCallers = 64;

function remembered(lab: Lab, version: string): Map<string, Tools> {
  const known = callers.get(lab);
  if (known?.version === version) return known.tools;
  const tools = new Map<string, Tools>();
  callers.set(lab, { version, tools });
  return tools;
}

function isThere(lab: Lab, entry: Entry, { principal, narrowed = {} }: Caller): boolean {
  const { operation } = entry;
  if (!maySee(lab.policy, principal, operation)) return false;
  // What the lab does by itself is nobody's client: a lease that is over ends in read-only mode too.
  if (principal.via === 'system') return true;
  if ((lab.readOnly || narrowed.readOnly) && operation.effect !== 'read') return false;
  const chosen = [lab.toolsets, ...(narrowed.toolsets ? [narrowed.toolsets] : [])];
  return chosen.every((selection) => isSelected(entry, selection)) && mayBeOffered(lab, operation);
}

const mayBeOffered = (lab: Lab, operation: AnyOperation): boolean => whyNotOffered(lab, operation) === undefined;

/** What is missing at every provider, as the first of them says it; `undefined` as long as one may have it. */
function whyNotOffered({ providers }: Lab, operation: AnyOperation): string | undefined {
  const scopes = [...Object.values(operation.on), ...Object.values(operation.creates)].flatMap(
    ({ type }) => scopesOf[type],
  );
  const known = providers.known();
  for (const scope of scopes) {
    const reasons = known.map((one) => one && lacking(one, scope, operation));
    if (!reasons.includes(undefined)) return reasons[0];
  }
  return undefined;
}

/** The tools that nobody has because no provider can do them, each with the reason, for whoever runs the lab. */
export const notOffered = (lab: Lab): readonly { readonly tool: string; readonly why: string }[] =>
  [...lab.operations].flatMap(([tool, { operation }]) => {
    const why = whyNotOffered(lab, operation);
    return why === undefined ? [] : [{ tool, why }];
  });
