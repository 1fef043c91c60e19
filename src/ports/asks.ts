import { LabError, type PortName, z } from '../sdk/index.ts';

/** The arguments of a verb, checked: they come from a plugin, perhaps out of another process, where our types are a rumour. */
export function asked(port: PortName, verb: string, args: readonly unknown[]): readonly unknown[] {
  const wanted: z.ZodType<readonly unknown[]> | undefined = Reflect.get(asks[port], verb);
  if (!wanted) throw new LabError('INTERNAL', `There is no ${port}.${verb}.`);
  const { success, data, error } = wanted.safeParse(args);
  if (success) return data;
  const [issue] = error.issues;
  throw new LabError('INVALID_INPUT', `${port}.${verb}: argument ${place(issue?.path)}: ${issue?.message}.`);
}

const place = (path: readonly PropertyKey[] = []): string =>
  path.map((step, index) => (index === 0 ? Number(step) + 1 : `.${String(step)}`)).join('') || 'list';

const isPlain = (path: string): boolean =>
  path.startsWith('/') &&
  !path.includes('\0') &&
  path.split('/').every((part, index) => index === 0 || (part !== '' && part !== '.' && part !== '..'));

const path = z
  .string()
  .max(4096)
  .refine(isPlain, 'must be an absolute path without "..", ".", "//", a slash at its end or zero bytes');

const name = z.string().min(1).max(100);
const value = z.string();
const values = z.record(z.string(), z.union([value, z.array(value)]));
const host = z.string().regex(/^[\w.-]+:\d{1,5}$/, 'must be host:port');
const fingerprint = z.string().regex(/^([0-9a-fA-F]{2}:?){32}$/, 'must be a SHA-256 fingerprint: 64 hex digits');
const url = z.string().max(8192);
const key = z.string().min(1).max(1024);

const address = z.union([
  z.strictObject({ unix: path }),
  z.strictObject({ tcp: host }),
  z.strictObject({ tls: host, fingerprint: fingerprint.optional() }),
  z.strictObject({ ssh: z.string().regex(/^[\w.-]{1,64}$/, 'must be the name of a machine'), command: name }),
]);

const millis = z.number().min(0).max(2_147_483_647);

const asks = {
  exec: { run: z.tuple([name, values]) },
  dial: { open: z.tuple([address]) },
  files: {
    roots: z.tuple([]),
    ...{ stat: z.tuple([path]), list: z.tuple([path]), digest: z.tuple([path]), makeFolder: z.tuple([path]) },
    ...{ read: z.tuple([path, z.int().optional()]), write: z.tuple([path]), remove: z.tuple([path]) },
    rename: z.tuple([path, path]),
  },
  process: {
    start: z.tuple([name, name, values, z.strictObject({ detached: z.boolean().optional() }).optional()]),
    ...{ alive: z.tuple([name]), ended: z.tuple([name]), stop: z.tuple([name, millis]) },
  },
  http: { get: z.tuple([url]), download: z.tuple([url, path]) },
  state: { get: z.tuple([key]), list: z.tuple([z.string()]), set: z.tuple([key, z.unknown()]), remove: z.tuple([key]) },
  secret: { token: z.tuple([name]) },
  clock: { now: z.tuple([]), sleep: z.tuple([millis]) },
  random: { id: z.tuple([]) },
} satisfies Record<PortName, Record<string, z.ZodType<readonly unknown[]>>>;
