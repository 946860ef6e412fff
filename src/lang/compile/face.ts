/** What a file shows to those that name it: types of its outputs, places of its declarations, its size. Knows no steps that name it. */
import type { MapTree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { ANY, LIST, OBJECT, STRING, type Type } from '../../core/expr/type.ts';
import { type Json, unreachable } from '../../core/json.ts';
import type { OutputSpec } from '../../core/plan/plan.ts';
import { inferType } from '../expr/check.ts';
import type { Scopes } from './collect.ts';
import type { Compilation } from './compilation.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { type Face, MAX_FILES_DEEP, MAX_GROUPS_DEEP, MAX_STEPS } from './family.ts';
import { type Place, workflowPlace } from './place.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import { typeOfSchema } from './types.ts';
import type { Scene } from './world.ts';

/** A declared schema says it; else what the value is made of. */
export function outputTypes(
  scene: Scene,
  main: ScopeDraft,
  outputs: Readonly<Record<string, OutputSpec>>,
): ReadonlyMap<string, Type> {
  const place = workflowPlace(main, 'outputs', { wholeSteps: true });
  return new Map(
    Object.entries(outputs).map(([name, { value, schema }]) => {
      const declared = schema === undefined ? ANY : typeOfSchema(schema);
      return [name, declared === ANY ? typeOfTemplate(scene, place, value) : declared] as const;
    }),
  );
}

/** What is known of the value of a template before the run. */
export function typeOfTemplate(scene: Scene, place: Place, template: Template): Type {
  switch (template.kind) {
    case 'literal':
      return typeOfValue(template.value);
    case 'text':
      return STRING;
    case 'list':
    case 'argv':
      return LIST;
    case 'object':
      return OBJECT;
    case 'value': {
      const { wholeSteps: dynamicSteps } = place;
      const found = inferType(template.expression.expr, { contexts: scene.world.contextsAt(place), dynamicSteps });
      return found.problems.length > 0 ? ANY : found.type;
    }
    default:
      return unreachable(template);
  }
}

function typeOfValue(value: Json): Type {
  return typeof value === 'string' ? STRING : ANY;
}

/** Where the file declares its inputs and secrets. */
export function declarations({ locator }: Compilation, root: MapTree): Face['placeOf'] {
  return (what, name) => {
    const tree = valueOf(root, what);
    if (tree?.kind === 'list') {
      const item = tree.items.find((one) => isText(one) && one.value === name);
      return item === undefined ? null : locator.span(item.range);
    }
    const entry = entryOf(tree, name);
    return entry === undefined ? null : locator.span(entry.keyRange);
  };
}

const OF_FRAGMENTS: readonly string[] = ['kind', 'name', 'description', 'tags', 'inputs', 'steps', 'outputs'];

/** A fragment is part of another workflow: what only a whole one can say has no meaning in it. */
export function checkFragment(compilation: Compilation, root: MapTree): void {
  if (compilation.role.kind !== 'fragment') return;
  for (const { key, keyRange } of root.entries) {
    if (OF_FRAGMENTS.includes(key)) continue;
    compilation.error(
      'PLAN_FRAGMENT',
      `\`${key}\` means nothing in a fragment, which is part of the workflow that includes it.`,
      keyRange,
      {
        hint: 'Run the file with `workflow:` instead of `include:`, or move this to the including workflow.',
      },
    );
  }
}

/** How large the file is with all that it names; null, with a problem at the step that makes it so, when it is too large. */
export function sizeOf(
  compilation: Compilation,
  { all }: Scopes,
): Pick<Face, 'steps' | 'filesDeep' | 'groupsDeep'> | null {
  let steps = all.reduce((sum, scope) => sum + scope.steps.length, 0);
  let filesDeep = 1;
  let groupsDeep = 0;
  for (const scope of all) {
    groupsDeep = Math.max(groupsDeep, scope.depth + 1);
    for (const step of scope.steps) {
      const faces = (step.children ?? []).flatMap(({ face }) => face ?? []);
      steps += faces.reduce((sum, face) => sum + face.steps, 0);
      filesDeep = Math.max(filesDeep, ...faces.map((face) => face.filesDeep + 1));
      groupsDeep = Math.max(groupsDeep, ...faces.map((face) => face.groupsDeep + scope.depth + 1));
      if (faces.length === 0 || !isTooLarge(compilation, step, steps, filesDeep, groupsDeep)) continue;
      return null;
    }
  }
  return { steps, filesDeep, groupsDeep };
}

function isTooLarge(
  compilation: Compilation,
  { idRange }: StepDraft,
  steps: number,
  filesDeep: number,
  groupsDeep: number,
): boolean {
  const hint = { hint: 'Let parts of it be runs of their own.' };
  if (steps > MAX_STEPS)
    compilation.error(
      'PLAN_TOO_LARGE',
      `With what this step runs there are more than ${MAX_STEPS} steps.`,
      idRange,
      hint,
    );
  else if (filesDeep > MAX_FILES_DEEP)
    compilation.error('PLAN_TOO_DEEP', `Files are named by files more than ${MAX_FILES_DEEP} deep.`, idRange, hint);
  else if (groupsDeep > MAX_GROUPS_DEEP)
    compilation.error(
      'PLAN_TOO_DEEP',
      `Groups stand in one another, through all files, more than ${MAX_GROUPS_DEEP} deep.`,
      idRange,
      hint,
    );
  else return false;
  return true;
}
