/** Stands before a model: asks whether a call may be paid for, notes it before it is sent and when it has ended, and says what it came to. Knows no caps. */
import type { ModelClient, ModelEnd, ModelMessage, ModelUsage } from '../../core/claude/model-client.ts';
import { factsOf } from '../../core/claude/models.ts';
import type { Turn, TurnTaker } from '../../core/claude/turn-taker.ts';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { type CallManner, type Cost, costOf, type PriceTable, worstCaseOf } from '../../core/money/prices.ts';
import type { Reservation, Spender, Spent } from '../../core/money/spender.ts';
import { fromNano, toNano } from '../../core/money/usd.ts';
import type { StepContext } from '../../core/ports.ts';
import type { Path } from '../../core/run/event.ts';
import { turnFor } from './take-turn.ts';

/** What calls are paid from. */
export interface Purse {
  readonly spender: Spender;
  /** Whether anything bounds what a step may spend: then its prompts are counted, and not only estimated. */
  isBounded(node: Path): boolean;
  prices(): Promise<PriceTable>;
  /** Where calls wait for their turn before they ask for money: a call that is never sent is none that may have been paid for. */
  readonly turns?: TurnTaker;
}

/** What a step has called so far. */
export interface Meter {
  /** The number of the last call, over all attempts of the step. */
  calls: number;
  /** What those of this attempt came to, in nano-dollars; null once nobody knows the price of one. */
  nano: number | null;
}

/** That of an attempt that begins: the calls of attempts before it have numbers of their own. */
export function meterOf({ work }: StepContext): Meter {
  const calls = (work.news ?? []).map(({ call }) =>
    typeof call === 'number' && Number.isSafeInteger(call) ? call : 0,
  );
  return { calls: Math.max(0, ...calls), nano: 0 };
}

/** Absent: nobody pays, and calls are noted when they have ended. */
export function metered(
  client: ModelClient,
  meter: Meter,
  context: StepContext,
  purse: Purse | undefined,
): ModelClient {
  return {
    ...client,
    async send(body, hear, signal, wanted): Promise<ModelEnd> {
      const call = ++meter.calls;
      if (purse === undefined) {
        const end = await client.send(body, hear, signal, wanted);
        if (end.kind === 'answered' && end.by === undefined) await context.note(endNews(call, end.message));
        return end;
      }
      const turn = await turnFor(body, modelIn(body), { turns: purse.turns, progress: context.progress, signal });
      if (turn === null) return stopped();
      let used: ModelUsage | null = null;
      try {
        const end = await sendPaid(client, { body, hear, signal, wanted, turn }, { call, meter, context, purse });
        if (end.kind === 'answered') used = end.message.usage;
        return end;
      } finally {
        turn.end(used === null ? null : { input: tokensOf(used) - used.output, output: used.output });
      }
    },
  };
}

interface Sending {
  readonly body: JsonObject;
  readonly hear: (text: string) => void;
  readonly signal: AbortSignal;
  readonly wanted: JsonObject | undefined;
  readonly turn: Turn;
}

async function sendPaid(
  client: ModelClient,
  { body, hear, signal, wanted, turn }: Sending,
  payer: Payer & { readonly call: number; readonly purse: Purse },
): Promise<ModelEnd> {
  const { call } = payer;
  const isBounded = payer.purse.isBounded(payer.context.work.node);
  const asked = { call, payer, manner: {}, signal, counter: isBounded ? client : null };
  const reserved = await reservePaid(body, asked);
  if ('kind' in reserved) return reserved;
  const end = await client.send(body, hear, signal, wanted, turn);
  await endPaid(end, { call, body, payer, manner: {}, reserved });
  return end;
}

/** What was set aside for a call. */
export interface Reserved {
  readonly worst: Worst;
  readonly reservation: Reservation;
}

interface Reserving {
  readonly call: number;
  readonly payer: Payer & { readonly purse: Purse };
  readonly manner: CallManner;
  readonly signal: AbortSignal;
  /** Who counts the prompt; null: it is estimated upwards. */
  readonly counter: ModelClient | null;
}

/** Sets the worst case of a call aside and notes it; or says why it cannot be sent. */
export async function reservePaid(
  body: JsonObject,
  { call, payer: { purse, context }, manner, signal, counter }: Reserving,
): Promise<Reserved | ModelEnd> {
  const worst = await worstOf(body, { counter, manner, prices: await purse.prices(), signal });
  const model = modelIn(body);
  const reserved = await purse.spender.reserve({ node: context.work.node, model, ...worst }, signal);
  if (reserved === null) return stopped();
  if (!reserved.ok) return refused(reserved.diagnostics[0]);
  if (await context.note({ kind: 'call-reserved', call, model, ...worst }))
    return { worst, reservation: reserved.value };
  reserved.value.settle(NOTHING);
  return stopped();
}

interface Ended {
  readonly call: number;
  readonly body: JsonObject;
  readonly payer: Payer & { readonly purse: Purse };
  readonly manner: CallManner;
  /** Null where an earlier process has set it aside: then it stays counted so until the next one. */
  readonly reserved: Reserved | null;
}

