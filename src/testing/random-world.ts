/**
 * What happens around a random plan: how attempts end, who answers, what is sent. All of it follows from a seed, the path of a
 * step and how often it was tried, so that a run that was cut off meets the same world again. Knows no plans and no rules.
 */
import type { Json } from '../core/json.ts';
import { BEGINNING_MS, type Script, type ScriptedEnd, type ScriptedVerdict } from '../sim/simulate.ts';
import { type Chance, makeChance, seedOf } from './chance.ts';

/** Each question by the path of a step; tries count from 1. */
export interface World {
  attempt(path: string, tries: number): ScriptedEnd;
  /** One look of a step that waits until something succeeds. */
  probe(path: string): ScriptedEnd;
  /** Of an event or a file: when it comes. Null: never. */
  comes(path: string): ScriptedEnd | null;
  verdict(path: string, asked: number): ScriptedVerdict | null;
  ensured(path: string): boolean;
  /** Whether an effect in doubt has happened; null: nobody can say. */
  happened(path: string): boolean | null;
  assumed(path: string): 'done' | 'retry';
  /** What a step reads from outside; ms since the beginning. */
  outside(path: string, kind: string, nowMs: number): Json;
}

/** The values that steps give: few, so that what is compared is often equal. */
export const VALUES: readonly string[] = ['v0', 'v1', 'v2'];
/** The request of a look. */
export const LOOK_REQUEST = 'look';
/** What `now()` gives before, and after, a moment of each step: see `dueMs`. */
const EARLY = 'early';
const DUE = 'due';

/** `calm`: the steps at whose paths, and inside of which, all goes well at once. */
export function makeWorld(seed: number, calm: readonly string[]): World {
  const chanceOf = (what: string, path: string, count = 0): Chance =>
    makeChance(seedOf(seed, `${what} ${path} ${count}`));
  const isCalm = (path: string): boolean => calm.some((one) => path === one || path.startsWith(`${one}/`));
  return {
    attempt: (path, tries) => (isCalm(path) ? AT_ONCE : attemptOf(chanceOf('attempt', path, tries))),
    probe: (path) => {
      const chance = chanceOf('probe', path);
      return isAnswered(seed, path) ? succeeded(chance) : { outcome: 'failed', takesMs: chance.between(1, 90) };
    },
    comes: (path) => (isAnswered(seed, path) ? succeeded(chanceOf('comes', path)) : null),
    verdict: (path, asked) => {
      if (!isAnswered(seed, path)) return null;
      const chance = chanceOf('verdict', path, asked);
      const takesMs = chance.between(1, 5_000);
      return { verdict: chance.once(3) ? 'reject' : 'approve', by: 'someone', form: null, comment: null, takesMs };
    },
    ensured: (path) => isCalm(path) || !chanceOf('ensured', path).once(5),
    happened: (path) => chanceOf('happened', path).pick([true, true, false, null]),
    assumed: (path) => chanceOf('assumed', path).pick(['done', 'retry']),
    outside: (path, kind, nowMs) => {
      if (kind === 'now') return nowMs >= dueMs(seed, path) ? DUE : EARLY;
      return chanceOf('outside', kind === 'env-run' ? '' : path).pick(VALUES);
    },
  };
}

/** Whether the world ever answers a step that waits, by its id wherever it stands. */
export function isAnswered(seed: number, path: string): boolean {
  const id = path.replace(/^.*\//, '').replace(/[[#].*$/, '');
  return !makeChance(seedOf(seed, `answer ${id}`)).once(4);
}

/** From when on `now()` is DUE for a step, in ms since the beginning. */
function dueMs(seed: number, path: string): number {
  return makeChance(seedOf(seed, `due ${path}`)).between(0, 4_000);
}

const AT_ONCE: ScriptedEnd = { outcome: 'succeeded', takesMs: 1, outputs: { v: 'v0' } };

function succeeded(chance: Chance): ScriptedEnd {
  return { outcome: 'succeeded', takesMs: chance.between(1, 3_000), outputs: { v: chance.pick(VALUES) } };
}

function attemptOf(chance: Chance): ScriptedEnd {
  if (!chance.once(5)) return succeeded(chance);
  const takesMs = chance.between(1, 3_000);
  const outputs = { v: chance.pick(VALUES), 'exit-code': chance.between(1, 3) };
  if (chance.once(12)) return { outcome: 'in-doubt', takesMs };
  if (chance.once(12)) return { outcome: 'hollow', takesMs, outputs };
  const code = chance.once(5) ? 'STEP_LOST' : 'STEP_FAILED';
  const error = {
    code,
    severity: 'error',
    message: 'It failed.',
    exitCode: outputs['exit-code'],
    ...(chance.once(6) && { retryable: false }),
    ...(chance.once(9) && { retryAfterMs: chance.between(1, 2_000) }),
  } as const;
  return { outcome: 'failed', takesMs, outputs, error };
}

/** The world as a simulation asks it. */
export function scriptOf(world: World, signals: Script['signals'] = []): Script {
  return {
    attempt: ({ node, request, attempt }) =>
      request === LOOK_REQUEST ? world.probe(node) : world.attempt(node, attempt),
    wait: ({ node, purpose }) => (purpose === 'event' ? null : world.comes(node)),
    verdict: ({ node, data }) => world.verdict(node, Number(data.attempt ?? 1)),
    ensure: ({ node }) => ({ holds: world.ensured(node) }),
    verify: ({ node }) => {
      const happened = world.happened(node);
      if (happened === true) return { holds: true, outputs: { v: 'v1' } };
      return { holds: false, outputs: { 'exit-code': happened === null ? 7 : 1 } };
    },
    assume: ({ node }) => world.assumed(node),
    capture: ({ node, captures }, nowMs) => ({
      values: Object.fromEntries(
        captures.map(({ key, kind }) => [key, world.outside(node, kind, nowMs - BEGINNING_MS)]),
      ),
    }),
    signals,
  };
}
