/** Asks the cache for the result of a step, or to keep it. Whatever the cache meets, the step is done without it. */

import type { Json, JsonObject } from '../core/json.ts';
import { ARTIFACTS_OUTPUT } from '../core/plan/artifacts.ts';
import type { ArtifactKeeper, CacheAnswer, Mask, StepCache, StepContext } from '../core/ports.ts';
import type { CacheWork } from '../core/run/effect.ts';
import type { CacheEnded } from '../core/run/event.ts';

export interface CacheParts {
  /** Absent: nothing is there, and nothing is kept. */
  readonly cache?: StepCache;
  readonly artifacts: ArtifactKeeper;
  readonly mask: Mask;
  readonly run: StepContext['run'];
}

/** Null when it was stopped first. Never rejects. */
export async function performCache(
  parts: CacheParts,
  work: CacheWork,
  signal: AbortSignal,
): Promise<CacheEnded | null> {
  const { cache, run } = parts;
  const at = { type: 'cache.ended', node: work.node, op: work.op } as const;
  if (signal.aborted) return null;
  if (cache === undefined) return at;
  try {
    const answer = await cache[work.ask](work, run, signal);
    if (answer === null || signal.aborted) return null;
    return { ...at, ...withoutSecrets(parts.mask, await withArtifacts(parts, work, answer, signal)) };
  } catch (error) {
    return { ...at, why: [`the cache failed: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** What was no secret when it was kept may be one now. */
function withoutSecrets(mask: Mask, answer: CacheAnswer): CacheAnswer {
  if (!mask.active) return answer;
  const { hit, why } = answer;
  return {
    ...answer,
    ...(hit && { hit: { ...hit, outputs: mask.json(hit.outputs) } }),
    ...(why && { why: why.map((text) => mask.text(text)) }),
  };
}

/** What a step keeps with its run is kept with this one, from the files that were put back. */
async function withArtifacts(
  { artifacts, run }: CacheParts,
  work: CacheWork,
  answer: CacheAnswer,
  signal: AbortSignal,
): Promise<CacheAnswer> {
  const { hit, ...missed } = answer;
  if (hit === undefined || work.attempt.artifacts === undefined) return answer;
  const kept = await artifacts.keep(work.attempt, run, signal);
  if (!kept.ok) return { ...missed, why: ['its artifacts are not among the files that were put back'] };
  const outputs: JsonObject = { ...hit.outputs, [ARTIFACTS_OUTPUT]: kept.artifacts as unknown as Json }; // plain JSON
  return { ...missed, hit: { ...hit, outputs } };
}
