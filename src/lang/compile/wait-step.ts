/** Compiles `wait: { for: duration }`. A duration without `${{ }}` is checked now; others when they are known. */
import type { Template } from '../../core/expr/ast.ts';
import type { StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { durationOf } from './quantities.ts';
import { literal, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

export function compileWaitFor(scene: Scene, step: StepDraft): Template {
  const wait = entryOf(step.tree, 'wait')?.value;
  const tree = valueOf(wait, 'for');
  if (tree === undefined) {
    if (wait !== undefined) scene.malformed(wait.range, '`wait` takes `{ for: duration }`.');
    return literal('0s');
  }
  if (isText(tree) && tree.value.includes('${{')) return textTemplate(scene, tree, placeOf(step, 'wait'), 'refuse');
  durationOf(scene, tree, 'for');
  return literal(isText(tree) ? tree.value : '0s');
}
