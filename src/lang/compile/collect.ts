/** Finds every step of a document with its id and scope, before any of them is looked into. Knows ids and nesting, no edges. */
import type { ListTree, MapEntry, MapTree, Range, Tree } from '../../core/document.ts';
import { emptyScope, enqueue, openBodies, type Pending, stepsOfEnd } from './bodies.ts';
import type { Compilation } from './compilation.ts';
import {
  type ActionKey,
  CHILD_ACTIONS,
  END_ACTIONS,
  GROUP_ACTIONS,
  LEAF_ACTIONS,
  type ScopeDraft,
  type StepDraft,
} from './draft.ts';
import { isText, valueOf } from './tree.ts';

const ACTIONS: readonly ActionKey[] = [...LEAF_ACTIONS, ...GROUP_ACTIONS, ...CHILD_ACTIONS];
const ACTION_OF_KEY: ReadonlyMap<string, ActionKey> = new Map(ACTIONS.map((action) => [action, action]));

export interface Scopes {
  readonly main: ScopeDraft;
  readonly onSuccess: ScopeDraft | null;
  readonly onFailure: ScopeDraft | null;
  readonly finally: ScopeDraft | null;
  /** Every scope, outer ones before those inside. */
  readonly all: readonly ScopeDraft[];
}

/** `steps` is the tree of the workflow's steps: from the YAML, or made of the sections of a Markdown file. */
export function collectScopes(compilation: Compilation, root: MapTree, steps: Tree | undefined): Scopes {
  const pending: Pending[] = [];
  const main = emptyScope('steps', null, null, steps?.kind === 'list');
  if (steps !== undefined) enqueue(compilation, pending, main, steps);
  const part = (key: 'on-success' | 'on-failure' | 'finally'): ScopeDraft | null => {
    const tree = stepsOfEnd(valueOf(root, key));
    if (tree === undefined) return null;
    const scope = emptyScope(key, main, null, tree.kind === 'list');
    enqueue(compilation, pending, scope, tree);
    return scope;
  };
  const onSuccess = part('on-success');
  const onFailure = part('on-failure');
  const last = part('finally');
  const all: ScopeDraft[] = [];
  // The list grows while it is walked: the scopes inside a step join its end.
  for (const { scope, tree } of pending) {
    all.push(scope);
    readSteps(compilation, pending, scope, tree);
  }
  return { main, onSuccess, onFailure, finally: last, all };
}

function readSteps(compilation: Compilation, pending: Pending[], scope: ScopeDraft, tree: ListTree | MapTree): void {
  if (tree.kind === 'map') {
    for (const entry of tree.entries) addStep(compilation, pending, scope, entry.value, entry);
    return;
  }
  for (const item of tree.items) addStep(compilation, pending, scope, item);
}

function addStep(compilation: Compilation, pending: Pending[], scope: ScopeDraft, tree: Tree, entry?: MapEntry): void {
  if (tree.kind !== 'map')
    return compilation.malformed(
      tree.range,
      'A step is a map with an action, such as `run`.',
      'Write `run:` before the text.',
    );
  const index = scope.steps.length;
  const nameTree = valueOf(tree, 'name');
  const name = isText(nameTree) ? nameTree.value : null;
  const action = actionOf(tree);
  if (action === null) compilation.malformed(tree.range, `The step has no action: one of ${ACTIONS.join(', ')}.`);
  const { id, idRange, anonymous } = identify(tree, entry, name, index);
  // Named one by one: V8 gives each object whose literal begins with a spread and goes on hidden classes of its own, 3 KB of them.
  const step: StepDraft = {
    id,
    idRange,
    anonymous,
    name,
    scope,
    index,
    tree,
    action,
    bodies: [],
    hooks: [],
    edges: null,
    listEdges: null,
    children: null,
    used: null,
    keepsSession: false,
  };
  scope.steps.push(step);
  if (!scope.byId.has(step.id)) scope.byId.set(step.id, step);
  const folded = step.id.toLowerCase();
  if (folded !== step.id && !scope.byFoldedId.has(folded)) scope.byFoldedId.set(folded, step);
  openBodies(compilation, pending, step);
}

/** The first key that is an action; that there is no second is the shape check's. `compensate` is one where there is no other. */
function actionOf(tree: MapTree): ActionKey | null {
  for (const { key } of tree.entries) {
    const action = ACTION_OF_KEY.get(key);
    if (action !== undefined) return action;
  }
  return END_ACTIONS.find((name) => valueOf(tree, name) !== undefined) ?? null;
}

function identify(
  tree: MapTree,
  entry: MapEntry | undefined,
  name: string | null,
  index: number,
): Pick<StepDraft, 'id' | 'idRange' | 'anonymous'> {
  if (entry !== undefined) return { id: entry.key, idRange: entry.keyRange, anonymous: false };
  const given = valueOf(tree, 'id');
  if (given?.kind === 'scalar' && given.value !== null)
    return { id: given.source, idRange: given.range, anonymous: false };
  const slug = name === null ? '' : slugOf(name);
  if (slug !== '') return { id: slug, idRange: valueOf(tree, 'name')?.range ?? tree.range, anonymous: false };
  return { id: `step-${index + 1}`, idRange: firstKey(tree), anonymous: true };
}

/** A step as a place: its first key, which a code frame can show in a line. */
function firstKey(tree: MapTree): Range {
  return tree.entries[0]?.keyRange ?? tree.range;
}

/** `Build & test` gives `build-test`. Empty when no letter or digit of ASCII is in it. */
function slugOf(name: string): string {
  return name
    .slice(0, 256)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64)
    .replace(/-$/, '');
}
