/**
 * A step whose result may come from an earlier run: looked up before its first attempt, kept for later runs after it succeeded.
 * Knows what is asked and what was found, nothing of files.
 *
 * | blocked, and has all that it needs | asks for its result; takes it (`kept`), or starts                       |
 * | ended well                         | asks that its result be kept; settles then, whatever became of that     |
 * | cut off                            | what it reads may have changed: it is looked up again                   |
 */
import { known } from '../known.ts';
import type { ActionNode } from '../plan/plan.ts';
import { attemptWork } from './attempt-work.ts';
import { computedOutputs } from './computed-outputs.ts';
import type { CacheWork, Effect } from './effect.ts';
import type { CacheEnded, CacheHit, CacheStarted, RunEvent } from './event.ts';
import type { Node } from './node.ts';
import { closeOp, openOp } from './operations.ts';
import { isAskedAgain } from './replan.ts';
import { resolve } from './resolve.ts';
import { type Run, touch } from './run.ts';
import { begin } from './scopes.ts';
import { captureFor } from './waiting.ts';
import { refusal, START, settled, type Wish } from './wishes.ts';

/** How a step stands with the cache. */
export interface Caching {
  /** The open question; 0 for none. */
  readonly op: number;
  /** What its result is kept under; null where it cannot be kept, or was. */
  readonly key: string | null;
  readonly hit: CacheHit | null;
}

/** What an action asks for that has all that it needs. */
export function askCached(run: Run, node: Node, plan: ActionNode): Wish {
  if (plan.cache === undefined) return START;
  const { caching } = node;
  if (caching === null) return askRestore(run, node);
  if (caching.op !== 0) return null;
  return caching.hit === null ? START : takeHit(run, node, caching.hit);
}

/** What is computed from a result is computed anew: it may read more than the step does. Where it does not hold, the step is done. */
function takeHit(run: Run, node: Node, { outputs, ...from }: CacheHit): Wish {
  const { path, fingerprint } = node;
  const { durationMs } = from;
  const ended = { type: 'attempt.ended', node: path, op: 0, outcome: 'succeeded', outputs, durationMs } as const;
  const computed = computedOutputs(run, node, ended);
  if (computed.kind === 'missing') return captureFor(run, node, computed);
  if (computed.kind === 'error') return START;
  const all = { ...outputs, ...computed.value.outputs };
  return settled(node, 'kept', { kind: 'cached', ...from }, { outputs: all, fingerprint: known(fingerprint) });
}

function askRestore(run: Run, node: Node): Wish {
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') return refusal(run, node, resolved);
  const { fingerprint, parts, cache } = resolved.value;
  return {
    type: 'cache.started',
    node: node.path,
    op: run.lastOp + 1,
    ask: 'restore',
    of: known(cache).of,
    fingerprint,
    parts,
    ...(isAskedAgain(run, node) && { anew: true as const }),
  };
}

/** What a step asks for that succeeded: its end comes once its result is kept. */
export function whenSaved(run: Run, node: Node, end: RunEvent): RunEvent | null {
  const { caching } = node;
  if (caching === null || (caching.op === 0 && caching.key === null)) return end;
  if (caching.op !== 0) return null;
  return { type: 'cache.started', node: node.path, op: run.lastOp + 1, ask: 'save' };
}

export function startCache(run: Run, node: Node, event: CacheStarted): readonly Effect[] {
  begin(run, node);
  if (event.ask === 'restore') {
    node.fingerprint = event.fingerprint ?? null;
    node.parts = event.parts ?? null;
  }
  const { op, ask, anew = false } = event;
  node.caching = { op, key: node.caching?.key ?? null, hit: null };
  openOp(run, op, { kind: 'cache', node, ask, anew });
  touch(run, node);
  return run.replaying ? [] : [{ type: 'start', work: cacheWork(run, node, op, ask, anew) }];
}

function cacheWork(run: Run, node: Node, op: number, ask: CacheWork['ask'], anew: boolean): CacheWork {
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value' || !resolved.value.cache)
    throw new Error(`Bug: \`${node.path}\` has no place in the cache`);
  const work: CacheWork = {
    kind: 'cache',
    node: node.path,
    op,
    ask,
    anew,
    file: run.workflow.file,
    cache: resolved.value.cache,
    attempt: attemptWork(run, node, op),
  };
  if (ask === 'restore') return work;
  const { endedAt, durationMs } = node;
  const { outputs = {} } = known(node.ended);
  return { ...work, key: known(known(node.caching).key), result: { outputs, endedAt, durationMs } };
}

export function endCache(run: Run, event: CacheEnded): readonly Effect[] {
  const op = closeOp(run, event.op, 'cache');
  if (op === null) return [];
  const { node, ask } = op;
  const { key = null, hit = null } = event;
  node.caching = ask === 'save' ? { op: 0, key: null, hit: null } : { op: 0, key, hit };
  touch(run, node);
  return [];
}

/** A writer took the run over: the files may be others by now. What was not kept yet is not; what was found is looked for anew. */
export function dropCaching(run: Run): void {
  for (const [op, { kind }] of run.ops) if (kind === 'cache') run.ops.delete(op);
  for (const node of run.nodes) {
    if (!node?.caching || node.state === 'settled') continue;
    node.caching = node.state === 'ended' ? { op: 0, key: null, hit: null } : null;
    touch(run, node);
  }
}
