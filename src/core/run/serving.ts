/**
 * Services: steps that serve others while they run. Knows what they are to others, not how they are started.
 *
 * A service that is ready is `serving`: its edges count as good, though it has not settled, and it takes no place among the actions
 * that run, nor among the members of its scope. When those that need it are through it is released, its attempt ends, and it settles. When its writer goes first, its
 * edges are taken back, and it starts again before what still needs it goes on.
 */

import { known } from '../known.ts';
import type { Effect } from './effect.ts';
import type { AttemptServing, RunEvent } from './event.ts';
import type { Node } from './node.ts';
import { type Run, touch } from './run.ts';
import type { Scope } from './scope.ts';
import { release } from './scopes.ts';
import { offer, takeBack } from './settle.ts';

export function startServing(run: Run, event: AttemptServing): readonly Effect[] {
  const op = run.ops.get(event.op);
  if (op?.kind !== 'attempt' || op.node.state !== 'running') return [];
  const { node } = op;
  node.state = 'serving';
  run.running--;
  node.outputs = event.outputs;
  const scope = node.scope as Scope; // a service is a step of some scope
  const hasUsers = scope.nodes.some((other) => uses(other, node.index));
  node.service = { isOffered: true, isReleased: false, seen: 0, hasUsers };
  touch(run, node);
  scope.active--; // its place is for those that it serves
  release(run, scope);
  offer(run, node, scope);
  for (const other of scope.services) touch(run, other); // nobody may be left whom it waits for
  for (const index of scope.rejected) touch(run, scope.nodes[index] as Node); // a member, which may have waited for this one
  scope.services.add(node);
  return [];
}

/** Its attempt was cut off while it served. */
export function stopServing(run: Run, node: Node): void {
  const scope = node.scope as Scope; // as above
  known(node.service).isOffered = false;
  if (node.begun) scope.active++;
  takeBack(run, node, scope);
}

export function releaseService(run: Run, node: Node): readonly Effect[] {
  known(node.service).isReleased = true;
  touch(run, node);
  return [{ type: 'stop', op: node.op, node: node.path, because: 'released' }];
}

/** What a service asks for while it serves. */
export function askServing(run: Run, node: Node): RunEvent | null {
  if (node.stop !== null || known(node.service).isReleased || isNeeded(node)) return null;
  return { type: 'service.released', node: node.path };
}

/**
 * Whether somebody may still need a service: those that name it, in a list all that come after it, and an approval that may send
 * those back; where there are none, the other members of its scope that do not serve themselves.
 */
export function isNeeded(node: Node): boolean {
  const scope = node.scope as Scope; // as above
  const service = known(node.service);
  if (!service.hasUsers)
    return scope.nodes.some(
      (other) => other !== node && other.state !== 'settled' && other.service?.isOffered !== true,
    );
  for (; service.seen < scope.nodes.length; service.seen++) {
    const other = scope.nodes[service.seen] as Node; // below the length
    if (other.state !== 'settled' && mayUse(other, node.index)) return true;
  }
  return false;
}

/** An approval that may send steps back needs what those do. */
function mayUse(node: Node, index: number): boolean {
  const { plan } = node;
  return uses(node, index) || (plan.kind === 'approve' && typeof plan.onReject === 'object');
}

function uses({ plan }: Node, index: number): boolean {
  return (plan.after ?? 0) > index || plan.needs.includes(index);
}
