/**
 * A fan-out: every item is a slot of its own, in the order of the list. Knows how many items failed, not what is done for one.
 *
 * | items                                  | the step                                                        |
 * | more failed than `max-failures`        | fails; with `fail-fast` the others are cancelled and none opens |
 * | one was cancelled, or the step is      | cancelled                                                       |
 * | all skipped                            | skipped                                                         |
 * | otherwise                              | succeeded                                                       |
 */
import { known } from '../known.ts';
import type { CompositeNode, EachSpec } from '../plan/plan.ts';
import { shareOf } from '../units.ts';
import { finishAs } from './composite.ts';
import type { StepResult } from './event.ts';
import { repeatedTimeout } from './late.ts';
import { type Items, type Node, type Slots, slotsOf } from './node.ts';
import type { Run } from './run.ts';
import { askScopeEnd } from './scope-end.ts';
import { cancelled, type Wish } from './wishes.ts';

export function each(run: Run, node: Node, plan: CompositeNode): Wish {
  const slots = slotsOf(node);
  const items = known(slots.items);
  const spec = known(plan.each);
  const ended = slots.live.get(items.ended.first());
  if (ended !== undefined) return askScopeEnd(run, node, ended);
  const tooMany = items.failed > allowedFailures(spec, items.keys.length);
  const isEnding = node.stop !== null || slots.failingFast || slots.timedOut;
  if (tooMany && spec.failFast && !isEnding) return { type: 'cancel.requested', node: node.path, cause: 'fail-fast' };
  const isLeft = !isEnding && slots.opened < items.keys.length;
  if (isLeft && slots.live.size < (spec.max ?? Number.POSITIVE_INFINITY))
    return { type: 'scope.opened', node: node.path, slot: slots.opened, key: known(items.keys[slots.opened]) };
  if (slots.live.size > 0) return null;
  const result = tooMany ? 'failed' : resultOf(slots, items);
  const late = repeatedTimeout(node, result);
  if (late !== null) return late;
  return slots.opened === 0 ? cancelled(node) : finishAs(run, node, result);
}

function allowedFailures({ maxFailures = 0 }: EachSpec, count: number): number {
  return typeof maxFailures === 'number' ? maxFailures : shareOf(count, maxFailures.percent);
}

function resultOf({ results, opened }: Slots, { keys, failed }: Items): StepResult {
  const has = (result: StepResult): boolean => results.some((slot) => slot?.result === result);
  if (opened < keys.length || has('cancelled')) return 'cancelled';
  return failed > 0 || has('succeeded') ? 'succeeded' : 'skipped';
}
