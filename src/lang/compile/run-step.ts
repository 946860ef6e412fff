/** Compiles the action `run` to the request that its step type takes. Knows shells by name; how values get into a script is the lowering's affair. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { Json } from '../../core/json.ts';
import { type Defaults, type Shell, shellOf } from './defaults.ts';
import type { StepDraft } from './draft.ts';
import { type Place, placeOf } from './place.ts';
import { bytesOf, wholeOf } from './quantities.ts';
import { scriptRequest } from './script.ts';
import { stdinTemplate } from './stdin.ts';
import { literal, textTemplate, valueTemplate } from './text.ts';
import { entryOf } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

/** Exit codes of Windows are 32 bits wide. */
const MAX_EXIT_CODE = 0xff_ff_ff_ff;

/** A template that evaluates to a RunRequest. */
export function compileRun(scene: Scene, step: StepDraft, defaults: Defaults): Template {
  const entry = entryOf(step.tree, 'run');
  if (entry === undefined) return literal(null);
  return requestTemplate([...programOf(scene, step, entry.value, 'run', defaults), ...surroundings(scene, step)]);
}

/** A program that stands under another key: a template that evaluates to a RunRequest. */
export function compileProgram(scene: Scene, step: StepDraft, tree: Tree, key: string, defaults: Defaults): Template {
  return requestTemplate([...programOf(scene, step, tree, key, defaults), ['cwd', cwdOf(scene, step)]]);
}

function programOf(scene: Scene, step: StepDraft, tree: Tree, key: string, defaults: Defaults): Fields {
  const place = placeOf(step, key, { secrets: true });
  return tree.kind === 'list'
    ? argvRequest(scene, tree, place)
    : scriptRequest(scene, tree, place, shellOfStep(scene, step, defaults));
}

/** As `objectTemplate`; the keys are the compiler's own, so a common object, which is small and fast, can hold them. */
export function requestTemplate(fields: Fields): Template {
  const values: [string, Json][] = [];
  for (const [key, field] of fields) {
    if (field.kind !== 'literal') return { kind: 'object', entries: fields };
    values.push([key, field.value]);
  }
  return { kind: 'literal', value: Object.fromEntries(values) };
}

function argvRequest(scene: Scene, tree: Tree & { readonly kind: 'list' }, place: Place): Fields {
  if (tree.items.length === 0) scene.malformed(tree.range, 'The list of a `run` names at least a program.');
  const items = tree.items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return valueTemplate(scene, item, place, 'refuse');
    return textTemplate(scene, item, place, 'refuse');
  });
  const isKnown = items.every((item) => item.kind === 'literal');
  return [['argv', isKnown ? literal(items.map((item) => item.value)) : { kind: 'argv', items }]];
}

/** What the program finds around it: folder and stdin; and what giga makes of its end. */
function surroundings(scene: Scene, step: StepDraft): Fields {
  const stdin = entryOf(step.tree, 'stdin');
  const codes = entryOf(step.tree, 'success-codes');
  const limit = entryOf(step.tree, 'max-output');
  const maxOutput = limit === undefined ? undefined : bytesOf(scene, limit.value, 'max-output');
  return [
    ['cwd', cwdOf(scene, step)],
    ...(stdin === undefined
      ? []
      : [['stdin', stdinTemplate(scene, stdin.value, placeOf(step, 'stdin', { secrets: true }))] as const]),
    ...(codes === undefined ? [] : [['successCodes', literal(codesOf(scene, codes.value))] as const]),
    ...(maxOutput === undefined ? [] : [['maxOutput', literal(maxOutput)] as const]),
  ];
}

/** Its own `cwd`, or that of the nearest group around it, or the workspace root. */
export function cwdOf(scene: Scene, step: StepDraft): Template {
  const holder = nearestWith(step, 'cwd');
  const entry = entryOf(holder?.tree, 'cwd');
  if (holder === null || entry === undefined) return literal('');
  return textTemplate(scene, entry.value, placeOf(holder, 'cwd'), 'refuse');
}

function shellOfStep(scene: Scene, step: StepDraft, defaults: Defaults): Shell {
  const holder = nearestWith(step, 'shell');
  return shellOf(scene, entryOf(holder?.tree, 'shell')?.value) ?? defaults.shell;
}

function nearestWith(step: StepDraft, key: string): StepDraft | null {
  for (let at: StepDraft | null = step; at !== null; at = at.scope.owner)
    if (entryOf(at.tree, key) !== undefined) return at;
  return null;
}

function codesOf(scene: Scene, tree: Tree): readonly number[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  return items.flatMap((item) => wholeOf(scene, item, 'success-codes', 0, MAX_EXIT_CODE) ?? []);
}
