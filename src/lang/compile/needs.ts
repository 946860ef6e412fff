/** Reads `needs:` into edges and the rule by which they are joined. Knows ids, no cycles. */
import type { Range, ScalarTree, Tree } from '../../core/document.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Join } from '../../core/plan/plan.ts';
import type { Compilation } from './compilation.ts';
import { addEdge, pathOf, type StepDraft } from './draft.ts';
import { entryOf, isText, textOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

const JOINS: readonly Join[] = ['all-succeeded', 'all-done', 'any-succeeded', 'none-failed'];

/** Adds the edges of a step's `needs`; gives its rule where it has one. */
export function readNeeds(scene: Scene, step: StepDraft): Join | undefined {
  const tree = entryOf(step.tree, 'needs')?.value;
  if (tree === undefined) return undefined;
  if (tree.kind !== 'map') {
    addNeeds(scene, step, tree);
    return undefined;
  }
  const steps = valueOf(tree, 'steps');
  if (steps === undefined) scene.malformed(tree.range, '`needs` as a map has `steps`, and `when`.');
  else addNeeds(scene, step, steps);
  return joinOf(scene, valueOf(tree, 'when'));
}

function joinOf(compilation: Compilation, tree: Tree | undefined): Join | undefined {
  if (tree === undefined) return undefined;
  const join = isText(tree) ? JOINS.find((name) => name === tree.value) : undefined;
  if (join === undefined) compilation.malformed(tree.range, `\`when\` is one of ${JOINS.join(', ')}.`);
  // The rule that holds without being said makes no difference to the plan.
  return join === 'all-succeeded' ? undefined : join;
}

function addNeeds(scene: Scene, step: StepDraft, tree: Tree): void {
  const items = tree.kind === 'list' ? tree.items : [tree];
  for (const item of items) {
    if (item.kind !== 'scalar' || item.value === null)
      scene.malformed(item.range, '`needs` is an id, or a list of ids.');
    else addNeed(scene, step, item);
  }
}

function addNeed(scene: Scene, step: StepDraft, item: ScalarTree): void {
  const id = textOf(item);
  const target = step.scope.byId.get(id);
  if (target === undefined) return reportUnknown(scene, step, id, item.range);
  if (target !== step) {
    addEdge(step, target, item.range);
    return;
  }
  scene.error('PLAN_CYCLE', `The step \`${id}\` needs itself: \`${id}\` → \`${id}\`.`, item.range);
}

function reportUnknown(scene: Scene, step: StepDraft, id: string, at: Range): void {
  if (scene.isFull()) return scene.error('PLAN_UNKNOWN_NEED', '', at);
  const elsewhere = scene.world.findAnywhere(id);
  const message = `\`${pathOf(step)}\` needs \`${id}\`, which is not in ${step.scope.owner === null ? 'this workflow' : `\`${pathOf(step.scope.owner)}\``}.`;
  const label = `no step \`${id}\``;
  if (elsewhere === undefined) {
    scene.error('PLAN_UNKNOWN_NEED', message, at, { label, ...similarHint('a step', id, step.scope.byId.keys()) });
    return;
  }
  const group = outermostBeside(elsewhere, step);
  scene.error('PLAN_UNKNOWN_NEED', message, at, {
    label,
    hint:
      group === null
        ? `\`needs\` names steps of the same scope; \`${pathOf(elsewhere)}\` stands in another. A group waits for what its inner steps read: put \`needs\` on the group.`
        : `\`${id}\` stands inside \`${pathOf(group)}\`: need \`${group.id}\`.`,
    related: [{ message: `\`${pathOf(elsewhere)}\` stands here`, at: scene.locator.span(elsewhere.idRange) }],
  });
}

/** The group in the step's own scope that holds the other one. */
function outermostBeside(elsewhere: StepDraft, step: StepDraft): StepDraft | null {
  for (let at = elsewhere.scope.owner; at !== null; at = at.scope.owner) if (at.scope === step.scope) return at;
  return null;
}
