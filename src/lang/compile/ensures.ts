/** Compiles `ensures`: what must be true after a step, a group or the workflow. Knows forms, not who looks. */
import type { MapEntry, MapTree, Tree } from '../../core/document.ts';
import type { Ensure } from '../../core/plan/proof.ts';
import type { Defaults } from './defaults.ts';
import { type ScopeDraft, type StepDraft, scopeInside } from './draft.ts';
import { placeOf } from './place.ts';
import { httpProbe, runProbe } from './probe.ts';
import { cwdOf } from './run-step.ts';
import { keyExpression, listTemplate, textTemplate } from './text.ts';
import { entryOf, isText } from './tree.ts';
import type { Scene } from './world.ts';

export function compileEnsures(scene: Scene, step: StepDraft, defaults: Defaults): readonly Ensure[] | undefined {
  const tree = entryOf(step.tree, 'ensures')?.value;
  if (tree === undefined) return undefined;
  // What is no map of known keys is told by the shape check.
  const items = tree.kind === 'list' ? tree.items : [tree];
  const entries = items.flatMap((item) => (item.kind === 'map' ? item.entries : []));
  return entries.flatMap((entry) => ensureOf(scene, step, entry, defaults));
}

/** The workflow's own: it stands for a step that holds all others. */
export function workflowEnsures(
  scene: Scene,
  root: MapTree,
  main: ScopeDraft,
  defaults: Defaults,
): readonly Ensure[] | undefined {
  const entry = entryOf(root, 'ensures');
  if (entry === undefined) return undefined;
  if (scene.role.kind !== 'root') {
    // To pass over it would let the file succeed where it says that it has not.
    scene.error('PLAN_NOT_BUILT', '`ensures` of a file that a step runs is not built yet.', entry.keyRange, {
      hint: 'Give it to the step that runs the file, or to a group around the steps in it.',
    });
    return undefined;
  }
  const whole: StepDraft = {
    id: '',
    idRange: root.range,
    anonymous: false,
    name: null,
    scope: main,
    index: main.steps.length,
    tree: { ...root, entries: [entry] },
    action: 'steps',
    bodies: [{ scope: main }],
    hooks: [],
    edges: null,
    listEdges: null,
    children: null,
    used: null,
    keepsSession: false,
  };
  return compileEnsures(scene, whole, defaults);
}

function ensureOf(scene: Scene, step: StepDraft, { key, value }: MapEntry, defaults: Defaults): readonly Ensure[] {
  const inner = scopeInside(step);
  const inside = { self: true, ...(inner !== null && { scope: inner, wholeSteps: true }) };
  switch (key) {
    case 'output': {
      const holds = keyExpression(scene, value, placeOf(step, key, inside));
      return holds === null ? [] : [{ kind: 'output', holds }];
    }
    case 'exists':
    case 'files-changed':
      return [globsOf(scene, step, value, key)];
    case 'commit':
      return [{ kind: 'commit' }];
    case 'run':
      return [runProbe(scene, step, value, defaults, inside)];
    case 'http':
      return [httpProbe(scene, step, value)];
    default:
      return [];
  }
}

/** Relative to the folder of the step. */
function globsOf(scene: Scene, step: StepDraft, tree: Tree, key: 'exists' | 'files-changed'): Ensure {
  const items = tree.kind === 'list' ? tree.items : [tree];
  if (!items.some((item) => isText(item) && !item.value.startsWith('!')))
    scene.malformed(tree.range, `\`${key}\` names at least one glob.`);
  const globs = listTemplate(items.map((item) => textTemplate(scene, item, placeOf(step, key), 'refuse')));
  const cwd = cwdOf(scene, step);
  return { kind: key, globs, ...((cwd.kind !== 'literal' || cwd.value !== '') && { cwd }) };
}
