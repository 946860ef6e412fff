/** Whether and how a failed node tries again. Knows no outcomes. */
import { RE2JS } from 're2js';
import { type JsonObject, sha256 } from '../json.ts';
import type { FailureClass, Retry } from '../plan/plan.ts';
import { retryDelay } from './backoff.ts';
import { type Answer, evaluateFor, isTruthy } from './evaluation.ts';
import type { AttemptError } from './event.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { SelfContext } from './self-context.ts';
import { refusal, START, type Wish } from './wishes.ts';

/** What an attempt failed of, as the classes of `retry` see it. */
export interface Failed {
  readonly error: AttemptError;
  /** What the attempt gave nevertheless. */
  readonly outputs?: JsonObject;
}

/** A server that names a time to wait is believed up to here, unless `max-delay` says otherwise: one hour, in ms. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** `matches` looks at the end of long outputs: their last so many characters. */
const MATCHED_CHARACTERS = 65_536;
/** Outputs in which `matches` looks, beside the message. */
const MATCHED_OUTPUTS: readonly string[] = ['stderr', 'stdout', 'body'];

/**
 * What begins another attempt after the `failures`-th failure; `no` when there is none.
 * Whether it is covered may have to be asked outside first, or cannot be told: then the step fails of that.
 */
export function retryAfter(run: Run, node: Node, failures: number, failed: Failed): Wish | 'no' {
  const { retry } = node.plan;
  if (retry === undefined || node.stop !== null || failures >= retry.attempts) return 'no';
  const covered = isCovered(run, node, retry, failed);
  if (covered.kind !== 'value') return refusal(run, node, covered);
  if (!covered.value) return 'no';
  const delayMs = delayOf(run, node, retry, failures, failed.error.retryAfterMs ?? 0);
  if (!hasTime(node, retry, delayMs)) return 'no';
  if (delayMs > 0) return { type: 'timer.started', node: node.path, op: run.lastOp + 1, purpose: 'retry', delayMs };
  return 'bodies' in node.plan ? { type: 'node.opened', node: node.path, count: node.plan.bodies.length } : START;
}

/** By what the author says; without a word, by what the step type knows of the failure. */
function isCovered(run: Run, node: Node, retry: Retry, failed: Failed): Answer<boolean> {
  if (isOver(node, failed)) return { kind: 'value', value: false };
  const never = isOf(run, node, retry.neverOn, failed);
  if (never.kind !== 'value') return never;
  if (never.value) return { kind: 'value', value: false };
  if (retry.on === undefined) return { kind: 'value', value: failed.error.retryable !== false };
  return isOf(run, node, retry.on, failed);
}

/** Whether the time of all its attempts is over: its own, not that of a step inside, which a new attempt begins anew. */
function isOver({ plan, late }: Node, { error }: Failed): boolean {
  return 'bodies' in plan ? late === 'total-timeout' : error.code === 'STEP_TOTAL_TIMEOUT';
}

/** Whether a failure is of a class; one of its words is enough. */
function isOf(run: Run, node: Node, wanted: FailureClass | undefined, failed: Failed): Answer<boolean> {
  if (wanted?.holds === undefined) return { kind: 'value', value: wanted !== undefined && isAmong(wanted, failed) };
  const scene = sceneOf(node);
  const self = node.ended === null ? null : new SelfContext(node, node.ended, scene);
  const failure = { node: node.path, error: failed.error };
  const answer = evaluateFor(run, node, { kind: 'value', expression: wanted.holds }, { ...scene, self, failure });
  return answer.kind === 'value' ? { kind: 'value', value: isTruthy(answer.value) } : answer;
}

function isAmong(wanted: FailureClass, { error, outputs = {} }: Failed): boolean {
  if (error.exitCode !== undefined && wanted.exitCodes?.includes(error.exitCode) === true) return true;
  if (wanted.errors?.includes(error.code) === true) return true;
  if (wanted.matches === undefined) return false;
  const texts = MATCHED_OUTPUTS.map((name) => (Object.hasOwn(outputs, name) ? outputs[name] : undefined));
  return findsIn(wanted.matches, [error.message, ...texts.filter((text) => typeof text === 'string')]);
}

function findsIn(pattern: string, texts: readonly string[]): boolean {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch {
    return false; // the compiler has refused it, unless it came from a configuration
  }
  return texts.some((text) => compiled.matcher(text.slice(-MATCHED_CHARACTERS)).find());
}

/** Jitter takes away a part of the delay that is the same at each replay; what a server asks for is waited at least. */
function delayOf(run: Run, node: Node, retry: Retry, failures: number, retryAfterMs: number): number {
  const delayMs = retryDelay(retry, failures);
  const share = ((retry.jitter ?? 0) / 100) * hashed(`${run.id} ${node.path} ${failures}`);
  const asked = Math.min(retryAfterMs, retry.maxDelayMs ?? MAX_RETRY_AFTER_MS);
  return Math.max(Math.round(delayMs * (1 - share)), asked);
}

/** From 0 to below 1, evenly, by a text. */
export function hashed(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 12), 16) / 2 ** 48;
}

/** Whether another attempt would begin before the time of all attempts is over, seen from the end of the last: it stays so while the node waits for a place. */
function hasTime(node: Node, retry: Retry, delayMs: number): boolean {
  const total = 'totalTimeoutMs' in node.plan ? node.plan.totalTimeoutMs : undefined;
  const limit = Math.min(retry.maxDurationMs ?? Number.POSITIVE_INFINITY, total ?? Number.POSITIVE_INFINITY);
  return node.endedAt + delayMs - node.startedAt < limit;
}
