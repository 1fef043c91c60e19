import { randomUUID } from 'node:crypto';
import { labelledDigest } from '../../document/document.ts';
import { attributesOf, type ConfirmLevel } from '../../policy/index.ts';
import { LabError, type Preview, type Principal, type Vm } from '../../sdk/index.ts';
import { reading } from '../calls.ts';
import type { Lab } from '../lab.ts';
import { legible } from '../legible.ts';
import { unlessOver } from '../unless-late.ts';
import { approved, askPeople } from './approve.ts';
import { type Answer, type Asked, type Bound, type Confirmed, type Consent, passed, type Subject } from './steps.ts';

/** Shows what will be lost and goes on only with a person's yes to exactly that. */
export async function confirm(lab: Lab, bound: Bound): Promise<Confirmed> {
  const preview = await shown(bound);
  // What nobody is asked about has no plan that could grow stale.
  if (!preview) return passed<Confirmed>({ ...bound, plan: '' });
  const plan = planOf(lab, bound, preview);
  return passed<Confirmed>({ ...bound, plan, ...(await consent(lab, bound, plan, preview)) });
}

async function consent(lab: Lab, bound: Bound, plan: string, preview: Preview): Promise<Consent> {
  const level = levelOf(bound);
  // What came back with the call counts for nothing here: people's signatures do.
  if (level === 'human' || level === 'two-person')
    return await approved(lab, bound, { level, plan, preview, expect: expectOf(bound) });
  const { answer } = bound.request;
  if (!answer) throw await ask(lab, bound, plan, preview, 'CONFIRMATION_REQUIRED', preview.summary);
  await believe(lab, bound, answer, plan, preview);
  return { spends: answer.question };
}

/** What somebody agreed to is not what would happen any more: the error shows what would, and asks about that. */
export async function stale(lab: Lab, bound: Bound, plan: string, preview: Preview): Promise<LabError> {
  const level = levelOf(bound);
  if (level === 'human' || level === 'two-person')
    return await askPeople(lab, bound, { level, plan, preview, expect: expectOf(bound) }, 'CONFIRMATION_STALE');
  return await ask(lab, bound, plan, preview, 'CONFIRMATION_STALE', changed);
}

const changed = 'What would happen has changed since it was shown.';

/** The preview, made with nothing in hand but reads; none when nobody needs to be asked. */
export async function shown({
  operation,
  effect,
  hold,
  input,
  request,
  judgement,
  subjects,
}: Bound): Promise<Preview | undefined> {
  if (!asks({ effect, judgement })) return undefined;
  using call = reading(request);
  const plain = {
    summary: `${operation.name} ${JSON.stringify(input)}`,
    effects: [operation.summary, ...sizes(subjects)],
  };
  return legible((await unlessOver(operation.preview?.(hold(call, 'read'), input), call.signal)) ?? plain);
}

/** Whether a person must say yes before anything happens. */
export const asks = (bound: Pick<Bound, 'effect' | 'judgement'>): boolean => levelOf(bound) !== 'none';

const levelOf = ({ effect, judgement }: Pick<Bound, 'effect' | 'judgement'>): ConfirmLevel =>
  effect === 'read' ? 'none' : (judgement.confirm ?? (effect === 'destroy' ? 'ack' : 'none'));

/** What a draft would take of the lab. */
const sizes = (subjects: Bound['subjects']): readonly string[] =>
  Object.values(subjects)
    .flat()
    .filter(({ draft }) => draft)
    .map(({ typed, nodes }) => {
      const sum = (of: (node: Vm) => number) => nodes.reduce((total, node) => total + of(node), 0);
      const [vcpus, memory, disk] = [
        sum(({ vcpus }) => vcpus),
        sum(({ memoryMb }) => memoryMb),
        sum(({ diskGb }) => diskGb),
      ];
      return `"${typed}" takes ${vcpus} vCPUs, ${memory} MB of memory and up to ${disk} GB of disk, in ${nodes.length} VMs.`;
    });

