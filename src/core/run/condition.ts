/** Whether the edges and the `if` of a node let it run (language-rules 1). Knows no kinds of nodes. */
import { evaluateFor, explain, isTruthy, type Scene } from './evaluation.ts';
import type { RunEvent } from './event.ts';
import { joinOf } from './join.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { conditionSceneOf } from './scene.ts';
import { partOf, type Scope } from './scope.ts';
import { refusal, settled } from './wishes.ts';

/**
 * | `if`                    | runs when                                      |
 * | none                    | the join holds; at the end of a try: always    |
 * | without status function | the join holds, and `if`                       |
 * | with one                | `if`, once every edge is settled               |
 */
export function askCondition(run: Run, node: Node): RunEvent | null | 'go' {
  const join = joinOf(node);
  if (join === 'wait') return null;
  const condition = node.plan.if;
  if (condition === undefined) return join === 'go' || isAtEnd(node) ? 'go' : settled(node, 'skipped', join);
  if (join !== 'go' && !condition.replacesJoin) return settled(node, 'skipped', join);
  const { expression } = condition;
  const scene = conditionSceneOf(run, node);
  const answer = evaluateFor(run, node, { kind: 'value', expression }, scene);
  if (answer.kind !== 'value') return refusal(run, node, answer);
  if (isTruthy(answer.value)) return 'go';
  // `if: success() && x` is skipped by its need, as a step without `if` would be, when only `success()` stood against it.
  if (join !== 'go' && scene.status !== undefined) {
    const allowed: Scene = { ...scene, status: { ...scene.status, success: true } };
    const otherwise = evaluateFor(run, node, { kind: 'value', expression }, allowed);
    if (otherwise.kind === 'value' && isTruthy(otherwise.value)) return settled(node, 'skipped', join);
  }
  const operands = explain(run, expression, scene);
  return settled(node, 'skipped', { kind: 'condition-false', condition: expression.source, operands });
}

/** Members of `catch`, `on-failure` and `finally` run whatever became of those before them. */
function isAtEnd(node: Node): boolean {
  const { owner, slot } = node.scope as Scope; // the run itself waits for nothing
  const part = partOf(owner.plan, slot);
  return part === 'answer' || part === 'end';
}
