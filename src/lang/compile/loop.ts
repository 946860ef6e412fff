/** Reads `loop:`. Knows its keys, not what an iteration does. */
import type { Tree } from '../../core/document.ts';
import type { Expression } from '../../core/expr/ast.ts';
import type { LoopSpec } from '../../core/plan/plan.ts';
import { type StepDraft, scopeInside } from './draft.ts';
import { placeOf } from './place.ts';
import { optionalDuration, wholeOf } from './quantities.ts';
import { keyExpression } from './text.ts';
import { entryOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

const MAX_ITERATIONS = 10_000;
const MAX_PLATEAU = 1_000;

export function compileLoop(scene: Scene, step: StepDraft): LoopSpec | undefined {
  const tree = entryOf(step.tree, 'loop')?.value;
  if (tree === undefined) return undefined;
  const most = valueOf(tree, 'max');
  const max = most === undefined ? undefined : wholeOf(scene, most, 'max', 1, MAX_ITERATIONS);
  if (most === undefined) scene.malformed(tree.range, '`loop` needs `max`, the most iterations that there may be.');
  const tests = {
    until: test(scene, step, 'until', valueOf(tree, 'until')),
    while: test(scene, step, 'while', valueOf(tree, 'while')),
  };
  const delayMs = optionalDuration(scene, tree, 'delay');
  const plateau = plateauOf(scene, step, valueOf(tree, 'stop-when'));
  return {
    max: max ?? 1,
    ...(tests.until && { until: tests.until }),
    ...(tests.while && { while: tests.while }),
    ...(delayMs !== undefined && { delayMs }),
    ...(plateau && { plateau }),
  };
}

function plateauOf(scene: Scene, step: StepDraft, tree: Tree | undefined): LoopSpec['plateau'] {
  if (tree === undefined) return undefined;
  const plateau = valueOf(tree, 'plateau');
  const metric = test(scene, step, 'metric', valueOf(tree, 'metric'));
  const count = plateau === undefined ? undefined : wholeOf(scene, plateau, 'plateau', 2, MAX_PLATEAU);
  if (plateau === undefined || valueOf(tree, 'metric') === undefined)
    scene.malformed(tree.range, '`stop-when` is `{ plateau: iterations, metric: expression }`.');
  return count === undefined || metric === undefined ? undefined : { count, metric };
}

/** Evaluated inside the iteration: `self` is the step, and in a group its members are seen. Before the first iteration there is nothing of both. */
function test(scene: Scene, step: StepDraft, key: string, tree: Tree | undefined): Expression | undefined {
  if (tree === undefined) return undefined;
  const inner = scopeInside(step);
  const place = inner === null ? {} : { scope: inner, wholeSteps: true };
  return keyExpression(scene, tree, placeOf(step, key, { self: true, ...place })) ?? undefined;
}
