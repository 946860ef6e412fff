/** A provider that enforces its limits, and callers that go through a limiter, in virtual time: answers overtake each other on the way. */
import { createLimiter, type Limiter, type SetLimits } from '../../../src/core/claude/limiter.ts';
import type { Levels } from '../../../src/core/claude/rate-lane.ts';

export interface Call {
  readonly atMs: number;
  readonly model: string;
  readonly input: number;
  readonly output: number;
  /** On the way there, until the answer begins, and until it ends, in ms. */
  readonly way: number;
  readonly begins: number;
  readonly lasts: number;
  /** It waits no longer than so, where it gives up at all. */
  readonly patienceMs?: number;
}

export interface World {
  readonly set: SetLimits;
  /** Of each model in a minute; null: it tells nothing and takes all. */
  readonly requests: number | null;
  readonly tokens: number | null;
  /** Whether what was used comes back little by little, or all at once each minute. */
  readonly isGradual: boolean;
  readonly calls: readonly Call[];
  /** Turns of the limiter that come later than they could, in ms. */
  readonly lag: number;
}

export interface Outcome {
  /** Calls that were refused though limits had been told; and those before. */
  readonly refused: number;
  readonly refusedEarly: number;
  readonly mostOpen: number;
  /** Sent, in order: who and when. */
  readonly sent: readonly {
    readonly id: number;
    readonly atMs: number;
    readonly model: string;
    readonly tokens: number;
  }[];
  readonly gaveUp: ReadonlySet<number>;
  readonly endMs: number;
}

interface Store {
  left: number;
  atMs: number;
}

const MINUTE = 60_000;

export function live(world: World, make: (set: SetLimits) => Limiter = createLimiter): Outcome {
  const limiter = make(world.set);
  const events: { atMs: number; order: number; run: () => void }[] = [];
  let order = 0;
  let now = 0;
  const at = (atMs: number, run: () => void) => void events.push({ atMs: Math.max(now, atMs), order: order++, run });
  const stores = new Map<string, Store>();
  const told = new Set<string>();
  const out = { refused: 0, refusedEarly: 0, mostOpen: 0, open: 0 };
  const sent: Outcome['sent'][number][] = [];
  const asked = new Map<number, Call>();
  const gaveUp = new Set<number>();
  const waiting = new Set<number>();

  const level = (key: string, limit: number): Store => {
    const store = stores.get(key) ?? { left: limit, atMs: 0 };
    stores.set(key, store);
    if (world.isGradual) store.left = Math.min(limit, store.left + ((now - store.atMs) * limit) / MINUTE);
    else if (Math.floor(now / MINUTE) > Math.floor(store.atMs / MINUTE)) store.left = limit;
    store.atMs = now;
    return store;
  };
  const fullIn = (store: Store, limit: number) =>
    world.isGradual ? ((limit - store.left) * MINUTE) / limit : MINUTE - (now % MINUTE);
  const levelsOf = (model: string): Levels => {
    const one = (kind: string, limit: number) => {
      const store = level(`${model} ${kind}`, limit);
      return { limit, remaining: Math.max(0, Math.floor(store.left)), fullInMs: fullIn(store, limit) };
    };
    return {
      ...(world.requests !== null && { requests: one('requests', world.requests) }),
      ...(world.tokens !== null && { input: one('tokens', world.tokens) }),
    };
  };

  function serve(id: number, call: Call): void {
    const wanted = [
      ...(world.requests === null ? [] : [[level(`${call.model} requests`, world.requests), 1] as const]),
      ...(world.tokens === null ? [] : [[level(`${call.model} tokens`, world.tokens), call.input] as const]),
    ];
    const isRefused = wanted.some(([store, amount]) => store.left < amount);
    if (!isRefused) for (const [store, amount] of wanted) store.left -= amount;
    const levels = levelsOf(call.model);
    const isTold = told.has(call.model);
    if (isRefused) {
      if (isTold) out.refused++;
      else out.refusedEarly++;
      const afterMs = Math.max(1, ...Object.values(levels).map(({ fullInMs }) => fullInMs));
      at(now + call.begins, () => {
        told.add(call.model);
        limiter.pushBack(id, levels, { why: 'limit', afterMs }, now);
        end(id, null);
      });
      return;
    }
    at(now + call.begins, () => {
      told.add(call.model);
      limiter.hear(id, levels, now);
      look();
    });
    at(now + call.begins + call.lasts, () => end(id, { input: call.input, output: call.output }));
  }

  function end(id: number, used: { input: number; output: number } | null): void {
    out.open--;
    limiter.end(id, used);
    look();
  }

  function look(): void {
    const { granted, againAtMs } = limiter.next(now);
    for (const id of granted) {
      const call = asked.get(id);
      if (call === undefined || !waiting.delete(id)) throw new Error(`${id} was granted, and did not wait`);
      out.mostOpen = Math.max(out.mostOpen, ++out.open);
      sent.push({ id, atMs: now, model: call.model, tokens: call.input + call.output });
      at(now + call.way, () => serve(id, call));
    }
    if (againAtMs !== null && againAtMs <= now) throw new Error('it would look again without end');
    if (againAtMs !== null) at(againAtMs + world.lag, look);
  }

  for (const [index, call] of world.calls.entries()) {
    const id = index + 1;
    asked.set(id, call);
    at(call.atMs, () => {
      waiting.add(id);
      limiter.ask(id, { model: call.model, input: call.input, maxOutput: call.output });
      look();
    });
    if (call.patienceMs !== undefined)
      at(call.atMs + call.patienceMs, () => {
        if (!waiting.delete(id)) return;
        gaveUp.add(id);
        limiter.withdraw(id);
        look();
      });
  }
  for (let steps = 0; events.length > 0; steps++) {
    if (steps > 200_000) throw new Error('it does not come to an end');
    events.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    const next = events.shift();
    if (next === undefined) break;
    now = next.atMs;
    next.run();
  }
  return { refused: out.refused, refusedEarly: out.refusedEarly, mostOpen: out.mostOpen, sent, gaveUp, endMs: now };
}
