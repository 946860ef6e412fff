/** What nodes hold while they are at work: locks, and the run's place in its group. Knows claims, not who else wants them. */
import { problem } from '../diagnostic/diagnostic.ts';
import type { Claim } from '../plan/plan.ts';
import type { ClaimWork, Effect } from './effect.ts';
import { evaluateFor } from './evaluation.ts';
import type { ClaimEnded, ClaimStarted, RunEvent } from './event.ts';
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
  const { claim: plan } = node.plan;
  if (plan === undefined) return 'go';
  if (node.claim !== null) return whenAsked(node, node.claim);
  const answer = evaluateFor(run, node, plan.name, sceneOf(node));
  if (answer.kind !== 'value') return refusal(run, node, answer);
  const name = typeof answer.value === 'string' ? answer.value : '';
  if (name.trim() === '' || name.length > MAX_NAME) return refusal(run, node, badName(node, plan));
  return { type: 'claim.started', node: node.path, op: run.lastOp + 1, of: plan.of, name };
}

function whenAsked(node: Node, { isHeld, refused }: HeldClaim): RunEvent | null | 'go' {
  if (refused !== null) return settled(node, 'failed', { kind: 'error' }, { error: refused });
  return isHeld ? 'go' : null;
}

/** It has begun, and a writer that came later has not got its claim yet. */
export function waitsForClaim(node: Node): boolean {
  return node.claim !== null && !node.claim.isHeld;
}

function badName(
  node: Node,
  { of }: Claim,
): { readonly kind: 'error'; readonly diagnostic: ReturnType<typeof problem> } {
  const whose = node.path === '' ? 'the run' : `step \`${node.path}\``;
  const message = `The name of the ${of} of ${whose} is empty, or longer than ${MAX_NAME} characters.`;
  return { kind: 'error', diagnostic: problem('STEP_LOCK_NAME', message, { hint: 'See what its `${{ }}` give.' }) };
}

export function startClaim(run: Run, node: Node, event: ClaimStarted): readonly Effect[] {
  begin(run, node);
  const { of, name, op } = event;
  node.claim = { of, name, op, isHeld: false, isAgain: false, refused: null };
  run.claims.add(node);
  openOp(run, op, { kind: 'claim', node });
  touch(run, node);
  return [{ type: 'start', work: claimWork(node, node.claim) }];
}

/** What is open has begun: it waits for its turn, whatever a beginning would do. */
function claimWork(node: Node, { op, of, name }: HeldClaim): ClaimWork {
  const onConflict = node.slots === null ? (node.plan.claim?.onConflict ?? 'queue') : 'queue';
  return { kind: 'claim', node: node.path, op, of, name, onConflict };
}

export function endClaim(run: Run, event: ClaimEnded): readonly Effect[] {
  const node = closeOp(run, event.op, 'claim')?.node;
  if (!node?.claim) return [];
  node.claim.refused = event.error ?? null;
  node.claim.isHeld = event.error === undefined;
  if (!node.claim.isAgain) node.startedAt = run.at; // the wait is no part of its own time
  touch(run, node);
  letIn(run, node);
  return [];
}

/** A writer took the run over: what the one before held is free for others, and is asked for anew. */
export function reopenClaims(run: Run): readonly Effect[] {
  const effects: Effect[] = [];
  for (const node of run.claims) {
    const { claim } = node;
    if (claim === null || claim.refused !== null) continue;
    if (claim.isHeld) claim.isAgain = true;
    claim.isHeld = false;
    if (isOpen(node)) run.withheld.set(node, []);
    openOp(run, claim.op, { kind: 'claim', node });
    effects.push({ type: 'start', work: claimWork(node, claim) });
  }
  return effects;
}

/** A node settles: the op of its claim, which others may have now; 0 for none. */
export function giveUpClaim(run: Run, node: Node): number {
  if (!run.claims.delete(node) || node.claim === null) return 0;
  run.withheld.delete(node);
  run.ops.delete(node.claim.op);
  return node.claim.refused === null ? node.claim.op : 0;
}

/** Whether a node has steps inside: a composite that is open, or a step with a hook. */
export function isOpen(node: Node): boolean {
  return (node.slots !== null && node.state !== 'blocked') || node.hook?.scope != null;
}

/** An open composite has all that it needs again: what is in it may go on. */
export function letIn(run: Run, node: Node): void {
  const held = run.withheld.get(node);
  if (held === undefined || waitsForClaim(node) || !edgesSettled(node)) return;
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
