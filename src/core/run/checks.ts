/** Folds the checks of a condition that a step waits for: one at a time, with a pause between them. Knows no conditions. */
import { known } from '../known.ts';
import type { PlanNode } from '../plan/plan.ts';
import { checkWork } from './attempt-work.ts';
import { endVerify, startVerify, verifyWork } from './doubt.ts';
import type { Effect } from './effect.ts';
import { ensureWork } from './ensures.ts';
import type { CheckEnded, CheckStarted } from './event.ts';
import type { Checks, Node } from './node.ts';
import { type Run, touch } from './run.ts';

const NO_CHECKS: Checks = { op: 0, round: 0, last: null, isDue: true };

export function checksOf(node: Node): Checks {
  return node.checks ?? NO_CHECKS;
}

export function startCheck(run: Run, node: Node, { op, round, about, doubt }: CheckStarted): readonly Effect[] {
  const last = about === undefined ? checksOf(node).last : null;
  node.checks = { op, round, last, isDue: false, ...(about && { about }) };
  if (about === 'verify') startVerify(node, known(doubt));
  const isProbe = isPerformed(node.plan, about);
  run.ops.set(op, { kind: 'check', node, isProbe });
  run.lastOp = Math.max(run.lastOp, op);
  touch(run, node);
  return isProbe && !run.replaying ? [probe(run, node)] : [];
}

/** Whether someone looks; the core evaluates conditions itself. */
function isPerformed(plan: PlanNode, about: Checks['about']): boolean {
  if (about === 'ensures') return true;
  if (about === 'verify') return plan.kind === 'action' && plan.verify?.kind === 'probe';
  return plan.kind === 'await' && plan.what.kind === 'probe';
}

export function endCheck(run: Run, event: CheckEnded): void {
  const open = run.ops.get(event.op);
  if (open?.kind !== 'check') return;
  run.ops.delete(event.op);
  const { node } = open;
  const before = checksOf(node);
  // A look that giga cut short has found nothing.
  node.checks = { ...before, op: 0, last: event.error?.code === 'STEP_CANCELLED' ? before.last : event };
  if (before.about === 'ensures' && event.holds) run.evidence.ensured++;
  if (before.about === 'verify') endVerify(run, node, event);
  touch(run, node);
}

/** The pause before the next check is over: what it reads from outside is taken anew. */
export function pollOver(node: Node): void {
  node.captured = node.refused = node.resolved = null;
  node.checks = { ...checksOf(node), op: 0, isDue: true };
}

/** A writer took the run over: nobody knows what happened meanwhile, so every condition is looked at now. */
export function pollNow(run: Run): void {
  for (const [op, open] of run.ops) {
    if (open.kind !== 'timer' || open.purpose !== 'poll') continue;
    run.ops.delete(op);
    pollOver(open.node);
    touch(run, open.node);
  }
}

/** Starts the probe that is open. */
export function probe(run: Run, node: Node): Effect {
  const { op, about } = checksOf(node);
  if (about === 'ensures') return { type: 'start', work: ensureWork(run, node, op) };
  return { type: 'start', work: about === 'verify' ? verifyWork(run, node, op) : checkWork(run, node, op) };
}

/** Whether someone performs a check of what is waited for at the moment. Looks at what was done have a time of their own. */
export function isProbing(run: Run, node: Node): boolean {
  const { op, about } = checksOf(node);
  const open = about === undefined ? run.ops.get(op) : undefined;
  return open?.kind === 'check' && open.isProbe;
}
