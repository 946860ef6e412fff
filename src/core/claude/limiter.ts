/**
 * Who may call a provider, and when: pure, in the order in which they asked. Knows no clock, no socket and no promise.
 *
 * | told     | does                                                                                        |
 * | ask      | a call waits for its turn                                                                   |
 * | withdraw | it waits no more                                                                            |
 * | next     | says whose turn it is now, and when to ask again                                            |
 * | hear     | an answer has begun: what the provider says of its limits                                   |
 * | pushBack | a call was told to come back later: all of its model wait                                   |
 * | end      | a call is over                                                                              |
 *
 * Limits of the provider hold for each model by itself, as it counts them; those that a person has set, for all together.
 */
import { type CallSize, createLane, type Lane, type Levels, type Push } from './rate-lane.ts';
import { createRateWindow } from './rate-window.ts';

/** What a person has set; absent: no limit. */
export interface SetLimits {
  readonly concurrent?: number;
  readonly requestsPerMinute?: number;
  /** Of prompts and answers together. */
  readonly tokensPerMinute?: number;
}

export interface CallAsk extends CallSize {
  readonly model: string;
}

export interface Turns {
  /** In the order in which they asked. */
  readonly granted: readonly number[];
  /** When to ask again; null where that is of no use before something happens. */
  readonly againAtMs: number | null;
}

export interface Limiter {
  ask(id: number, ask: CallAsk): void;
  withdraw(id: number): void;
  next(nowMs: number): Turns;
  hear(id: number, levels: Levels, nowMs: number): void;
  pushBack(id: number, levels: Levels, push: Push, nowMs: number): void;
  /** Tokens of prompt and answer, as they turned out to be; null where nobody knows. */
  end(id: number, used: { readonly input: number; readonly output: number } | null): void;
}

interface Waiting {
  readonly id: number;
  readonly ask: CallAsk;
}

export function createLimiter({ concurrent, requestsPerMinute, tokensPerMinute }: SetLimits = {}): Limiter {
  const most = concurrent ?? Number.POSITIVE_INFINITY;
  const requests = createRateWindow(requestsPerMinute ?? Number.POSITIVE_INFINITY);
  const tokens = createRateWindow(tokensPerMinute ?? Number.POSITIVE_INFINITY);
  const lanes = new Map<string, { readonly lane: Lane; readonly queue: Waiting[] }>();
  const open = new Map<number, Lane>();

  function laneOf(model: string) {
    const one = lanes.get(model) ?? { lane: createLane(), queue: [] };
    lanes.set(model, one);
    return one;
  }

  function grant({ id, ask }: Waiting, lane: Lane, nowMs: number): void {
    open.set(id, lane);
    lane.send(id, ask);
    requests.take(id, 1, nowMs);
    tokens.take(id, ask.input + ask.maxOutput, nowMs);
  }

  /** The first of those whose model has room now; when one has room where none has. */
  function first(nowMs: number): { readonly head: Waiting | null; readonly lane: Lane | null; readonly atMs: number } {
    let found: { readonly head: Waiting | null; readonly lane: Lane | null; readonly atMs: number } = NOBODY;
    for (const { lane, queue } of lanes.values()) {
      const [head] = queue;
      if (head === undefined) continue;
      const atMs = lane.freeAtMs(head.ask, nowMs);
      const isSooner = atMs < found.atMs || (atMs === found.atMs && head.id < (found.head?.id ?? 0));
      if (isSooner) found = { head, lane, atMs };
    }
    return found;
  }

  return {
    ask(id, ask) {
      laneOf(ask.model).queue.push({ id, ask });
    },
    withdraw(id) {
      for (const { queue } of lanes.values()) {
        const index = queue.findIndex((one) => one.id === id);
        if (index >= 0) queue.splice(index, 1);
      }
    },
    next(nowMs) {
      const granted: number[] = [];
      for (;;) {
        if (open.size >= most) return { granted, againAtMs: null };
        const { head, lane, atMs } = first(nowMs);
        if (head === null || lane === null) return { granted, againAtMs: null };
        // Who would have to wait for what all share is overtaken by nobody.
        const { input, maxOutput } = head.ask;
        const againAtMs = Math.max(atMs, requests.roomAtMs(1, nowMs), tokens.roomAtMs(input + maxOutput, nowMs));
        if (againAtMs > nowMs) return { granted, againAtMs };
        lanes.get(head.ask.model)?.queue.shift();
        grant(head, lane, nowMs);
        granted.push(head.id);
      }
    },
    hear: (id, levels, nowMs) => open.get(id)?.hear(id, levels, nowMs),
    pushBack: (id, levels, push, nowMs) => open.get(id)?.pushBack(id, levels, push, nowMs),
    end(id, used) {
      open.get(id)?.end(id, used?.output ?? null);
      open.delete(id);
      if (used !== null) tokens.correct(id, used.input + used.output);
    },
  };
}

const NOBODY = { head: null, lane: null, atMs: Number.POSITIVE_INFINITY } as const;
