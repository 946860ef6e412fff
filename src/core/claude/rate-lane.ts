/** The calls of one model: what its provider says of its limits, and how many may be sent before it has said so. Knows no queue and no other model. */
import { known } from '../known.ts';
import { type Bucket, createBucket, type Level } from './rate-bucket.ts';

export const RATE_KINDS = ['requests', 'tokens', 'input', 'output'] as const;
export type RateKind = (typeof RATE_KINDS)[number];
export type Levels = Readonly<Partial<Record<RateKind, Level>>>;

/** What a call will take, as far as it is known before. */
export interface CallSize {
  readonly input: number;
  /** The most that its answer may have. */
  readonly maxOutput: number;
}

/** `afterMs`: when to come back; null where nothing is said of it. */
export interface Push {
  readonly why: 'limit' | 'overload';
  readonly afterMs: number | null;
}

export interface Lane {
  /** When a call may be sent: now, later, or (infinite) once something has been heard. */
  freeAtMs(size: CallSize, nowMs: number): number;
  send(id: number, size: CallSize): void;
  /** Its answer has begun, well. */
  hear(id: number, levels: Levels, nowMs: number): void;
  /** It was told to come back later: so were all. */
  pushBack(id: number, levels: Levels, push: Push, nowMs: number): void;
  /** `output`: the tokens of its answer, where there was one. */
  end(id: number, output: number | null): void;
}

interface Flight extends CallSize {
  readonly sent: number;
  isHeard: boolean;
}

/** Calls under way before the first answer has begun; with each that begins, twice as many. After a push back it is one. */
const FIRST_UNHEARD = 4;
const MOST_UNHEARD = 1_024;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export function createLane(): Lane {
  const buckets: Readonly<Record<RateKind, Bucket>> = {
    requests: createBucket(),
    tokens: createBucket(),
    input: createBucket(),
    output: createBucket(),
  };
  const flights = new Map<number, Flight>();
  let tick = 0;
  let mayBeUnheard = FIRST_UNHEARD;
  let pausedUntilMs = 0;
  let pauseMs = FIRST_PAUSE_MS;
  /** Tokens of an answer, as they turn out to be. */
  let usual: number | null = null;

  /** An answer is taken to be twice as long as those before it were. */
  function outputOf({ maxOutput }: CallSize): number {
    return usual === null ? maxOutput : Math.min(maxOutput, Math.ceil(2 * usual));
  }

  function needOf(size: CallSize): Readonly<Record<RateKind, number>> {
    const output = outputOf(size);
    return { requests: 1, tokens: size.input + output, input: size.input, output };
  }

  /** What is under way and not yet in what was told: answers are counted when they are there. */
  function pending(kind: RateKind): number {
    let sum = 0;
    for (const flight of flights.values())
      if (!flight.isHeard) sum += needOf(flight)[kind];
      else if (kind === 'output' || kind === 'tokens') sum += outputOf(flight);
    return sum;
  }

  function heard(id: number, levels: Levels, nowMs: number): void {
    const flight = known(flights.get(id));
    flight.isHeard = true;
    const now = ++tick;
    const oldest = Math.min(now, ...[...flights.values()].filter(({ isHeard }) => !isHeard).map(({ sent }) => sent));
    for (const kind of RATE_KINDS) {
      const level = levels[kind];
      if (level !== undefined) buckets[kind].hear(level, { sent: flight.sent, heard: now }, oldest, nowMs);
    }
  }

  return {
    freeAtMs(size, nowMs) {
      const unheard = [...flights.values()].filter(({ isHeard }) => !isHeard).length;
      if (unheard >= mayBeUnheard) return Number.POSITIVE_INFINITY;
      const need = needOf(size);
      const times = RATE_KINDS.map((kind) => buckets[kind].roomAtMs(need[kind], pending(kind), nowMs));
      return Math.max(nowMs, pausedUntilMs, ...times);
    },
    send(id, size) {
      flights.set(id, { ...size, sent: ++tick, isHeard: false });
    },
    hear(id, levels, nowMs) {
      heard(id, levels, nowMs);
      mayBeUnheard = Math.min(MOST_UNHEARD, mayBeUnheard * 2);
      if (nowMs >= pausedUntilMs) pauseMs = FIRST_PAUSE_MS;
    },
    pushBack(id, levels, { why, afterMs }, nowMs) {
      mayBeUnheard = 1;
      if (why === 'limit') for (const kind of RATE_KINDS) buckets[kind].wasWrong();
      heard(id, levels, nowMs);
      // Those that were sent together are pushed back together: that is one push.
      const isFirst = nowMs >= pausedUntilMs;
      pausedUntilMs = Math.max(pausedUntilMs, nowMs + (afterMs ?? (isFirst ? pauseMs : 0)));
      if (isFirst) pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    },
    end(id, output) {
      const flight = known(flights.get(id));
      flights.delete(id);
      if (!flight.isHeard) {
        buckets.requests.use(1);
        for (const kind of ['tokens', 'input'] as const) buckets[kind].use(flight.input);
      }
      if (output === null) return;
      usual = usual === null ? output : usual * 0.8 + output * 0.2;
      for (const kind of ['tokens', 'output'] as const) buckets[kind].use(output);
    },
  };
}
