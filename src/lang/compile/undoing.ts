/** Compiles the `compensate` of an `on-failure`, and checks that there is something to undo. What undoes a step is a hook of it; see bodies.ts. */
import { similarHint } from '../../core/nearest.ts';
import { COMPENSATE_HOOK, type CompositeNode, type PlanNode, partsOf } from '../../core/plan/plan.ts';
import type { Scopes } from './collect.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { entryOf, isText } from './tree.ts';
import type { Scene } from './world.ts';

/** `all`, or ids of steps. */
export function undoesOf(scene: Scene, step: StepDraft): Pick<CompositeNode, 'undoes'> {
  const tree = entryOf(step.tree, 'compensate')?.value;
  if (tree?.kind === 'list') return { undoes: tree.items.flatMap((item) => (isText(item) ? [item.value] : [])) };
  if (tree !== undefined && !(isText(tree) && tree.value === 'all'))
    scene.malformed(tree.range, '`compensate` takes `all` or a list of ids here.');
  return {};
}

/** What can be undone stands among the steps; what undoes it is asked for in `on-failure`. */
export function checkUndoings(scene: Scene, { main, onFailure, all }: Scopes, root: CompositeNode): void {
  for (const scope of all) for (const step of scope.steps) checkPlace(scene, step, scope, onFailure);
  const nodes = root.bodies[0]?.nodes ?? [];
  for (const step of onFailure?.steps ?? []) {
    const entry = step.action === 'compensate' ? entryOf(step.tree, 'compensate') : undefined;
    if (entry === undefined) continue;
    if (entry.value.kind === 'list') for (const item of entry.value.items) checkNamed(scene, item, main, nodes);
    else if (!nodes.some(canBeUndone))
      scene.error('PLAN_NOTHING_TO_UNDO', 'No step of the workflow says how it is undone.', entry.keyRange, {
        hint: 'Write `compensate: { run: … }` on the steps that are to be undone when a later one fails.',
      });
  }
}

function checkNamed(
  scene: Scene,
  item: Parameters<typeof isText>[0],
  main: ScopeDraft,
  nodes: readonly PlanNode[],
): void {
  if (!isText(item)) return;
  const found = main.byId.get(item.value);
  if (found === undefined) {
    scene.error(
      'PLAN_NOTHING_TO_UNDO',
      `There is no step \`${item.value}\` among the steps of the workflow.`,
      item.range,
      {
        ...similarHint('a step', item.value, [...main.byId.keys()]),
      },
    );
  } else if (!nodes.some((node) => node.id === found.id && canBeUndone(node))) {
    scene.error('PLAN_NOTHING_TO_UNDO', `Step \`${item.value}\` does not say how it is undone.`, item.range, {
      hint: 'Write `compensate: { run: … }` on it, or on a step inside of it.',
    });
  }
}

/** Itself, or something inside of it. As deep as groups nest, which the compiler bounds. */
function canBeUndone(node: PlanNode): boolean {
  return partsOf(node).some(([slot, part]) => slot === COMPENSATE_HOOK || (slot >= 0 && part.nodes.some(canBeUndone)));
}

function checkPlace(scene: Scene, step: StepDraft, scope: ScopeDraft, onFailure: ScopeDraft | null): void {
  const entry = entryOf(step.tree, 'compensate');
  if (entry === undefined || step.action === null) return;
  if (step.action === 'compensate') {
    if (scope === onFailure) return;
    scene.error(
      'PLAN_COMPENSATE_PLACE',
      '`compensate` as an action stands in `on-failure` at the top level.',
      entry.keyRange,
      {
        hint: 'Put it there as a step of its own: `on-failure: [{ compensate: all }]`.',
      },
    );
  } else if (!isUndoable(scope)) {
    scene.error(
      'PLAN_COMPENSATE_PLACE',
      `\`${step.id}\` belongs to what is done at an end, which is never undone.`,
      entry.keyRange,
      {
        hint: 'Only steps under `steps` can be undone, and what is inside of them.',
      },
    );
  }
}

/** Neither at the end of the workflow or of a `try`, nor in a hook. */
function isUndoable(scope: ScopeDraft): boolean {
  for (let at: ScopeDraft | undefined = scope; at !== undefined; at = at.owner?.scope)
    if (!['steps', 'group', 'branch', 'catch'].includes(at.part)) return false;
  return true;
}
