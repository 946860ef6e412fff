/** Opens the scopes that stand inside a step: of groups, branches and the parts of a `try`. Knows forms, not what is in the steps. */
import type { ListTree, MapTree, Tree } from '../../core/document.ts';
import { COMPENSATE_HOOK, ON_FAILURE_HOOK, ON_SUCCESS_HOOK } from '../../core/plan/plan.ts';
import { BODY_SLOT, COMPENSATE_ID, FINALLY_SLOT } from '../../core/run/scope.ts';
import type { Compilation } from './compilation.ts';
import {
  CHILD_ACTIONS,
  GROUP_ACTIONS,
  LEAF_ACTIONS,
  MAX_NESTING,
  type ScopeDraft,
  type ScopePart,
  type StepDraft,
} from './draft.ts';
import { entryOf, valueOf } from './tree.ts';

/** A scope whose steps are still to be read. */
export interface Pending {
  readonly scope: ScopeDraft;
  readonly tree: ListTree | MapTree;
}

/** The scopes of a step join those that are still to be read. */
export function openBodies(compilation: Compilation, pending: Pending[], step: StepDraft): void {
  openHooks(compilation, pending, step);
  openCompensation(compilation, pending, step);
  const value = step.action === null ? undefined : entryOf(step.tree, step.action)?.value;
  if (value === undefined) return;
  if (step.action === 'steps' || step.action === 'parallel' || step.action === 'race') {
    const scope = emptyScope('group', step.scope, step, step.action === 'steps' && value.kind === 'list');
    step.bodies.push({ scope });
    enqueue(compilation, pending, scope, value);
  }
  if (step.action === 'choose') openBranches(compilation, pending, step, value);
  if (step.action === 'try') openParts(compilation, pending, step, value);
}

const HOOKS = [
  ['on-success', 'after-success', ON_SUCCESS_HOOK],
  ['on-failure', 'after-failure', ON_FAILURE_HOOK],
] as const;

function openHooks(compilation: Compilation, pending: Pending[], step: StepDraft): void {
  for (const [key, part, slot] of HOOKS) {
    const tree = entryOf(step.tree, key)?.value;
    if (tree === undefined) continue;
    const scope = emptyScope(part, step.scope, step, tree.kind === 'list');
    step.hooks.push({ slot, scope });
    enqueue(compilation, pending, scope, tree);
  }
}

/** `compensate` on a step with another action: a list or a map of steps, or one step written in place. */
function openCompensation(compilation: Compilation, pending: Pending[], step: StepDraft): void {
  const entry = entryOf(step.tree, COMPENSATE_ID);
  if (entry === undefined || step.action === null || step.action === COMPENSATE_ID) return;
  const { value } = entry;
  const isOne = value.kind === 'map' && value.entries.some(({ key }) => isActionKey(key));
  const tree: Tree = isOne ? { kind: 'map', range: value.range, entries: [entry] } : value;
  const scope = emptyScope('compensation', step.scope, step, tree.kind === 'list');
  step.hooks.push({ slot: COMPENSATE_HOOK, scope });
  enqueue(compilation, pending, scope, tree);
}

function isActionKey(key: string): boolean {
  return [...LEAF_ACTIONS, ...GROUP_ACTIONS, ...CHILD_ACTIONS].some((action) => action === key);
}

function openBranches(compilation: Compilation, pending: Pending[], step: StepDraft, value: Tree): void {
  if (value.kind !== 'list')
    return compilation.malformed(
      value.range,
      '`choose` is a list of branches: `{ if, steps }`, and `{ else: steps }` as the last.',
    );
  for (const [index, branch] of value.items.entries()) {
    const otherwise = entryOf(branch, 'else');
    const condition = entryOf(branch, 'if');
    const tree = otherwise?.value ?? valueOf(branch, 'steps');
    const outputs = entryOf(branch, 'outputs');
    if (tree === undefined || (otherwise === undefined && condition === undefined)) {
      compilation.malformed(branch.range, 'A branch is `{ if, steps }` or `{ else: steps }`.');
      continue;
    }
    if (otherwise !== undefined && index < value.items.length - 1) {
      compilation.error('PLAN_UNREACHABLE', 'The branches after `else` can never run.', otherwise.keyRange, {
        hint: 'Move `else` to the end of the list.',
      });
    }
    const scope = emptyScope('branch', step.scope, step, tree.kind === 'list');
    step.bodies.push({
      scope,
      ...(condition === undefined || otherwise !== undefined ? {} : { condition }),
      ...(outputs === undefined ? {} : { outputs }),
    });
    enqueue(compilation, pending, scope, tree);
  }
}