/** Everything that a yes is a yes to: one of these differs, and it is another plan. */
export const planOf = (
  { policy, code }: Pick<Lab, 'policy' | 'code'>,
  { operation, request, input, subjects, effect, judgement }: Bound,
  preview?: Preview,
): string =>
  labelledDigest({
    tool: operation.name,
    user: request.principal.user,
    input,
    effect,
    ...{ level: levelOf({ effect, judgement }), policy: policy.hash, code },
    preview: preview ?? null,
    subjects: Object.values(subjects)
      .flat()
      .map((subject) => (subject.draft ? drafted(subject) : existing(subject, request.principal))),
  });

const existing = ({ type, facts, nodes, states }: Subject, who: Principal) => ({
  ...{ type, id: facts.id, generation: 'generation' in facts ? facts.generation : 0 },
  // What policy judges, whoever has changed it.
  attributes: attributesOf(type, facts as never, who),
  shares: ('shares' in facts && facts.shares) || [],
  nodes: nodes.map((node) => ({
    ...{
      id: node.id,
      generation: node.generation,
      state: states[node.id] ?? '',
      attributes: attributesOf('vm', node, who),
    },
  })),
});

/** Ids, and what is named after them, are new in every request; what would be built is not. */
const drafted = ({ type, facts, nodes }: Subject) => ({
  type,
  ...('topologyDigest' in facts && { owner: facts.owner, provider: facts.provider, topology: facts.topologyDigest }),
  nodes: nodes.map(({ name, vcpus, memoryMb, diskGb, spec: { image, disk, extraDisks, login } }) => ({
    ...{ name, vcpus, memoryMb, diskGb, image, disk, extraDisks, login },
  })),
});

async function believe(lab: Lab, bound: Bound, answer: Answer, plan: string, preview: Preview): Promise<void> {
  const question = await lab.state.question(answer.question);
  const { user } = bound.request.principal;
  if (!question || question.user !== user || question.plan !== answer.plan) {
    lab.alarms.raise({ what: 'answer to a question that was not asked here', ...suspect(bound) });
    throw await ask(
      lab,
      bound,
      plan,
      preview,
      'CONFIRMATION_REQUIRED',
      'This answer belongs to no question that was asked here.',
    );
  }
  if (question.spent) {
    lab.alarms.slip({ what: 'answer that was used before', ...suspect(bound) });
    throw new LabError('CONFIRMATION_STALE', 'This confirmation was used before; ask again.');
  }
  const lasts = { expiresAt: question.expiresAt, lastsMs: lab.limits.answerToQuestionMs };
  if (lab.deadlines.over(question.id, lasts, lab.now()))
    throw await ask(lab, bound, plan, preview, 'CONFIRMATION_REQUIRED', 'The answer came too late.');
  if (answer.said === 'no') {
    await lab.state.spend(question.id, bound.request.id);
    throw new LabError('DECLINED', 'The person who was asked said no. Nothing was done.');
  }
  if (answer.plan !== plan) throw await stale(lab, bound, plan, preview);
  const expected = expectOf(bound);
  if (answer.typed === expected) return;
  await lab.state.spend(question.id, bound.request.id);
  lab.alarms.slip({ what: 'another name typed', ...suspect(bound) });
  throw new LabError('DECLINED', `"${expected}" was to be typed, and something else was. Nothing was done.`);
}

const suspect = ({ request: { id: op, principal: who, tool: act, session } }: Bound) => ({ op, who, act, session });

/** An error that carries a question, written down first so that only its own answer counts. */
async function ask(
  { state, now, limits, deadlines }: Lab,
  bound: Bound,
  plan: string,
  preview: Preview,
  code: 'CONFIRMATION_REQUIRED' | 'CONFIRMATION_STALE',
  sentence: string,
) {
  const asked: Asked = { question: randomUUID(), plan, preview, expect: expectOf(bound) };
  const expiresAt = new Date(now().getTime() + limits.answerToQuestionMs).toISOString();
  deadlines.begin(asked.question, limits.answerToQuestionMs);
  await state.ask({ id: asked.question, plan, user: bound.request.principal.user, expiresAt });
  return new LabError(code, sentence, { details: { ...asked } });
}

/** The first subject's name, as the caller wrote it. */
const expectOf = ({ subjects }: Bound): string => Object.values(subjects).flat()[0]?.typed ?? 'yes';
