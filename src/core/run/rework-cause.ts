/** Why a step is done again after a rejection: the context `rework`, and who may cause one. Knows no scopes. */
import type { JsonObject } from '../json.ts';
import type { Path } from './event.ts';
import type { Node } from './node.ts';
import { isAtOrIn } from './plan-paths.ts';
import type { Run } from './run.ts';

/** The word that rejects. */
export const REJECT = 'reject';
/** Who takes a verdict when nobody did in time. */
export const BY_TIMEOUT = 'timeout';

/** Whether an answered approval was rejected by someone, and is to send others back for it. What nobody has read is not sent back. */
export function mayRework({ plan, ended }: Node): boolean {
  if (plan.kind !== 'approve' || typeof plan.onReject !== 'object') return false;
  return ended?.outputs?.verdict === REJECT && ended.outputs.by !== BY_TIMEOUT;
}

/** `rework`: the rejection that sent the step back, or one around it; null where none did. */
export function reworkCause(run: Run, node: Node): JsonObject | null {
  if (run.reworks.causes.size === 0) return null;
  for (let at: Node | undefined = node; at !== undefined; at = at.scope?.owner) {
    const cause = run.reworks.causes.get(at.path);
    if (cause !== undefined) return cause;
  }
  return null;
}

/** From 1: how often a step, or one around it, was sent back, in all of the run. */
export function generationOf(run: Run, node: Node): number {
  const { generations } = run.reworks;
  let generation = 1;
  for (let at: Node | undefined = node; at !== undefined && generations.size > 0; at = at.scope?.owner)
    generation += generations.get(at.path) ?? 0;
  return generation;
}

/** Notes that a rejection sent these steps back. What was said to steps inside them is over. */
export function noteRework(run: Run, approval: Path, paths: readonly Path[], count: number, cause: JsonObject): void {
  const { counts, generations, causes } = run.reworks;
  counts.set(approval, count);
  const named = new Set(paths);
  for (const known of causes.keys()) if (isAtOrIn(named, known)) causes.delete(known);
  for (const path of paths) {
    generations.set(path, (generations.get(path) ?? 0) + 1);
    causes.set(path, cause);
  }
}
