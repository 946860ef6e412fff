/**
 * A loop: one iteration at a time, each a slot of its own. Knows what ended an iteration, not what was done in it.
 *
 * | after an iteration that                             | the loop                                             |
 * | failed                                              | fails of it at once                                  |
 * | made `until` true                                   | succeeds, `stopped: until`                           |
 * | makes the metric stand still                        | `plateau`: succeeds, or STEP_LOOP_PLATEAU with until |
 * | made `while` false                                  | succeeds, `stopped: while`                           |
 * | was the last of `max`                               | succeeds, or STEP_LOOP_EXHAUSTED with until or while |
 * | otherwise                                           | lets `delay` pass, and opens the next one            |
 *
 * A `while` that is false before the first iteration skips the loop. What decides was found inside the iteration and
 * stands in its `scope.closed`, so that it is asked once.
 */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Expression } from '../expr/ast.ts';
import type { Json } from '../json.ts';
import { known } from '../known.ts';
import type { CompositeNode, LoopSpec } from '../plan/plan.ts';
import { closeOne, finishAs, open } from './composite.ts';
import { evaluateFor, explain, isTruthy } from './evaluation.ts';
import { isStopped } from './hooks.ts';
import { lateEnd, repeatedTimeout } from './late.ts';
import { type Node, type Slots, slotsOf } from './node.ts';
import type { Run } from './run.ts';
import { type Scene, sceneOf } from './scene.ts';
import { cancelled, refusal, settled, type Wish } from './wishes.ts';

export function loop(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  const spec = loopOf(plan);
  const closing = closeOne(run, node);
  if (closing !== null || slots.live.size > 0) return closing;
  if (slots.opened === 0) return node.stop === null ? first(run, node, spec) : cancelled(node);
  const { result } = known(slots.results[slots.cursor]);
  const iterations = { iterations: slots.opened };
  const late = repeatedTimeout(node, result);
  if (late !== null) return late;
  if (result === 'failed') return finishAs(run, node, 'failed', iterations);
  const stopped = stoppedBy(spec, slots);
  const error = stopped === null ? null : lateError(node, spec, stopped);
  if (stopped !== null && error === null && result !== 'cancelled') {
    const worked = slots.results.some((slot) => slot?.result === 'succeeded');
    return finishAs(run, node, worked ? 'succeeded' : 'skipped', { ...iterations, stopped });
  }
  if (isStopped(node) || result === 'cancelled') return finishAs(run, node, 'cancelled');
  if (error !== null) return settled(node, 'failed', { kind: 'error' }, { error, outputs: { ...iterations, stopped } });
  if (node.late !== null) return lateEnd(node);
  if (spec.delayMs !== undefined && spec.delayMs > 0 && !slots.waited) {
    const { delayMs } = spec;
    return { type: 'timer.started', node: node.path, op: run.lastOp + 1, purpose: 'delay', delayMs };
  }
  return open(node, slots.opened);
}

export function loopOf(plan: CompositeNode): LoopSpec {
  if (plan.loop === undefined) throw new Error('Bug: a loop without an end');
  return plan.loop;
}

function first(run: Run, node: Node, spec: LoopSpec): Wish {
  if (spec.while === undefined) return open(node, 0);
  const scene: Scene = { ...sceneOf(node), self: null, loop: { number: 1, last: null } };
  const answer = evaluateFor(run, node, { kind: 'value', expression: spec.while }, scene);
  if (answer.kind !== 'value') return refusal(run, node, answer);
  return isTruthy(answer.value) ? open(node, 0) : neverBegun(run, node, spec.while, scene);
}

function neverBegun(run: Run, node: Node, condition: Expression, scene: Scene): Wish {
  const operands = explain(run, condition, scene);
  return settled(node, 'skipped', { kind: 'condition-false', condition: condition.source, operands });
}

type Stopped = 'until' | 'plateau' | 'while' | 'max';

function stoppedBy(spec: LoopSpec, slots: Slots): Stopped | null {
  const facts = slots.results[slots.cursor]?.loop ?? {};
  if (facts.until === true) return 'until';
  if (spec.plateau !== undefined && standsStill(slots, spec.plateau.count)) return 'plateau';
  if (facts.while === false) return 'while';
  return slots.opened >= spec.max ? 'max' : null;
}

/** Whether the metric had one value in the last `count` iterations. */
function standsStill({ results }: Slots, count: number): boolean {
  const last = results.slice(-count).map((slot) => slot?.loop?.metric);
  return last.length === count && last.every((metric) => metric === last[0]);
}

/** Why a loop that came to this end has failed; null when it has not. */
function lateError(node: Node, spec: LoopSpec, stopped: Stopped): Diagnostic | null {
  if (stopped === 'plateau' && spec.until !== undefined) return plateauReached(node, known(spec.plateau).count);
  if (stopped !== 'max' || (spec.until === undefined && spec.while === undefined)) return null;
  return exhausted(node, spec);
}

function exhausted(node: Node, { max, until }: LoopSpec): Diagnostic {
  const times = max === 1 ? 'once' : `${max} times`;
  const what = until === undefined ? '`while` still holds' : '`until` does not hold';
  return problem('STEP_LOOP_EXHAUSTED', `Step \`${node.path}\` was done ${times}, and ${what}.`, {
    hint: 'Raise `max`, or see in its last iteration what keeps it from its end.',
  });
}

function plateauReached(node: Node, count: number): Diagnostic {
  const message = `The metric of step \`${node.path}\` is the same after ${count} iterations, and \`until\` does not hold.`;
  return problem('STEP_LOOP_PLATEAU', message, {
    hint: 'Going on as before would change nothing; see in its iterations why they have no effect.',
  });
}

export function badMetric(path: string, value: Json): Diagnostic {
  return problem(
    'STEP_LOOP_METRIC',
    `The metric of step \`${path}\` is ${JSON.stringify(value)}, which is no number.`,
    {
      hint: 'Give a number; `float(…)` makes one of a text.',
    },
  );
}
