/** Asks, at the good end of a run in a worktree, that its changes are merged back. Knows no git. */
import { captureKey } from '../expr/evaluate.ts';
import type { Json } from '../json.ts';
import type { Answer } from './evaluation.ts';
import type { Node } from './node.ts';
import { planOf, type Run } from './run.ts';

/** What the merge came to; a null where there is none to make. It is the last thing that a run asks for. */
export function mergeBack(run: Run, root: Node): Answer<Json> {
  const { merge } = planOf(run).workspace ?? {};
  if (merge === undefined || merge === 'none') return { kind: 'value', value: null };
  const key = captureKey('merge', [merge]);
  const merged = root.captured?.get(key);
  if (merged !== undefined) return { kind: 'value', value: merged };
  const refused = root.refused?.get(key);
  if (refused !== undefined) return { kind: 'error', diagnostic: refused };
  return { kind: 'missing', captures: [{ key, kind: 'merge', args: [merge] }] };
}
