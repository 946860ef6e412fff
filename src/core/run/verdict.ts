/** The end of a run: its verdict, its outputs and its counts. Knows the settled root, no other node. */

import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { JsonObject } from '../json.ts';
import { evaluateOutputs } from './computed-outputs.ts';
import { keptOver } from './drift.ts';
import type { RunEvent, Verdict } from './event.ts';
import { mergeBack } from './merge.ts';
import type { Node } from './node.ts';
import { planOf, type Run, rootOf } from './run.ts';
import { endOf } from './scene.ts';
import { captureFor } from './waiting.ts';

/** `run.finished`, or what the run's outputs need first; and last of all, that its worktree is merged. */
export function finish(run: Run): RunEvent | null {
  const root = rootOf(run);
  if (root.captureOp !== 0) return null;
  const verdict = verdictOf(run, root);
  if (verdict === 'failed' || verdict === 'cancelled') return finished(run, verdict, {}, root.error?.error);
  const answer = evaluateOutputs(run, root, planOf(run).outputs, endOf(root));
  if (answer.kind === 'missing') return captureFor(run, root, answer);
  if (answer.kind === 'error') return finished(run, 'failed', {}, answer.diagnostic);
  const merged = mergeBack(run, root);
  if (merged.kind === 'missing') return captureFor(run, root, merged);
  if (merged.kind === 'error') return finished(run, 'failed', {}, merged.diagnostic);
  return finished(run, verdict, answer.value, undefined);
}

function finished(run: Run, verdict: Verdict, outputs: JsonObject, error: Diagnostic | undefined): RunEvent {
  const counts = { ...run.counts };
  return { type: 'run.finished', verdict, outputs, counts, ...(error && { error }), ...keptOver(run) };
}

/**
 * | the root is | and                        | verdict                         |
 * | failed      |                            | failed                          |
 * | cancelled   |                            | cancelled                       |
 * | otherwise   | a failure was allowed      | succeeded with allowed failures |
 * | skipped     |                            | nothing ran                     |
 * | succeeded   | no step succeeded          | nothing ran                     |
 * |             | otherwise                  | succeeded                       |
 */
function verdictOf(run: Run, root: Node): Verdict {
  if (root.result === 'failed' || root.result === 'cancelled') return root.result;
  const { allowed, succeeded, kept } = run.counts;
  if (allowed > 0) return 'succeeded with allowed failures';
  return root.result === 'skipped' || succeeded + kept === 0 ? 'nothing ran' : 'succeeded';
}
