/**
 * Effects that must not happen twice, and of which it is not known whether they have happened.
 *
 * | in doubt                                              | why         | not done, says `verify`      |
 * | an attempt was cut off, by a crash, a stop, a cancel  | `cut-off`   | it is begun again            |
 * | an attempt took too long                              | `timed-out` | as any failure               |
 * | an attempt failed, and another would follow           | `failed`    | another follows              |
 * | an attempt succeeded, and what it gave did not hold   | `unproven`  | it is begun again            |
 * | it has succeeded, and would run again: it was edited, | `changed`   | it is begun again            |
 * | its inputs are others, or a command wants it          |             |                              |
 *
 * `verify` is asked first; done is success. Where it does not know, or there is none, someone who knows is waited for. What
 * failed without a `verify` is known to have failed. Knows no one who looks or knows.
 */
import { known } from '../known.ts';
import { type ActionNode, DEFAULT_GRACE_MS } from '../plan/plan.ts';
import type { Verify } from '../plan/proof.ts';
import type { CheckWork } from './effect.ts';
import { evaluateFor, isTruthy } from './evaluation.ts';
import type { CheckEnded, DoubtCause, RunEvent, WaitEnded } from './event.ts';
import type { Doubt, Node } from './node.ts';
import { mayBeKept, successAt } from './replan.ts';
import { envSeen, resolve } from './resolve.ts';
import { generationOf } from './rework-cause.ts';
import { type Run, touch } from './run.ts';
import { type Scene, sceneOf } from './scene.ts';
import { SelfContext } from './self-context.ts';
import { captureFor } from './waiting.ts';
import { refusal, settled } from './wishes.ts';

/** A look that says nothing for so long does not know. */
const VERIFY_TIMEOUT_MS = 600_000;
/** By which a look says that it is not done. */
const NOT_DONE = 1;
/** What a look gives that is no output of the step. */
const OWN_OUTPUTS: readonly string[] = ['stdout', 'stderr', 'exit-code', 'log', 'lines', 'json'];

const NO_DOUBT = { answer: null, by: '', outputs: {}, setAside: null } as const;

export function doubtOf(why: DoubtCause): Doubt {
  return { why, ...NO_DOUBT };
}

function verifyOf({ plan }: Node): Verify | undefined {
  return (plan as ActionNode).verify; // only actions are guarded
}

/** Why a guarded step must not simply begin; null when it may. */
export function doubtBefore(run: Run, node: Node): DoubtCause | null {
  if (node.doubt !== null) return node.doubt.why === 'failed' && verifyOf(node) === undefined ? null : node.doubt.why;
  if (!mayBeKept(run, node) || successAt(run, node) === null) return null;
  return 'changed'; // had it not, it would have been kept
}

/** What a step in doubt asks for; `again` when someone says so, `not-done` when `verify` does. */
export function askDoubt(run: Run, node: Node, why: DoubtCause): RunEvent | null | 'again' | 'not-done' {
  const assumed = run.assumed.get(node.path);
  if (assumed !== undefined && node.state !== 'waiting')
    return assumed.how === 'retry' ? 'again' : asDone(run, node, why, assumed.by);
  const verify = verifyOf(node);
  const { answer = null, by = '' } = node.doubt ?? {};
  if (verify !== undefined && answer === null)
    return isVerifying(node) ? askLook(run, node) : startLook(run, node, verify, why);
  if (answer === 'done') return asDone(run, node, why, by);
  if (answer === 'not-done' || answer === 'again') return answer;
  const data = { why, verified: verify !== undefined };
  return { type: 'wait.started', node: node.path, op: run.lastOp + 1, purpose: 'assume', data };
}

/** While someone who knows is waited for. */
export function askAssumed(run: Run, node: Node): WaitEnded | null {
  const assumed = run.assumed.get(node.path);
  if (assumed === undefined) return null;
  return { type: 'wait.ended', node: node.path, op: node.op, outputs: { assume: assumed.how, by: assumed.by } };
}

/** The effect has happened: of one that was changed, what it gave then. */
function asDone(run: Run, node: Node, why: DoubtCause, by: string): RunEvent | null {
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') return refusal(run, node, resolved);
  const told = why === 'changed' ? successAt(run, node) : node.doubt;
  const outputs = told?.outputs ?? {};
  return settled(node, 'succeeded', { kind: 'verified', by }, { outputs, fingerprint: resolved.value.fingerprint });
}

