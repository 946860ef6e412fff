/** Plays a run through in memory, taking every attempt to succeed. Starts nothing and writes nothing; knows no words. */
import type { JsonObject } from '../../core/json.ts';
import type { OnceDone, Path, RunEvent, TimerPurpose } from '../../core/run/event.ts';
import { evolve } from '../../core/run/evolve.ts';
import { next } from '../../core/run/next.ts';
import type { HeldClaim, Node } from '../../core/run/node.ts';
import type { Run } from '../../core/run/run.ts';
import type { Scope } from '../../core/run/scope.ts';

export interface Foreseen {
  readonly event: RunEvent;
  /** It rests on outputs that nobody knows yet: it may come otherwise. */
  readonly isGuess: boolean;
}

/**
 * What would come next, event by event, each given before it is folded. A step that does again what it did before is
 * taken to give the same outputs; those of others are unknown, and what rests on them is a guess. Values from outside
 * are not captured: what needs one is not foreseen, unless the caller answers what was asked and looks again.
 */
export function* foresee(
  state: Run,
  doneBefore: DoneBefore = nothingDone,
  guesses: Guesses = newGuesses(),
): Generator<Foreseen> {
  do {
    for (let event = next(state); event !== null; event = next(state)) {
      const node = 'node' in event ? state.byPath.get(event.node) : undefined;
      const isGuess = node !== undefined && guesses.under(node);
      yield { event, isGuess };
      const known = event.type === 'attempt.started' ? outputsBefore(state, event) : undefined;
      evolve(state, event);
      if (node === undefined) continue;
      if (event.type === 'attempt.started') {
        assumeSuccess(state, event.node, event.op, known ?? {});
        if (known === undefined) guesses.add(node);
      } else if (event.type === 'wait.started') {
        evolve(state, { type: 'wait.ended', node: event.node, op: event.op, ...assumedAnswer(event) });
        guesses.add(node);
      } else if (event.type === 'check.started' && event.about !== undefined) {
        const holds = event.about === 'ensures'; // of what is in doubt nobody knows: that it is done again is told as a guess
        evolve(state, { type: 'check.ended', node: event.node, op: event.op, holds, outputs: { 'exit-code': 1 } });
        if (!holds) guesses.add(node);
      } else if (event.type === 'cache.started') evolve(state, { type: 'cache.ended', node: event.node, op: event.op });
      else if (event.type === 'claim.started') endClaim(state, event, event.op, doneBefore);
      else if (event.type === 'timer.started' && endsByItself(event.purpose))
        evolve(state, { type: 'timer.ended', node: event.node, op: event.op });
      else if (event.type === 'step.settled' && isGuess) guesses.add(node);
    }
  } while (resumeTimers(state, doneBefore) || resumeWaits(state, guesses));
}

/** The success that a key of `once` has. */
type DoneBefore = (key: string) => OnceDone | null;
const nothingDone: DoneBefore = () => null;

type Claimed = Pick<HeldClaim, 'of' | 'name'> & { readonly node: Path };

/** It is held, or there is nothing left to do. */
function endClaim(state: Run, { of, name, node }: Claimed, op: number, doneBefore: DoneBefore): void {
  const done = of === 'once' ? doneBefore(name) : null;
  evolve(state, { type: 'claim.ended', node, op, ...(done && { done }) });
}

type Waiting = Pick<Extract<RunEvent, { type: 'wait.started' }>, 'purpose' | 'data'>;

/** What is waited for comes; what is asked is granted; of an effect in doubt nobody knows, so it is told as done again. */
function assumedAnswer({ purpose, data }: Waiting): { readonly outputs?: JsonObject } {
  if (purpose === 'assume') return { outputs: { assume: 'retry', by: '' } };
  const options = Array.isArray(data.options) ? data.options : [];
  return options.length === 0 ? {} : { outputs: { verdict: options.find((word) => word !== 'reject') ?? null } };
}

