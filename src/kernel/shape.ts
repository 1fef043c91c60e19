import { type AnyOperation, type FeatureName, LabError, type PortName, portVerbs, verbs, z } from '../sdk/index.ts';

const method = z.custom<() => never>((value) => typeof value === 'function');
const word = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);
const schema = z.record(z.string(), z.unknown());
const features = Object.values(verbs).flatMap(Object.keys) as FeatureName[];
const type = z.enum(['vm', 'cluster', 'job', 'host']);
const listed = z.enum([...type.options, 'lab']);
const flag = z.literal(true).optional();
const one = z.strictObject({
  type,
  from: word,
  action: word,
  destroyAction: word.optional(),
  nodes: word.optional(),
  beside: flag,
  ends: flag,
  runs: flag,
  trashed: flag,
});
const every = z.strictObject({ type: listed, every: z.literal(true), action: word });

/** What every plugin must hand in, whatever language or process its types were lost in. */
const shape = z
  .object({
    name: word,
    summary: z.string().min(1).max(300),
    on: z.record(z.string(), z.union([one, every])),
    creates: z.record(z.string(), z.strictObject({ type: z.literal('cluster'), from: word })),
    requires: z.array(z.enum(features)),
    uses: z.array(z.enum(features)),
    ports: z.array(z.enum(Object.keys(portVerbs) as PortName[])),
    effect: z.enum(['read', 'change', 'destroy']),
    idempotent: z.boolean(),
    ...{ input: schema, output: schema, run: method },
    ...{
      check: method.optional(),
      effectOf: method.optional(),
      preview: method.optional(),
      recover: method.optional(),
    },
  })
  .refine(({ on, creates }) => Object.keys({ ...on, ...creates }).length > 0, 'it has no subject for policy to judge')
  .refine(({ effect, preview }) => effect !== 'destroy' || preview, 'a destroy has no preview')
  .refine(
    ({ on, effect }) => effect === 'read' || !Object.values(on).some((target) => 'every' in target),
    'only a read may ask for every thing',
  );

/** A copy of the operation that the plugin can no longer change. Throws PLUGIN_INVALID. */
export function shaped(plugin: string, operation: AnyOperation): AnyOperation {
  const { success, data, error } = shape.safeParse(operation);
  // The schema says what the type says; zod writes an absent field as `| undefined`.
  if (success) return data as AnyOperation;
  const [issue] = error.issues;
  const where = issue?.path.join('.') || 'operation';
  throw new LabError('PLUGIN_INVALID', `"${operation.name}" of ${plugin}: ${where}: ${issue?.message}.`);
}
