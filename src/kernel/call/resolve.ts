import { type Draft, LabError, type One, type Target, type Vm } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';
import { hostNamed, named, sees } from '../naming.ts';
import { passed, type Request, type Resolved, type Seen, type Subject, type SubjectMap, type Valid } from './steps.ts';

/** Turns the names in the input into things we know, or into drafts of things that will be. */
export async function resolve(lab: Lab, valid: Valid): Promise<Resolved> {
  const { operation } = valid;
  const seen = glance(lab);
  const known = Object.entries(operation.on).map(
    async ([key, target]) => [key, await those(lab, valid, target)] as const,
  );
  const drafts = Object.entries(operation.creates).map(
    async ([key, draft]) => [key, [await drafted(lab, valid, draft)]] as const,
  );
  const subjects: SubjectMap = Object.fromEntries(await Promise.all([...known, ...drafts]));
  return passed<Resolved>({ ...valid, subjects, seen });
}

/** What all that policy judges by depends on. */
export const glance = ({ state, policy }: Lab): Seen => ({ state: state.version, policy: policy.hash });

async function those(lab: Lab, valid: Valid, target: Target): Promise<readonly Subject[]> {
  if ('from' in target) return [await one(lab, valid, target)];
  if (target.type === 'host') return lab.hosts().map((facts) => subject('host', target.action, facts));
  if (target.type === 'lab') return [subject('lab', target.action, { id: 'lab', name: 'lab' })];
  const all = await lab.state.all(target.type);
  return await Promise.all(all.map(async (facts) => await withNodes(lab, subject(target.type, target.action, facts))));
}

async function one(lab: Lab, { request, input, effect }: Valid, target: One): Promise<Subject> {
  const { type, from, nodes } = target;
  const action = effect === 'destroy' ? (target.destroyAction ?? target.action) : target.action;
  const typed = String(Reflect.get(input, from));
  if (type === 'host') return { ...subject(type, action, hostNamed(lab, typed)), typed };
  const facts = await named(lab, request.principal, type, typed);
  const whole = { ...(await withNodes(lab, subject(type, action, facts))), typed } as Subject;
  return nodes ? { ...whole, nodes: selected(lab, request, whole, Reflect.get(input, nodes)) } : whole;
}

/** A draft that exists already, made by the same owner from the same topology, is the thing itself. */
async function drafted(lab: Lab, { request, input }: Valid, { from }: Draft): Promise<Subject> {
  const typed = String(Reflect.get(input, from));
  const { cluster, nodes } = await lab.drafting.draft(request, typed);
  const mine = (await lab.state.named('cluster', cluster.name)).find(({ owner }) => owner === cluster.owner);
  if (!mine) return { ...subject('cluster', 'create', cluster), typed, nodes, members: nodes, draft: true } as Subject;
  if (mine.topology !== cluster.topology || mine.topologyDigest !== cluster.topologyDigest)
    throw changed(mine.name, mine.topology, typed);
  return { ...(await withNodes(lab, subject('cluster', 'create', mine))), typed } as Subject;
}

// The facts are of the type they were asked for.
const subject = (type: Subject['type'], action: string, facts: Subject['facts']): Subject =>
  ({ type, action, facts, typed: facts.name, nodes: [], members: [], draft: false, states: {} }) as unknown as Subject;

async function withNodes({ state }: Lab, whole: Subject): Promise<Subject> {
  if (whole.type !== 'cluster') return whole;
  const nodes = await state.nodes(whole.facts.id);
  return { ...whole, nodes, members: nodes };
}

/** A node that the caller may not see is one that is not there. */
function selected(lab: Lab, { principal }: Request, { members, typed }: Subject, wanted: unknown): readonly Vm[] {
  if (wanted === undefined) return members;
  const names = [wanted].flat();
  const have = members.filter((node) => sees(lab, principal, 'vm', node)).map(({ name }) => name);
  const stranger = names.find((name) => !have.some((known) => known === name));
  if (stranger !== undefined)
    throw new LabError('NOT_FOUND', `Cluster "${typed}" has no node "${stranger}"; it has ${have.join(', ')}.`, {
      details: { have },
    });
  return members.filter(({ name }) => names.includes(name));
}

const changed = (cluster: string, topology: string, typed: string) =>
  new LabError(
    'CONFLICT',
    topology === typed
      ? `Topology "${typed}" has changed since cluster "${cluster}" was defined from it. Destroy the cluster (its overlays are kept), then define it again.`
      : `You have a cluster "${cluster}" from topology "${topology}". Destroy it, or give "${typed}" another cluster_name.`,
  );