/** Its steps, then the catches in order and the end: `catch` and `finally` stand beside `try`. */
function openParts(compilation: Compilation, pending: Pending[], step: StepDraft, value: Tree): void {
  const body = openPart(compilation, pending, step, 'group', step.scope, stepsOfEnd(value) ?? value);
  step.bodies.push({ scope: body, slot: BODY_SLOT });
  const catches = valueOf(step.tree, 'catch');
  if (catches !== undefined) openCatches(compilation, pending, step, body, catches);
  const last = stepsOfEnd(valueOf(step.tree, 'finally'));
  if (last !== undefined)
    step.bodies.push({ scope: openPart(compilation, pending, step, 'cleanup', body, last), slot: FINALLY_SLOT });
  if (catches === undefined && last === undefined)
    compilation.malformed(value.range, '`try` does something only with `catch` or `finally` beside it.');
}

function openCatches(
  compilation: Compilation,
  pending: Pending[],
  step: StepDraft,
  body: ScopeDraft,
  catches: Tree,
): void {
  if (catches.kind !== 'list') return compilation.malformed(catches.range, '`catch` is a list of `{ when, steps }`.');
  for (const [index, clause] of catches.items.entries()) {
    const steps = valueOf(clause, 'steps');
    const condition = entryOf(clause, 'when');
    if (steps === undefined) {
      compilation.malformed(clause.range, 'A catch is `{ when, steps }`; without `when` it answers every failure.');
      continue;
    }
    if (condition === undefined && index < catches.items.length - 1) {
      compilation.error('PLAN_UNREACHABLE', 'The catches after one without `when` are never taken.', clause.range, {
        hint: 'Move it to the end of the list.',
      });
    }
    const scope = openPart(compilation, pending, step, 'catch', body, steps);
    const slot = index === 0 ? BODY_SLOT + 1 : FINALLY_SLOT + index;
    step.bodies.push({ scope, slot, ...(condition === undefined ? {} : { condition }) });
  }
}

function openPart(
  compilation: Compilation,
  pending: Pending[],
  step: StepDraft,
  part: ScopePart,
  outer: ScopeDraft,
  tree: Tree,
): ScopeDraft {
  const scope = emptyScope(part, outer, step, tree.kind === 'list');
  enqueue(compilation, pending, scope, tree);
  return scope;
}

export function emptyScope(
  part: ScopePart,
  outer: ScopeDraft | null,
  owner: StepDraft | null,
  ordered: boolean,
): ScopeDraft {
  return {
    part,
    outer,
    owner,
    ordered,
    depth: outer === null ? 0 : outer.depth + 1,
    steps: [],
    byId: new Map(),
    byFoldedId: new Map(),
  };
}

export function enqueue(compilation: Compilation, pending: Pending[], scope: ScopeDraft, tree: Tree): void {
  if (tree.kind === 'scalar') return compilation.malformed(tree.range, 'Steps are a list or a map of steps.');
  if (scope.depth > MAX_NESTING) {
    compilation.error('PLAN_TOO_DEEP', `Groups stand inside groups more than ${MAX_NESTING} deep.`, tree.range, {
      hint: 'Give inner groups steps of their own at an outer level.',
    });
    return;
  }
  pending.push({ scope, tree });
}

/** `finally: { steps: […], on-interrupt: true }` and `try: { steps: […] }` are the long form of steps. */
export function stepsOfEnd(tree: Tree | undefined): Tree | undefined {
  const inner = tree?.kind === 'map' ? entryOf(tree, 'steps') : undefined;
  const isLongForm = inner !== undefined && (inner.value.kind === 'list' || tree?.kind === 'map');
  return isLongForm ? inner?.value : tree;
}
