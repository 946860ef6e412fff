/** Names the one event to append now. Knows what is due, not what events do. */

import { ask, askToStart } from './ask.ts';
import { heldAround } from './claims.ts';
import type { RunEvent } from './event.ts';
import { runsWhilePaused } from './hooks.ts';
import type { Node } from './node.ts';
import { planOf, type Run, rootOf } from './run.ts';
import { release } from './scopes.ts';
import { finish } from './verdict.ts';
import { START } from './wishes.ts';

/**
 * The one event to append now, or null when only the world can say more.
 * Asking changes nothing that can be seen, and work is proportional to what changed since: only touched nodes are asked.
 * What settles comes before what starts; among equals the least in document order is first.
 */
export function next(run: Run): RunEvent | null {
  if (run.status !== 'running') return null;
  for (;;) {
    const decided = nextDecision(run);
    if (decided !== null) return decided;
    if (rootOf(run).state === 'settled') return finish(run);
    const started = nextStart(run);
    if (started !== 'not-yet') return started;
  }
}

function nextDecision(run: Run): RunEvent | null {
  for (let ord = run.dirty.first(); ord >= 0; ord = run.dirty.first()) {
    const node = run.nodes[ord];
    const wish = node === undefined ? null : askTouched(run, node);
    if (wish !== null && wish !== START) return wish;
    run.dirty.delete(ord);
    if (wish === START) run.startable.add(ord);
    else run.startable.delete(ord);
  }
  return null;
}

function askTouched(run: Run, node: Node): RunEvent | typeof START | null {
  if (run.paused && node.state === 'blocked' && node.stop === null && node.hook === null && !runsWhilePaused(node)) {
    run.held.push(node.ord);
    return null;
  }
  const held = mayBeHeld(node) ? heldAround(run, node) : null;
  if (held !== null) {
    held.push(node.ord);
    return null;
  }
  const wish = ask(run, node);
  if (wish === null) giveWay(run, node);
  if (wish === null || wish === START || !begins(node, wish)) return wish;
  return park(node) ? null : wish;
}

/** Whether a node could begin something now. What it stops, and what its hook does, is its own affair. */
function mayBeHeld(node: Node): boolean {
  return node.stop === null && !node.hook?.scope && (node.state === 'blocked' || node.state === 'ended');
}

const BEGINNINGS: readonly RunEvent['type'][] = [
  'node.opened',
  'timer.started',
  'wait.started',
  'claim.started',
  'cache.started',
];

/** Whether an event takes a place among the members at once of a scope. */
function begins(node: Node, event: RunEvent): boolean {
  return !node.begun && BEGINNINGS.includes(event.type);
}

/** Sets a node aside while its scope has no place for it. */
function park(node: Node): boolean {
  const { scope } = node;
  if (node.begun || scope === null || scope.active < scope.max) return false;
  const { plan } = node;
  const startsAtOnce =
    plan.kind === 'action' && plan.claim === undefined && plan.once === undefined && plan.cache === undefined;
  (startsAtOnce ? scope.parkedActions : scope.parkedOthers).add(node.index);
  return true;
}

/** A node that could have begun waits for something else: the place is for the next one. */
function giveWay(run: Run, node: Node): void {
  if (!node.begun && node.state === 'blocked') release(run, node.scope);
}

/** What takes a place among the actions that run; `not-yet` when one has just let others before it, who are asked first. */
function nextStart(run: Run): RunEvent | null | 'not-yet' {
  while (run.running < planOf(run).concurrency) {
    const ord = run.startable.first();
    const node = run.nodes[ord];
    if (node === undefined) return null;
    if (run.paused && !runsWhilePaused(node)) {
      run.held.push(ord);
      run.startable.delete(ord);
      continue;
    }
    if (!park(node)) {
      const event = askToStart(run, node);
      if (event !== null) return event;
      giveWay(run, node);
    }
    run.startable.delete(ord);
    return 'not-yet';
  }
  return null;
}
