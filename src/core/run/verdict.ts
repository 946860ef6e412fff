/** The end of a run: its verdict, its outputs and its counts. Knows the settled root, no other node. */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { JsonObject } from '../json.ts';
import { evaluateOutputs } from './computed-outputs.ts';
import { keptOver } from './drift.ts';
import type { Path, RunEvent, Verdict } from './event.ts';
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
  const unmet = run.require.filter((path) => !run.met.has(path));
  if (unmet.length > 0) return finished(run, 'failed', {}, requiredProblem(unmet));
  const answer = evaluateOutputs(run, root, planOf(run).outputs, endOf(root));
  if (answer.kind === 'missing') return captureFor(run, root, answer);
  if (answer.kind === 'error') return finished(run, 'failed', {}, answer.diagnostic);
  const merged = mergeBack(run, root);
  if (merged.kind === 'missing') return captureFor(run, root, merged);
  if (merged.kind === 'error') return finished(run, 'failed', {}, merged.diagnostic);
  return finished(run, verdict, answer.value, undefined);
}

function requiredProblem(unmet: readonly Path[]): Diagnostic {
  const named = unmet.map((path) => `\`${path}\``).join(', ');
  return problem('RUN_REQUIRED', `The run was to do ${named}, and has not.`, {
    hint: '`giga why STEP` says what became of it.',
  });
}

function finished(run: Run, verdict: Verdict, outputs: JsonObject, error: Diagnostic | undefined): RunEvent {
  const counts = { ...run.counts };
  const { ensured, verified } = run.evidence;
  const evidence = { ...(ensured > 0 && { ensured }), ...(verified > 0 && { verified }) };
  const rests = Object.keys(evidence).length === 0 ? {} : { evidence };
  return { type: 'run.finished', verdict, outputs, counts, ...rests, ...(error && { error }), ...keptOver(run) };
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
