import type { z } from 'zod';
import type { Call, Note } from './call.ts';
import type { Effect } from './effects.ts';
import { LabError } from './errors.ts';
import type { Draft, Drafts, Operation, Preview, Target, Targets, Wants } from './operation.ts';
import type { PortName } from './ports.ts';
import { type JsonSchema, jsonSchema } from './schema.ts';
import type { FeatureName } from './scopes.ts';

type Awaitable<T> = T | Promise<T>;

/** Any operation's context, once its own types were checked and forgotten. */
export type AnyContext = { readonly call: Call };

/** An operation as the kernel holds it: data and functions, so that it is the same thing on both sides of a process. */
export interface AnyOperation {
  readonly name: string;
  readonly summary: string;
  readonly toolset?: string;
  readonly onRequest?: true;
  readonly on: Readonly<Record<string, Target>>;
  readonly creates: Readonly<Record<string, Draft>>;
  readonly requires: readonly FeatureName[];
  readonly uses: readonly FeatureName[];
  readonly ports: readonly PortName[];
  readonly effect: Effect;
  readonly idempotent: boolean;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  check?(input: object): Awaitable<void>;
  effectOf?(input: object): Awaitable<Effect>;
  preview?(context: AnyContext, input: object): Promise<Preview>;
  run(context: AnyContext, input: object): Promise<object>;
  recover?(context: AnyContext, input: object, notes: readonly Note[]): Promise<'finished' | 'undone'>;
}

export interface CapabilityPlugin {
  readonly kind: 'capability';
  readonly id: string;
  readonly operations: readonly AnyOperation[];
}

/** Checks an operation's types and schemas, then forgets them, so that many fit one list. */
export function operation<
  I extends z.ZodObject,
  O extends z.ZodObject,
  const E extends Effect,
  const On extends Targets,
  const Made extends Drafts = Record<never, never>,
  const F extends FeatureName = never,
  const U extends FeatureName = never,
  const P extends PortName = never,
>(declared: Operation<Wants<On, Made, F, U, P>, E, I, O>): AnyOperation {
  const { name, on, creates = {}, requires = [], uses = [], ports = [] } = declared;
  const idempotent = declared.effect === 'read' || declared.idempotent === true;
  const input = withNames(name, declared.input, { ...on, ...creates });
  const output = jsonSchema(declared.output, `The output of "${name}"`);
  // The one cast in the contract: `bind` makes the context that `on`, `creates`, `requires` and `ports` promise.
  return { ...(declared as unknown as AnyOperation), creates, requires, uses, ports, idempotent, input, output };
}

/** The tool's whole input: the names of its subjects, which the kernel resolves, then the plugin's own fields. */
function withNames(tool: string, input: z.ZodObject, subjects: Readonly<Record<string, Target | Draft>>): JsonSchema {
  const own = jsonSchema(input, `The input of "${tool}"`);
  const names = Object.values(subjects).flatMap((subject) =>
    'from' in subject ? [[subject.from, nameOf(subject)] as const] : [],
  );
  const taken = names.find(([from]) => from in input.shape);
  if (taken) throw new LabError('PLUGIN_INVALID', `"${tool}" declares "${taken[0]}", which names a subject already.`);
  const required = [...names.map(([from]) => from), ...(Array.isArray(own['required']) ? own['required'] : [])];
  return { ...own, properties: { ...Object.fromEntries(names), ...Object(own['properties']) }, required };
}

const nameOf = (subject: Target | Draft) => ({
  type: 'string',
  minLength: 1,
  maxLength: 128,
  description: 'action' in subject ? `Name of the ${subject.type}.` : 'Name of the topology file, without .yaml.',
});

export const defineCapability = (plugin: Omit<CapabilityPlugin, 'kind'>): CapabilityPlugin => ({
  kind: 'capability',
  ...plugin,
});
