/** Stands before a model: its calls go in batches, at half their price, and those that an earlier process has sent are fetched. */
import type { ModelClient, ModelEnd } from '../../core/claude/model-client.ts';
import type { JsonObject } from '../../core/json.ts';
import type { StepContext } from '../../core/ports.ts';
import type { BatchDesk, Seat } from './batch-desk.ts';
import { callId, type SentCall, sentCalls } from './batch-news.ts';
import type { BatchEar } from './batch-watch.ts';
import { endPaid, type Payer, type Purse, reservePaid, stopped } from './pay.ts';

export interface BatchPayer extends Payer {
  readonly purse: Purse;
}

/** `singly`: who is asked where there are too few calls for a batch. */
export function batched(singly: ModelClient, desk: BatchDesk, payer: BatchPayer, isAlways: boolean): ModelClient {
  const { context } = payer;
  const before = new Map(sentCalls(context.work).map((sent) => [sent.call, sent]));
  return {
    ...singly,
    async send(body, hear, signal, wanted): Promise<ModelEnd> {
      const ear: BatchEar = { signal, progress: context.progress, alive: () => hear('') };
      for (const sent of before.values()) {
        if (sent.id !== callId(context.work, sent.call, body)) continue;
        before.delete(sent.call);
        const fetched = await desk.fetch(sent.id, sent.batch, sent.begun, ear);
        if (fetched.kind === 'stopped') return stopped();
        if (fetched.kind !== 'absent') return payFor(fetched, sent, { body, payer });
      }
      const seat = await desk.join(isAlways, signal);
      if (seat === null) return stopped();
      if (seat === 'single') return singly.send(body, hear, signal, wanted);
      return sendIn(seat, body, { ear, payer });
    },
  };
}

/** What an earlier process has paid for is noted as soon as it is known; what it has noted is paid. */
async function payFor(
  end: ModelEnd,
  { call, isEnded }: SentCall,
  { body, payer }: { readonly body: JsonObject; readonly payer: BatchPayer },
): Promise<ModelEnd> {
  if (!isEnded) await endPaid(end, { call, body, payer, manner: IN_BATCH, reserved: null });
  return end;
}

const IN_BATCH = { batch: true } as const;

async function sendIn(
  seat: Seat,
  body: JsonObject,
  { ear, payer }: { readonly ear: BatchEar; readonly payer: BatchPayer },
): Promise<ModelEnd> {
  const { context, meter } = payer;
  const call = ++meter.calls;
  const reserved = await reservePaid(body, { call, payer, manner: IN_BATCH, signal: ear.signal, counter: null });
  if ('kind' in reserved) {
    seat.leave();
    return reserved;
  }
  const id = callId(context.work, call, body);
  const end = await seat.send({ id, body }, notesOf(context, call, id), ear);
  if (end.kind === 'stopped') return stopped();
  await endPaid(end, { call, body, payer, manner: IN_BATCH, reserved });
  return end;
}

function notesOf({ note }: StepContext, call: number, id: string) {
  return {
    begun: ({ count, atMs }: { readonly count: number; readonly atMs: number }) =>
      note({ kind: 'batch-begun', call, id, count, at: atMs }),
    sent: (batch: string) => note({ kind: 'batch-sent', call, batch }),
  };
}
