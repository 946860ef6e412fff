/** What nodes hold while they are at work: locks, the run's place in its group, keys of what is done once. Knows claims, not who else wants them. */
import { problem } from '../diagnostic/diagnostic.ts';
import type { Claim, PlanNode } from '../plan/plan.ts';
import type { ClaimWork, Effect } from './effect.ts';
import { evaluateFor } from './evaluation.ts';
import type { ClaimEnded, ClaimKind, ClaimStarted, OnceDone, RunEvent } from './event.ts';
import { edgesSettled } from './join.ts';
import type { HeldClaim, Node } from './node.ts';
import { closeOp, openOp } from './operations.ts';
import { letGo, type Run, touch } from './run.ts';
import { sceneOf } from './scene.ts';
import { begin } from './scopes.ts';
import { refusal, settled } from './wishes.ts';

/** More is no name. */
const MAX_NAME = 256;

/**
 * What a node asks for before it begins: `go` when it holds what it needs. It has its place among the members of its scope
 * by then, and no place among the actions that run: who waits keeps nobody from working.
 */
export function askClaim(run: Run, node: Node): RunEvent | null | 'go' {
  const asked = askedOf(node);
  if (asked !== 'go') return asked;
  const plan = claimsOf(node.plan)[node.claims.length];
  if (plan === undefined) return 'go';
  const answer = evaluateFor(run, node, plan.name, sceneOf(node));
  if (answer.kind !== 'value') return refusal(run, node, answer);
  const name = typeof answer.value === 'string' ? answer.value : '';
  if (name.trim() === '' || name.length > MAX_NAME) return refusal(run, node, badName(node, plan));
  return { type: 'claim.started', node: node.path, op: run.lastOp + 1, of: plan.of, name };
}

/** In the order in which they are asked for: what waits for its key has its lock. */
function claimsOf(plan: PlanNode): readonly Claim[] {
  const once = plan.kind === 'action' ? plan.once : undefined;
  if (once === undefined) return plan.claim === undefined ? NONE : [plan.claim];
  return [...(plan.claim === undefined ? NONE : [plan.claim]), { of: 'once', name: once }];
}
const NONE: readonly Claim[] = [];

/** How it stands with what a node has asked for. A later writer may be refused what an earlier one held, or hear that another run was faster. */
export function askedOf(node: Node): RunEvent | null | 'go' {
  for (const { isHeld, refused, done, name } of node.claims) {
    if (refused !== null) return settled(node, 'failed', { kind: 'error' }, { error: refused });
    if (done !== null) return keptOnce(node, name, done);
    if (!isHeld) return null;
  }
  return 'go';
}

function keptOnce(node: Node, key: string, { outputs, ...done }: OnceDone): RunEvent {
  const partial = outputs === undefined ? { partial: true as const } : {};
  return settled(node, 'kept', { kind: 'once', key, ...done, ...partial }, { outputs: outputs ?? {} });
}

/** It has begun, and a writer that came later has not got its claims yet. What was refused is waited for by nobody. */
export function waitsForClaim(node: Node): boolean {
  return node.claims.some(({ isHeld, refused }) => !isHeld && refused === null);
}

const NOUNS: Readonly<Record<ClaimKind, string>> = {
  lock: 'The name of the lock',
  group: 'The name of the group',
  once: 'The key of `once`',
};

function badName(
  node: Node,
  { of }: Claim,
): { readonly kind: 'error'; readonly diagnostic: ReturnType<typeof problem> } {
  const whose = node.path === '' ? 'the run' : `step \`${node.path}\``;
  const message = `${NOUNS[of]} of ${whose} is empty, or longer than ${MAX_NAME} characters.`;
  return { kind: 'error', diagnostic: problem('STEP_LOCK_NAME', message, { hint: 'See what its `${{ }}` give.' }) };
}

export function startClaim(run: Run, node: Node, event: ClaimStarted): readonly Effect[] {
  begin(run, node);
  const { of, name, op } = event;
  const claim: HeldClaim = { of, name, op, isHeld: false, isAgain: false, refused: null, done: null };
  node.claims = [...node.claims, claim];
  run.claims.add(node);
  openOp(run, op, { kind: 'claim', node });
  touch(run, node);
  return [{ type: 'start', work: claimWork(node, claim) }];
}

/** What is open has begun: it waits for its turn, whatever a beginning would do. */
function claimWork(node: Node, { op, of, name }: HeldClaim): ClaimWork {
  const onConflict = node.slots === null ? (node.plan.claim?.onConflict ?? 'queue') : 'queue';
  return { kind: 'claim', node: node.path, op, of, name, onConflict };
}

export function endClaim(run: Run, event: ClaimEnded): readonly Effect[] {
  const node = closeOp(run, event.op, 'claim')?.node;
  const claim = node?.claims.find(({ op }) => op === event.op);
  if (node === undefined || claim === undefined) return [];
  claim.refused = event.error ?? null;
  claim.done = event.done ?? null;
  claim.isHeld = event.error === undefined && event.done === undefined;
  if (!claim.isAgain) node.startedAt = run.at; // the wait is no part of its own time
  touch(run, node);
  letIn(run, node);
  return [];
}

/** A writer took the run over: what the one before held is free for others, and is asked for anew. */
export function reopenClaims(run: Run): readonly Effect[] {
  const effects: Effect[] = [];
  for (const node of run.claims)
    for (const claim of node.claims) {
      if (claim.refused !== null || claim.done !== null) continue;
      if (claim.isHeld) claim.isAgain = true;
      claim.isHeld = false;
      if (isOpen(node)) run.withheld.set(node, []);
      openOp(run, claim.op, { kind: 'claim', node });
      effects.push({ type: 'start', work: claimWork(node, claim) });
    }
  return effects;
}

/** A node settles: others may have now what it held. What is done once says whether it is. */
export function giveUpClaims(run: Run, node: Node): readonly Effect[] {
  if (!run.claims.delete(node)) return [];
  run.withheld.delete(node);
  const effects: Effect[] = [];
  for (const { op, of, refused, done } of node.claims.toReversed()) {
    run.ops.delete(op);
    if (refused !== null || done !== null) continue;
    const success = of === 'once' ? successOf(run, node) : null;
    effects.push({ type: 'stop', op, node: node.path, ...(success && { done: success }) });
  }
  return effects;
}

/** Its own work went well: also where what it does after that did not. */
function successOf(run: Run, { path, result, cause, outputs, endedAt }: Node): OnceDone | null {
  if (result !== 'succeeded' && cause?.kind !== 'hook') return null;
  return { run: run.id, node: path, endedAt, outputs: outputs ?? {} };
}

/** Whether a node has steps inside: a composite that is open, or a step with a hook. */
export function isOpen(node: Node): boolean {
  return (node.slots !== null && node.state !== 'blocked') || node.hook?.scope != null;
}

/** An open composite has all that it needs again: what is in it may go on. */
export function letIn(run: Run, node: Node): void {
  const held = run.withheld.get(node);
  if (held === undefined || node.claims.some(({ isHeld }) => !isHeld) || !edgesSettled(node)) return;
  run.withheld.delete(node);
  letGo(run, held);
}

/** Who is held back by what stands around a node; null when nothing keeps it from going on. */
export function heldAround(run: Run, node: Node): number[] | null {
  if (run.withheld.size === 0) return null;
  for (let at: Node | undefined = node.scope?.owner; at !== undefined; at = at.scope?.owner) {
    const held = run.withheld.get(at);
    if (held !== undefined) return held;
  }
  return null;
}
