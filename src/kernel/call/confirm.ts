import { randomUUID } from 'node:crypto';
import { digestOf } from '../../document/document.ts';
import { LabError, type Preview, type Vm } from '../../sdk/index.ts';
import { reading } from '../calls.ts';
import type { Lab } from '../lab.ts';
import { legible } from '../legible.ts';
import { unlessOver } from '../unless-late.ts';
import { type Answer, type Asked, type Bound, type Confirmed, passed, type Subject } from './steps.ts';

/** Shows what will be lost and goes on only with a person's yes to exactly that. */
export async function confirm(lab: Lab, bound: Bound): Promise<Confirmed> {
  const preview = await shown(bound);
  // What nobody is asked about has no plan that could grow stale.
  if (!preview) return passed<Confirmed>({ ...bound, plan: '' });
  const plan = planOf(lab, bound, preview);
  const { answer } = bound.request;
  if (!answer) throw await ask(lab, bound, plan, preview, 'CONFIRMATION_REQUIRED', preview.summary);
  await believe(lab, bound, answer, plan, preview);
  return passed<Confirmed>({ ...bound, plan, spends: answer.question });
}

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
export const asks = ({ effect, judgement }: Pick<Bound, 'effect' | 'judgement'>): boolean =>
  effect !== 'read' && (judgement.confirm === 'ack' || (effect === 'destroy' && judgement.confirm !== 'none'));

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
  { policy }: Lab,
  { operation, request, input, subjects, effect }: Bound,
  preview?: Preview,
): string =>
  `sha256:${digestOf({
    tool: operation.name,
    user: request.principal.user,
    input,
    effect,
    policy: policy.hash,
    preview: preview ?? null,
    subjects: Object.values(subjects)
      .flat()
      .map((subject) => (subject.draft ? drafted(subject) : existing(subject))),
  })}`;

const existing = ({ type, facts, nodes, states }: Subject) => ({
  ...{ type, id: facts.id, generation: 'generation' in facts ? facts.generation : 0 },
  nodes: nodes.map(({ id, generation }) => ({ id, generation, state: states[id] ?? '' })),
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
  if (!question || question.user !== user || question.plan !== answer.plan)
    throw await ask(
      lab,
      bound,
      plan,
      preview,
      'CONFIRMATION_REQUIRED',
      'This answer belongs to no question that was asked here.',
    );
  if (question.spent) throw new LabError('CONFIRMATION_STALE', 'This confirmation was used before; ask again.');
  if (lab.now().toISOString() > question.expiresAt)
    throw await ask(lab, bound, plan, preview, 'CONFIRMATION_REQUIRED', 'The answer came too late.');
  if (answer.said === 'no') {
    await lab.state.spend(question.id, bound.request.id);
    throw new LabError('DECLINED', 'The person who was asked said no. Nothing was done.');
  }
  if (answer.plan !== plan)
    throw await ask(
      lab,
      bound,
      plan,
      preview,
      'CONFIRMATION_STALE',
      'What would happen has changed since it was shown.',
    );
  const expected = expectOf(bound);
  if (answer.typed === expected) return;
  await lab.state.spend(question.id, bound.request.id);
  throw new LabError('DECLINED', `"${expected}" was to be typed, and something else was. Nothing was done.`);
}

/** An error that carries a question, written down first so that only its own answer counts. */
async function ask(
  { state, now, limits }: Lab,
  bound: Bound,
  plan: string,
  preview: Preview,
  code: 'CONFIRMATION_REQUIRED' | 'CONFIRMATION_STALE',
  sentence: string,
) {
  const asked: Asked = { question: randomUUID(), plan, preview, expect: expectOf(bound) };
  const expiresAt = new Date(now().getTime() + limits.answerToQuestionMs).toISOString();
  await state.ask({ id: asked.question, plan, user: bound.request.principal.user, expiresAt });
  return new LabError(code, sentence, { details: { ...asked } });
}

/** The first subject's name, as the caller wrote it. */
const expectOf = ({ subjects }: Bound): string => Object.values(subjects).flat()[0]?.typed ?? 'yes';
