/** Asks for what an evaluation needs from outside, once for each need. Knows no evaluator. */

import type { Capture } from '../expr/ast.ts';
import { known } from '../known.ts';
import type { RunEvent } from './event.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';

/** The event that asks for captures; null when others have asked for all of them, whose answer this node then waits for. */
export function captureFor(run: Run, node: Node, missing: { readonly captures: readonly Capture[] }): RunEvent | null {
  const captures = missing.captures.filter(({ key }) => !run.pending.has(key));
  if (captures.length > 0) return { type: 'capture.started', node: node.path, op: run.lastOp + 1, captures };
  for (const { key } of missing.captures) waitFor(run, node, known(run.pending.get(key)));
  return null;
}

function waitFor(run: Run, node: Node, op: number): void {
  const waiting = run.waiters.get(op);
  if (waiting === undefined) run.waiters.set(op, [node.ord]);
  else if (waiting.at(-1) !== node.ord) waiting.push(node.ord);
}