/** The outputs of the success that is done again; undefined when this is something new. */
function outputsBefore(state: Run, event: Extract<RunEvent, { type: 'attempt.started' }>): JsonObject | undefined {
  const named = state.layer?.byPath.get(event.node)?.success;
  const success = named ?? state.layer?.byPrint.get(event.fingerprint)?.[0];
  return success?.fingerprint === event.fingerprint ? success.outputs : undefined;
}

/** Settles at once, so that nothing is computed from outputs that nobody knows. */
function assumeSuccess(state: Run, node: Path, op: number, outputs: JsonObject): void {
  evolve(state, { type: 'attempt.ended', node, op, outcome: 'succeeded', outputs, durationMs: 0 });
  evolve(state, { type: 'step.settled', node, result: 'succeeded', cause: { kind: 'attempt' }, outputs });
}

/** Whether a step goes on when a timer is over: not one of a limit, nor one between two looks. */
function endsByItself(purpose: TimerPurpose): boolean {
  return purpose !== 'timeout' && purpose !== 'poll';
}

/** What is waited for is taken to come, and what was asked to be granted. */
function resumeWaits(state: Run, guesses: Guesses): boolean {
  const waits = [...state.ops].flatMap(([op, open]) => (open.kind === 'wait' ? [{ op, ...open }] : []));
  for (const { op, node, purpose, data } of waits) {
    evolve(state, { type: 'wait.ended', node: node.path, op, ...assumedAnswer({ purpose, data }) });
    guesses.add(node);
  }
  return waits.length > 0;
}

/** Timers that were under way when the run stopped, but for limits; claims; and results that were looked for. */
function resumeTimers(state: Run, doneBefore: DoneBefore): boolean {
  const timers = [...state.ops].filter(
    ([, open]) =>
      open.kind === 'claim' || open.kind === 'cache' || (open.kind === 'timer' && endsByItself(open.purpose)),
  );
  for (const [op, { kind, node }] of timers) {
    if (kind === 'timer') evolve(state, { type: 'timer.ended', node: node.path, op });
    else if (kind === 'cache') evolve(state, { type: 'cache.ended', node: node.path, op });
    else {
      const claim = node.claims.find((one) => one.op === op);
      if (claim !== undefined) endClaim(state, { ...claim, node: node.path }, op, doneBefore);
    }
  }
  return timers.length > 0;
}

/** What is not certain of what was foreseen; goes with the run from one look to the next. */
export interface Guesses {
  /** What depends on the node is a guess. */
  add(node: Node): void;
  /** Whether the node, or one around it, depends on a guess. */
  under(node: Node): boolean;
}

export function newGuesses(): Guesses {
  const guessed = new Set<Node>();
  const first = new Map<Scope, number>();
  /** By loop: the first iteration of which something is guessed. */
  const iterations = new Map<Node, number>();
  const byEdges = ({ scope, plan }: Node): boolean => {
    if (scope === null) return false;
    if ((iterations.get(scope.owner) ?? Number.POSITIVE_INFINITY) < scope.slot) return true;
    if ((first.get(scope) ?? Number.POSITIVE_INFINITY) < (plan.after ?? 0)) return true;
    return plan.needs.some((index) => guessed.has(scope.nodes[index] as Node)); // needs are indexes into the scope
  };
  return {
    add(node) {
      for (let at: Node | undefined = node; at?.scope && !guessed.has(at); at = at.scope.owner) {
        guessed.add(at);
        const { owner, slot } = at.scope;
        if (owner.plan.kind === 'loop') iterations.set(owner, Math.min(iterations.get(owner) ?? slot, slot));
        first.set(at.scope, Math.min(first.get(at.scope) ?? at.index, at.index));
      }
    },
    under(node) {
      for (let at: Node | undefined = node; at !== undefined; at = at.scope?.owner) if (byEdges(at)) return true;
      return false;
    },
  };
}
