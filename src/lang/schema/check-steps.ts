/** Checks what a schema cannot say well: that each step has exactly one action, and its keys fit that action. Knows no names. */
import type { MapEntry, MapTree, Tree } from '../../core/document.ts';
import { nearest } from '../../core/nearest.ts';
import { PLACES } from '../generated/schemas.js';
import { FAMILIAR_KEYS } from './reserved-keys.ts';
import { listed, type ShapeProblem } from './shape-words.ts';

/** The actions of this version, in the order in which messages name them. */
const ACTIONS = [
  'run',
  'http',
  'claude',
  'mcp',
  'uses',
  'write',
  'service',
  'set',
  'fail',
  'wait',
  'approve',
  'steps',
  'parallel',
  'choose',
  'race',
  'try',
  'workflow',
  'include',
] as const;

const STEP = 'workflow.schema.json#/definitions/step';
const STEP_KEYS: ReadonlySet<string> = new Set(PLACES[STEP]?.keys ?? []);
const ACTION_KEYS: ReadonlySet<string> = new Set(ACTIONS);
/** An action in `on-failure`; beside another action what undoes that. */
const COMPENSATE = 'compensate';
/** Keys that mean something only beside one action. */
const BESIDE: Readonly<Record<string, string>> = {
  max: 'parallel',
  'fail-fast': 'parallel',
  stdin: 'run',
  'success-codes': 'run',
  catch: 'try',
  finally: 'try',
};
/** And those that mean something beside a few. */
const BESIDE_SOME: Readonly<Record<string, readonly string[]>> = {
  'max-output': ['run', 'http', 'mcp'],
  cache: ['run', 'http', 'mcp', 'uses', 'write'],
  shell: ['run', 'service'],
  with: ['workflow', 'include', 'uses'],
  once: ['run', 'http', 'mcp', 'uses', 'write'],
  compensate: [
    'run',
    'http',
    'mcp',
    'uses',
    'write',
    'workflow',
    'include',
    'steps',
    'parallel',
    'choose',
    'race',
    'try',
    'compensate',
  ],
};

interface Walk {
  readonly problems: ShapeProblem[];
  /** In a literate workflow the action of a step may stand in its section. */
  readonly isLiterate: boolean;
}

/** All problems of the steps of a workflow. Recursion is bounded by the depth that the readers allow. */
export function checkSteps(root: MapTree, isLiterate: boolean): readonly ShapeProblem[] {
  const walk: Walk = { problems: [], isLiterate };
  for (const { key, value } of root.entries) {
    if (key === 'steps') checkScope(walk, value, isLiterate);
    else if (key === 'on-failure' || key === 'on-success') checkScope(walk, value, false, key === 'on-failure');
    else if (key === 'finally') checkScope(walk, longForm(value) ?? value, false);
  }
  return walk.problems;
}

/** The steps of `finally: { steps: …, on-interrupt: … }`. */
function longForm(tree: Tree): Tree | undefined {
  return tree.kind === 'map' ? tree.entries.find((entry) => entry.key === 'steps')?.value : undefined;
}

/** `mayUndo`: what stands there are the members of an `on-failure`, which may undo others. */
function checkScope(walk: Walk, tree: Tree, mayLackAction: boolean, mayUndo = false): void {
  if (tree.kind === 'list') {
    for (const item of tree.items) if (item.kind === 'map') checkStep(walk, item, null, mayLackAction, mayUndo);
  } else if (tree.kind === 'map') {
    for (const entry of tree.entries)
      if (entry.value.kind === 'map') checkStep(walk, entry.value, entry, mayLackAction, mayUndo);
  }
}

