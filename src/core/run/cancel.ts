/** Stops a subtree: every node of it hears why, and settles by an event of its own. Knows no rules. */
import type { Effect } from './effect.ts';
import type { CancelCause } from './event.ts';
import { type Node, slotsOf } from './node.ts';
import { stopProbe } from './operations.ts';
import { type Run, touch } from './run.ts';
import { partOf } from './scope.ts';

/**
 * Stops a node and all below it, except finallys that run.
 * A fail-fast ends the members of a group, not the group, which fails by their failure; so does a time that is over.
 * A second cancel of the same node spares no finally.
 */
export function cancelTree(run: Run, node: Node, cause: CancelCause): readonly Effect[] {
  const effects: Effect[] = [];
  if (cause === 'fail-fast') {
    slotsOf(node).failingFast = true;
    stopMembers(run, node, cause, effects);
    touch(run, node);
  } else if (cause === 'timeout' && node.late !== null && node.slots !== null) {
    node.slots.timedOut = true;
    stopMembers(run, node, cause, effects);
    touch(run, node);
  } else if (node.stop === null) {
    stop(run, node, cause, effects);
  } else {
    node.killed = true;
    stopMembers(run, node, cause, effects);
    touch(run, node);
  }
  return effects;
}

/** A member of a race has won: the others are stopped. */
export function winRace(run: Run, node: Node, winner: number): readonly Effect[] {
  const effects: Effect[] = [];
  slotsOf(node).winner = winner;
  stopMembers(run, node, 'race', effects);
  touch(run, node);
  return effects;
}

function stop(run: Run, node: Node, cause: CancelCause, effects: Effect[]): void {
  if (node.state === 'settled' || node.stop !== null) return;
  node.stop = cause;
  if (node.state === 'running' || node.state === 'serving')
    effects.push({ type: 'stop', op: node.op, node: node.path });
  if (node.state === 'waiting') effects.push(...stopProbe(run, node));
  if (node.state === 'open' || node.hook !== null) stopMembers(run, node, cause, effects);
  touch(run, node);
}

function stopMembers(run: Run, node: Node, cause: CancelCause, effects: Effect[]): void {
  for (const scope of node.slots?.live.values() ?? []) {
    if (partOf(node.plan, scope.slot) === 'end' && !node.killed) continue;
    for (const member of scope.nodes) stop(run, member, cause, effects);
  }
  for (const member of node.hook?.scope?.nodes ?? []) stop(run, member, cause, effects);
}