function startLook(run: Run, node: Node, verify: Verify, why: DoubtCause): RunEvent | null {
  const ready = verify.kind === 'condition' ? null : resolveLook(run, node, verify);
  if (ready !== null && ready.kind !== 'value') return refusal(run, node, ready);
  return { type: 'check.started', node: node.path, op: run.lastOp + 1, round: 1, about: 'verify', doubt: why };
}

/** Whether a look goes on: until it has ended, nothing of the step itself is evaluated. */
export function isVerifying({ checks }: Node): boolean {
  return checks?.about === 'verify' && checks.op !== 0;
}

/** What a look asks for that goes on: who probes answers by themselves. */
export function askLook(run: Run, node: Node): RunEvent | null {
  const verify = verifyOf(node);
  const { op } = known(node.checks);
  if (verify?.kind !== 'condition') return null;
  const answer = evaluateFor(run, node, { kind: 'value', expression: verify.holds }, lookScene(run, node));
  if (answer.kind === 'missing') return captureFor(run, node, answer);
  const ended = { type: 'check.ended', node: node.path, op } as const;
  if (answer.kind === 'error') return { ...ended, holds: false, error: answer.diagnostic };
  return { ...ended, holds: isTruthy(answer.value), outputs: { 'exit-code': isTruthy(answer.value) ? 0 : NOT_DONE } };
}

function resolveLook(run: Run, node: Node, verify: Verify & { readonly kind: 'probe' }) {
  return evaluateFor(run, node, verify.with, lookScene(run, node));
}

/** `self` is the attempt that is in doubt, or that succeeded before. */
function lookScene(run: Run, node: Node): Scene {
  const scene = sceneOf(node);
  const outputs = successAt(run, node)?.outputs ?? node.ended?.outputs ?? {};
  const ended = { type: 'attempt.ended', node: node.path, op: 0, outcome: 'failed', outputs, durationMs: 0 } as const;
  return { ...scene, self: new SelfContext(node, ended, scene) };
}

/** The look at whether an effect has happened, where someone performs it. */
export function verifyWork(run: Run, node: Node, op: number): CheckWork {
  const verify = verifyOf(node) as Verify & { readonly kind: 'probe' }; // what the core evaluates is no work
  const request = resolveLook(run, node, verify);
  const env = envSeen(run, sceneOf(node));
  if (request.kind !== 'value' || env.kind !== 'value') throw new Error(`Bug: \`${node.path}\` cannot be verified`);
  const { action, secrets = [], clearEnv, graceMs = DEFAULT_GRACE_MS } = verify;
  return {
    kind: 'check',
    about: 'verify',
    node: node.path,
    op,
    attempt: 1,
    action,
    request: request.value,
    env: env.value,
    secrets,
    clearEnv: clearEnv !== undefined,
    graceMs,
    timeoutMs: VERIFY_TIMEOUT_MS,
    stepKey: `${run.id}/${node.path}/${generationOf(run, node)}`,
  };
}

/** A look begins: what an expression reads from outside, it takes for itself; a probe was evaluated with what the step has. */
export function startVerify(node: Node, why: DoubtCause): void {
  const { captured, refused } = node;
  node.doubt = doubtOf(why);
  if (verifyOf(node)?.kind === 'probe') return;
  node.doubt = { ...node.doubt, setAside: { captured, refused } };
  node.captured = node.refused = null;
}

export function endVerify(run: Run, node: Node, { holds, outputs = {} }: CheckEnded): void {
  const doubt = known(node.doubt);
  Object.assign(node, doubt.setAside);
  const isKnown = holds || outputs['exit-code'] === NOT_DONE;
  const given = Object.entries(outputs).filter(([name]) => !OWN_OUTPUTS.includes(name));
  const answer = holds ? 'done' : isKnown ? 'not-done' : 'unknown';
  node.doubt = { ...doubt, setAside: null, answer, by: 'verify', outputs: holds ? Object.fromEntries(given) : {} };
  touch(run, node);
}

/** Someone is waited for. */
export function startAssume(node: Node, why: DoubtCause): void {
  node.doubt ??= doubtOf(why);
}

/** Someone said how it is: the step is where it was before they were asked. */
export function endAssume(run: Run, node: Node, { outputs }: WaitEnded): void {
  const { assume, by } = outputs as Readonly<Record<'assume' | 'by', string>>; // as `askAssumed` wrote it
  node.doubt = { ...known(node.doubt), answer: assume === 'done' ? 'done' : 'again', by };
  node.state = node.ended === null ? 'blocked' : 'ended';
  run.assumed.delete(node.path);
  touch(run, node);
}
