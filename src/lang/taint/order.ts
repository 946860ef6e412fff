/** Puts the steps of a scope after those that they read, so that long chains need no deep calls. Knows edges, no flows. */
import { edgesOf, type ScopeDraft, type StepDraft } from '../compile/draft.ts';

/** Each once; of a cycle, which is an error elsewhere, in any order. */
export function inOrder({ steps }: ScopeDraft): readonly StepDraft[] {
  const ordered: StepDraft[] = [];
  const seen = new Set<StepDraft>();
  for (const first of steps) {
    const path = [{ step: first, isDone: false }];
    for (let at = path.pop(); at !== undefined; at = path.pop()) {
      if (at.isDone) ordered.push(at.step);
      if (at.isDone || seen.has(at.step)) continue;
      seen.add(at.step);
      path.push({ step: at.step, isDone: true });
      for (const index of edgesOf(at.step).keys()) {
        const step = steps[index];
        if (step !== undefined && !seen.has(step)) path.push({ step, isDone: false });
      }
    }
  }
  return ordered;
}