/** A call of which nobody knows whether it is paid stays at its worst case, in the journal as well: there it has no end. */
export async function endPaid(end: ModelEnd, { call, body, payer, manner, reserved }: Ended): Promise<void> {
  const { context, meter, purse } = payer;
  const model = modelIn(body);
  if (end.kind === 'failed') {
    if (end.isFree) await context.note({ kind: 'call-ended', call, model, usd: 0, usage: NO_TOKENS, stop: null });
    else add(meter, reserved?.worst.usd ?? null);
    reserved?.reservation.settle(end.isFree ? NOTHING : reserved.worst);
    return;
  }
  const { message, by } = end;
  const usd = by === undefined ? paidFor(message, model, manner, await purse.prices()) : 0;
  await context.note(endNews(call, message, usd));
  add(meter, usd);
  reserved?.reservation.settle({ tokens: tokensOf(message.usage), usd });
}

/** All that an agent may take that giga does not see at its calls: each turn with the whole context of its model, and the longest answer. */
export async function setAsideForAgent(
  { purse, meter, context }: Payer,
  { model, maxTurns, maxTokens }: { readonly model: string; readonly maxTurns: number; readonly maxTokens: number },
): Promise<Result<AgentPurse> | null> {
  const call = ++meter.calls;
  if (purse === undefined) return { ok: true, value: { call, settle: () => {} } };
  const inputTokens = factsOf(model)?.context ?? UNKNOWN_CONTEXT;
  const one = usdOf(worstCaseOf(model, { inputTokens, maxTokens, cacheTtl: '5m' }, await purse.prices()));
  const nano = one === null ? null : toNano(one);
  const worst = { tokens: maxTurns * (inputTokens + maxTokens), usd: nano === null ? null : fromNano(maxTurns * nano) };
  const reserved = await purse.spender.reserve({ node: context.work.node, model, ...worst }, context.signal);
  if (reserved === null || !reserved.ok) return reserved;
  if (!(await context.note({ kind: 'call-reserved', call, model, ...worst }))) {
    reserved.value.settle(NOTHING);
    return null;
  }
  return { ok: true, value: { call, settle: (spent) => reserved.value.settle(spent) } };
}

export interface Payer {
  readonly purse?: Purse;
  readonly meter: Meter;
  readonly context: StepContext;
}
export interface AgentPurse {
  /** The number under which its end is noted. */
  readonly call: number;
  /** Without it the worst case stays counted. */
  settle(spent: Spent): void;
}
/** Of a model of which nothing is known. */
const UNKNOWN_CONTEXT = 1_000_000;

/** `model` is who answered: the one that was asked, with the date of its release. */
function paidFor({ model, usage }: ModelMessage, asked: string, manner: CallManner, prices: PriceTable): number | null {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = usage;
  const taken = { input, output, cacheRead, cacheWrite: cacheWrite5m, cacheWrite1h };
  const cost = costOf(model, taken, manner, prices);
  return usdOf(cost === 'unknown' ? costOf(asked, taken, manner, prices) : cost);
}

function add(meter: Meter, usd: number | null): void {
  const nano = toNano(usd);
  meter.nano = meter.nano === null || nano === null ? null : meter.nano + nano;
}

/** What the calls of an attempt came to, as an output; null where nobody knows. */
export function costIn({ nano }: Meter): number | null {
  return nano === null ? null : fromNano(nano);
}

interface Worst {
  readonly tokens: number;
  readonly usd: number | null;
}

interface Estimating {
  readonly counter: ModelClient | null;
  readonly manner: CallManner;
  readonly prices: PriceTable;
  readonly signal: AbortSignal;
}

/** Where nobody counts it the prompt has at most a token a byte, and no more than the model takes. */
async function worstOf(body: JsonObject, { counter, manner, prices, signal }: Estimating): Promise<Worst> {
  const text = JSON.stringify(body);
  const model = modelIn(body);
  const counted = counter === null ? null : await counter.count(body, signal);
  const most = factsOf(model)?.context ?? Number.POSITIVE_INFINITY;
  const inputTokens = counted ?? Math.min(Buffer.byteLength(text), most);
  const maxTokens = typeof body.max_tokens === 'number' ? body.max_tokens : 0;
  const extent = {
    ...manner,
    inputTokens,
    maxTokens,
    ...(text.includes('"cache_control"') && { cacheTtl: ttlIn(text) }),
  };
  return { tokens: inputTokens + maxTokens, usd: usdOf(worstCaseOf(model, extent, prices)) };
}

function ttlIn(text: string): '5m' | '1h' {
  return text.includes('"ttl":"1h"') ? '1h' : '5m';
}

function usdOf(cost: Cost): number | null {
  return cost === 'unknown' ? null : cost.usd;
}

function modelIn({ model }: JsonObject): string {
  return typeof model === 'string' ? model : '';
}

function endNews(call: number, { model, usage, stop }: ModelMessage, usd?: number | null): JsonObject {
  return { kind: 'call-ended', call, model, ...(usd !== undefined && { usd }), usage: shownUsage(usage), stop };
}

export function shownUsage({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: ModelUsage): JsonObject {
  return { input, output, 'cache-read': cacheRead, 'cache-write': cacheWrite5m + cacheWrite1h };
}

function tokensOf({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: ModelUsage): number {
  return input + output + cacheRead + cacheWrite5m + cacheWrite1h;
}

const NOTHING = { tokens: 0, usd: 0 };
const NO_TOKENS = { input: 0, output: 0, 'cache-read': 0, 'cache-write': 0 };

export function stopped(): ModelEnd {
  return { kind: 'failed', error: problem('STEP_CANCELLED', 'It was stopped.'), isFree: true };
}

function refused(
  why: ReturnType<typeof problem> = problem('STEP_BUDGET', 'The call does not fit into a budget.'),
): ModelEnd {
  return { kind: 'failed', error: { ...why, retryable: false }, isFree: true };
}