function checkStep(walk: Walk, step: MapTree, entry: MapEntry | null, mayLackAction: boolean, mayUndo = false): void {
  const actions = step.entries.filter((one) => ACTION_KEYS.has(one.key));
  const [action, second] = actions;
  const undoing = step.entries.find(({ key }) => key === COMPENSATE);
  if (action === undefined && undoing !== undefined && mayUndo && isSelection(undoing.value)) {
    checkBeside(walk, step, undoing);
    if (undoing.value.kind === 'scalar' && undoing.value.value !== 'all') walk.problems.push(notAll(undoing));
    return;
  }
  if (undoing !== undefined) checkUndoing(walk, undoing, action !== undefined || mayLackAction);
  if (action === undefined) {
    // A key that is unknown or not built is most likely the action that was meant; it has a diagnostic of its own.
    if (!mayLackAction && step.entries.every((one) => STEP_KEYS.has(one.key)))
      walk.problems.push(noAction(step, entry));
    return;
  }
  if (second !== undefined) walk.problems.push(twoActions(action, second, actions));
  else checkBeside(walk, step, action);
  for (const { key, value } of step.entries)
    if (key === 'on-success' || key === 'on-failure') checkScope(walk, value, false);
  checkRepeated(walk, step);
  checkId(walk, step, entry);
  for (const one of actions) {
    if (one.key === 'steps' || one.key === 'parallel' || one.key === 'race') checkScope(walk, one.value, false);
    else if (one.key === 'choose' && one.value.kind === 'list')
      for (const branch of one.value.items) checkBranch(walk, branch);
    else if (one.key === 'try') checkParts(walk, step, one);
  }
}

function noAction(step: MapTree, entry: MapEntry | null): ShapeProblem {
  return {
    code: 'DOC_NO_ACTION',
    message:
      entry === null
        ? 'The step does nothing: it has no action.'
        : `The step \`${entry.key}\` does nothing: it has no action.`,
    range: entry?.keyRange ?? step.entries[0]?.keyRange ?? step.range,
    label: 'no action',
    hint: `Add one of ${listed(
      ACTIONS.map((name) => `\`${name}\``),
      ' or ',
    )}.`,
  };
}

function twoActions(first: MapEntry, second: MapEntry, all: readonly MapEntry[]): ShapeProblem {
  const isGroup = second.key === 'steps' || first.key === 'steps';
  return {
    code: 'DOC_TWO_ACTIONS',
    message: `A step has one action, and this one has ${listed(all.map((one) => `\`${one.key}\``))}.`,
    range: second.keyRange,
    label: 'the second action',
    hint: isGroup ? 'Make the other one a step of the group.' : 'Write two steps.',
    related: { message: `the first action, \`${first.key}\``, range: first.keyRange },
  };
}

function checkBeside(walk: Walk, step: MapTree, action: MapEntry): void {
  for (const { key, keyRange } of step.entries) {
    const owner = Object.hasOwn(BESIDE, key) ? BESIDE[key] : undefined;
    const owners = owner === undefined ? ownersOf(key) : [owner];
    if (owners.length === 0 || owners.includes(action.key)) continue;
    const words = listed(
      owners.map((one) => `\`${one}\``),
      ' or ',
    );
    const message = `\`${key}\` belongs to ${words}, and this step has \`${action.key}\`.`;
    walk.problems.push({
      code: 'DOC_UNKNOWN_KEY',
      message,
      range: keyRange,
      label: `means nothing beside \`${action.key}\``,
    });
  }
}

/** `all`, or ids. */
function isSelection(tree: Tree): boolean {
  return tree.kind === 'scalar' || (tree.kind === 'list' && tree.items.every(({ kind }) => kind === 'scalar'));
}

function notAll({ value: { range } }: MapEntry): ShapeProblem {
  const hint = 'Write `compensate: all`, or the ids in a list: `compensate: [tag, publish]`.';
  return { code: 'DOC_BAD_VALUE', message: '`compensate` undoes `all`, or a list of steps.', range, hint };
}

/** What undoes a step: steps, or one in place. */
function checkUndoing(walk: Walk, { value, keyRange }: MapEntry, hasAction: boolean): void {
  if (!isSelection(value)) {
    const isOne = value.kind === 'map' && value.entries.some(({ key }) => ACTION_KEYS.has(key));
    if (isOne) checkStep(walk, value, null, false);
    else checkScope(walk, value, false);
  } else if (hasAction) {
    walk.problems.push({
      code: 'DOC_BAD_VALUE',
      message: '`compensate` beside an action says how the step is undone: it is a step, or a list of steps.',
      range: keyRange,
      hint: 'Write `compensate: { run: … }`. What undoes others is a step of its own in `on-failure`: `- compensate: all`.',
    });
  } else {
    walk.problems.push({
      code: 'DOC_BAD_VALUE',
      message: '`compensate` as an action is a step of the `on-failure` of a workflow.',
      range: keyRange,
      hint: 'Put it there: `on-failure: [{ compensate: all }]`.',
    });
  }
}

