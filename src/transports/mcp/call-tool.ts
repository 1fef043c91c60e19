import type {
  CallToolResult,
  InputRequiredResult,
  RequestStateCodec,
  ServerContext,
} from '@modelcontextprotocol/server';
import { inputRequired, inputResponse, SdkError, SdkErrorCode } from '@modelcontextprotocol/server';
import type { Kernel } from '../../kernel/boot.ts';
import { call } from '../../kernel/call/call.ts';
import type { Answer, Asked, Request } from '../../kernel/call/steps.ts';
import { newCallId } from '../../kernel/call-id.ts';
import type { Narrowed } from '../../kernel/tools.ts';
import type { Preview, Principal } from '../../sdk/index.ts';
import type { Client } from './client.ts';
import { failure, success } from './results.ts';

/** What a question is sealed with: only the answer that comes back with it counts. */
export interface Seal {
  readonly question: string;
  readonly plan: string;
}

export interface Counter {
  readonly kernel: Kernel;
  readonly client: Client;
  readonly codec: RequestStateCodec<Seal>;
  /** This connection. */
  readonly session: string;
  readonly who: Principal;
  readonly narrowed: Narrowed;
}

interface Params {
  readonly name: string;
  readonly arguments?: unknown;
}

/** One tools/call, down the line; a question that came up is put to the client, sealed. */
export async function answerCall(
  counter: Counter,
  params: Params,
  ctx: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const progress = progressTo(ctx);
  const request = { ...requestOf(counter, params, ctx), progress: progress.say };
  const outcome = await call(counter.kernel.lab, request).finally(progress.end);
  if (outcome.ok) return success(outcome.data);
  const canAsk = counter.client.canAsk(ctx);
  const waiting = waitingOf(outcome.error);
  // Its person is told once, and may come back when it is approved; who comes back before that hears so.
  if (waiting && canAsk && !request.answer && !request.forged)
    return await put(
      counter,
      ctx,
      { question: waiting.approval, plan: waiting.plan },
      notice(waiting, outcome.error.message),
    );
  const asked = askedOf(outcome.error);
  if (!asked) return failure(outcome.error, request.id);
  if (!canAsk) return failure(outcome.error, request.id, cannotAsk);
  return await put(counter, ctx, { question: asked.question, plan: asked.plan }, form(asked, outcome.error.message));
}

type Form = Parameters<typeof inputRequired.elicit>[0];

/** A form for the person at the client, sealed. */
const put = async ({ codec }: Counter, ctx: ServerContext, seal: Seal, form: Form): Promise<InputRequiredResult> =>
  inputRequired({
    inputRequests: { confirm: inputRequired.elicit(form) },
    requestState: await codec.mint(seal, ctx),
  });

const cannotAsk =
  'This client cannot put a question to its person, and an agent must not answer it. Use a client that supports MCP elicitation.';

function requestOf({ who, narrowed, session }: Counter, params: Params, ctx: ServerContext): Request {
  const { signal } = ctx.mcpReq;
  const gone = new AbortController();
  const stop = new AbortController();
  // A stream that closes loses the caller, not the call; only a cancel that was said in so many words stops it.
  const over = () =>
    (closed(signal.reason) ? gone : stop).abort(new DOMException('The client said cancel.', 'AbortError'));
  if (signal.aborted) over();
  else signal.addEventListener('abort', over, { once: true });
  const answer = answerOf(ctx);
  return {
    ...{ id: newCallId(), principal: who, narrowed, session, tool: params.name, args: params.arguments ?? {} },
    ...{ signal: AbortSignal.any([gone.signal, stop.signal]), stop: stop.signal },
    ...(answer === 'forged' ? { forged: true } : answer && { answer }),
  };
}

const closed = (reason: unknown): boolean =>
  reason instanceof SdkError && reason.code === SdkErrorCode.ConnectionClosed;

/** An answer counts only with the seal of the question it answers. */
function answerOf(ctx: ServerContext): Answer | 'forged' | undefined {
  const seal = ctx.mcpReq.requestState<Seal>();
  const response = inputResponse(ctx.mcpReq.inputResponses, 'confirm');
  if (!seal) return response.kind === 'missing' ? undefined : 'forged';
  if (response.kind !== 'elicit') return undefined;
  const content: unknown = response.action === 'accept' ? response.content : undefined;
  const typed: unknown = Reflect.get(Object(content), 'type_the_name');
  return {
    ...{ question: seal.question, plan: seal.plan, said: response.action === 'accept' ? 'yes' : 'no' },
    typed: typeof typed === 'string' ? typed : '',
  };
}

function askedOf({ code, details }: { readonly code: string; readonly details: object }): Asked | undefined {
  const asks = code === 'CONFIRMATION_REQUIRED' || code === 'CONFIRMATION_STALE';
  // Only `confirm` puts these details on an error.
  return asks && 'question' in details ? (details as Asked) : undefined;
}

/** A call that people have to approve somewhere else. */
interface Waiting {
  readonly approval: string;
  readonly plan: string;
  readonly preview: Preview;
}

function waitingOf({ code, details }: { readonly code: string; readonly details: object }): Waiting | undefined {
  const asks = code === 'CONFIRMATION_REQUIRED' || code === 'CONFIRMATION_STALE';
  // Only `approve` puts these details on an error.
  return asks && 'approval' in details ? (details as Waiting) : undefined;
}

/** Whatever is answered to this counts for nothing: approvers sign elsewhere. */
const notice = ({ preview }: Waiting, sentence: string): Form => ({
  message: [preview.summary, ...preview.effects.map((effect) => `- ${effect}`), sentence].join('\n'),
  requestedSchema: {
    type: 'object',
    properties: { approved: { type: 'boolean', title: 'It is approved: go on' } },
  },
});

function form({ preview, expect }: Asked, sentence: string) {
  const lines = [
    ...(sentence === preview.summary ? [] : [sentence]),
    preview.summary,
    ...preview.effects.map((effect) => `- ${effect}`),
  ];
  return {
    message: `${lines.join('\n')}\nType "${expect}" to agree.`,
    requestedSchema: {
      type: 'object' as const,
      properties: { type_the_name: { type: 'string' as const, title: `Type "${expect}" to agree` } },
      required: ['type_the_name'],
    },
  };
}

/** Progress for those who asked for it, until they have the answer: a job that goes on then has nobody to tell. */
function progressTo({ mcpReq }: ServerContext) {
  let progressToken = mcpReq._meta?.progressToken;
  const say: NonNullable<Request['progress']> = ({ done, total, message }) => {
    if (progressToken === undefined) return;
    const params = { progressToken, progress: done, message, ...(total !== undefined && { total }) };
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {}); // the client has gone; its job has not
  };
  const end = () => {
    progressToken = undefined;
  };
  return { say, end };
}
