/** What earlier attempts noted of calls in batches. Pure; what is damaged is left out. */
import { canonical, type JsonObject, sha256 } from '../../core/json.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import type { BatchBegun } from './batch-desk.ts';

/** A call that was, or may have been, sent in a batch. */
export interface SentCall {
  readonly call: number;
  readonly id: string;
  readonly begun: BatchBegun;
  /** Null where giga was killed before it knew. */
  readonly batch: string | null;
  /** What it came to has been noted. */
  readonly isEnded: boolean;
}

/** By what a call is: its step, its number and its question. The same again after a crash, and no other call has it. */
export function callId({ stepKey }: AttemptWork, call: number, body: JsonObject): string {
  return `giga-${sha256(canonical([stepKey, call, body])).slice(0, 40)}`;
}

/** Those whose answers nobody has judged: an answer that came to the end of its attempt is not taken again. */
export function sentCalls({ news = [] }: AttemptWork): readonly SentCall[] {
  const calls = new Map<number, SentCall>();
  for (const one of news) {
    const { kind, call } = one;
    if (kind === 'attempt-ended') for (const { call: at, isEnded } of calls.values()) if (isEnded) calls.delete(at);
    if (typeof call !== 'number' || !Number.isSafeInteger(call)) continue;
    const begun = kind === 'batch-begun' ? begunIn(one) : null;
    if (begun !== null) calls.set(call, { call, ...begun, batch: null, isEnded: false });
    const before = calls.get(call);
    if (before === undefined) continue;
    if (kind === 'batch-sent' && typeof one.batch === 'string' && /^[\w-]{1,128}$/.test(one.batch))
      calls.set(call, { ...before, batch: one.batch });
    if (kind === 'call-ended') calls.set(call, { ...before, isEnded: true });
  }
  return [...calls.values()];
}

function begunIn({ id, count, at }: JsonObject): Pick<SentCall, 'id' | 'begun'> | null {
  if (typeof id !== 'string' || typeof count !== 'number' || typeof at !== 'number') return null;
  return { id, begun: { count, atMs: at } };
}