/** Both say what the step is done for. */
function checkRepeated(walk: Walk, step: MapTree): void {
  const [first, second] = step.entries.filter(({ key }) => key === 'for-each' || key === 'matrix');
  if (first === undefined || second === undefined) return;
  walk.problems.push({
    code: 'DOC_BAD_VALUE',
    message: '`for-each` and `matrix` cannot stand on one step.',
    range: second.keyRange,
    hint: 'Put one of them on a group around the step, or add the list as an axis of the matrix.',
    related: { message: `\`${first.key}\` stands here`, range: first.keyRange },
  });
}

function ownersOf(key: string): readonly string[] {
  return Object.hasOwn(BESIDE_SOME, key) ? (BESIDE_SOME[key] ?? []) : [];
}

/** In a map the key is the id; another `id` inside would be ignored. */
function checkId(walk: Walk, step: MapTree, entry: MapEntry | null): void {
  if (entry === null) return;
  const id = step.entries.find((one) => one.key === 'id');
  if (id === undefined || id.value.kind !== 'scalar' || id.value.source === entry.key) return;
  const message = `The id of this step is its key, \`${entry.key}\`; it cannot have another.`;
  walk.problems.push({ code: 'DOC_BAD_VALUE', message, range: id.keyRange, hint: 'Remove `id`, or rename the key.' });
}

/** The steps of a `try` and of what stands beside it. */
function checkParts(walk: Walk, step: MapTree, body: MapEntry): void {
  checkScope(walk, longForm(body.value) ?? body.value, false);
  const part = (key: string): MapEntry | undefined => step.entries.find((entry) => entry.key === key);
  const catches = part('catch');
  const last = part('finally');
  if (last !== undefined) checkScope(walk, longForm(last.value) ?? last.value, false);
  if (catches?.value.kind === 'list') {
    for (const clause of catches.value.items) {
      const steps = clause.kind === 'map' ? clause.entries.find((entry) => entry.key === 'steps') : undefined;
      if (steps !== undefined) checkScope(walk, steps.value, false);
    }
  }
  if (catches !== undefined || last !== undefined) return;
  walk.problems.push({
    code: 'DOC_MISSING_KEY',
    message: '`try` does something only with `catch` or `finally` beside it.',
    range: body.keyRange,
    label: '`catch` and `finally` are missing',
    hint: 'Add `catch: [{ when: error.code == …, steps: … }]`, or use `steps:` for a plain group.',
  });
}

function checkBranch(walk: Walk, branch: Tree): void {
  if (branch.kind !== 'map') return;
  const has = (key: string): MapEntry | undefined => branch.entries.find((entry) => entry.key === key);
  const otherwise = has('else');
  const steps = has('steps');
  const condition = has('if');
  const extra = otherwise === undefined ? undefined : (condition ?? steps);
  const range = branch.entries[0]?.keyRange ?? branch.range;
  const hint = 'A branch is `{ if: …, steps: … }`, and the last may be `{ else: steps }`.';
  if (extra !== undefined) {
    walk.problems.push({
      code: 'DOC_BAD_VALUE',
      message: `\`else\` and \`${extra.key}\` cannot stand in one branch.`,
      range: extra.keyRange,
      hint,
    });
  } else if (otherwise === undefined && (condition === undefined || steps === undefined)) {
    const missing = condition === undefined ? 'if' : 'steps';
    walk.problems.push({
      code: 'DOC_MISSING_KEY',
      message: `The branch has no \`${missing}\`.`,
      range,
      label: `\`${missing}\` is missing`,
      hint,
    });
  }
  for (const part of [steps, otherwise]) if (part !== undefined) checkScope(walk, part.value, false);
}

/** The hint for an unknown key in a step that has no action: the action that was meant, or all of them. */
export function actionHint(step: MapTree, key: string): string | null {
  if (step.entries.some((entry) => ACTION_KEYS.has(entry.key))) return null;
  if (Object.hasOwn(FAMILIAR_KEYS[STEP] ?? {}, key) || nearest(key, STEP_KEYS) !== null) return null;
  return `The action of a step is one of ${listed(
    ACTIONS.map((name) => `\`${name}\``),
    ' or ',
  )}.`;
}
