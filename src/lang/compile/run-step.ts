/** Compiles the action `run` to the request that its step type takes. Knows shells by name; how values get into a script is the lowering's affair. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { Json } from '../../core/json.ts';
import { parseTemplate } from '../expr/parse.ts';
import { lowerScript } from '../lower-shell/index.ts';
import { type Defaults, type Shell, shellOf } from './defaults.ts';
import type { StepDraft } from './draft.ts';
import { type Place, placeOf } from './place.ts';
import { bytesOf, wholeOf } from './quantities.ts';
import { scriptRequest } from './script.ts';
import { stdinTemplate } from './stdin.ts';
import { literal, textTemplate, valueTemplate } from './text.ts';
import { entryOf, isText } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

const MAX_POSIX_CODE = 255;
/** Exit codes of Windows are 32 bits wide. */
const MAX_EXIT_CODE = 0xff_ff_ff_ff;

/** A template that evaluates to a RunRequest. */
export function compileRun(scene: Scene, step: StepDraft, defaults: Defaults): Template {
  const entry = entryOf(step.tree, 'run');
  return entry === undefined ? literal(null) : compileRunOf(scene, step, entry.value, defaults);
}

/** The same for a script or a list that stands elsewhere. */
export function compileRunOf(scene: Scene, step: StepDraft, tree: Tree, defaults: Defaults): Template {
  const program = programOf(scene, step, tree, 'run', defaults);
  return requestTemplate([...program.fields, ...surroundings(scene, step, program.shell)]);
}

/** A program that stands under another key: a template that evaluates to a RunRequest. */
export function compileProgram(
  scene: Scene,
  step: StepDraft,
  tree: Tree,
  key: string,
  defaults: Defaults,
  more: Partial<Place> = {},
): Template {
  const { fields } = programOf(scene, step, tree, key, defaults, more);
  return requestTemplate([...fields, ['cwd', cwdOf(scene, step)]]);
}

interface Program {
  readonly fields: Fields;
  /** Null for a list, which no shell reads. */
  readonly shell: Shell | null;
}

function programOf(
  scene: Scene,
  step: StepDraft,
  tree: Tree,
  key: string,
  defaults: Defaults,
  more: Partial<Place> = {},
): Program {
  const place = placeOf(step, key, { secrets: true, ...more });
  refuseEmpty(scene, tree, key);
  if (tree.kind === 'list') return { fields: argvRequest(scene, tree, place), shell: null };
  const shell = shellOfStep(scene, step, defaults);
  return { fields: scriptRequest(scene, tree, place, shell), shell };
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

function refuseEmpty(scene: Scene, tree: Tree, key: string): void {
  const program = tree.kind === 'list' ? tree.items[0] : tree;
  if (program === undefined || !isText(program) || program.value.trim() !== '') return;
  scene.error('PLAN_EMPTY_RUN', `\`${key}\` is empty: there is nothing to run.`, program.range, {
    hint: 'Write a command, or `true` for a step that does nothing.',
  });
}

function argvRequest(scene: Scene, tree: Tree & { readonly kind: 'list' }, place: Place): Fields {
  if (tree.items.length === 0) scene.malformed(tree.range, 'The list of a `run` names at least a program.');
  const items = tree.items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return valueTemplate(scene, item, place, 'refuse');
    return textTemplate(scene, item, place, 'refuse');
  });
  noteProgram(scene, tree.items, place);
  const isKnown = items.every((item) => item.kind === 'literal');
  return [['argv', isKnown ? literal(items.map((item) => item.value)) : { kind: 'argv', items }]];
}

/** Which values of a list are the program, or may be run by it: the list as a command of a shell, each literal item in quotes. */
function noteProgram(scene: Scene, items: readonly Tree[], place: Place): void {
  if (!scene.uses.isKept || !items.some((item) => isText(item) && item.value.includes('${{'))) return;
  const holes = items.flatMap((item) => {
    const parsed = isText(item) ? parseTemplate(item.value) : null;
    return parsed?.ok === true && isText(item) ? [{ item, parts: parsed.parts }] : [];
  });
  const script = holes.flatMap(({ parts }) => [
    ...parts.map((part) => (typeof part === 'string' ? quoted(part) : part)),
    ' ',
  ]);
  const lowered = lowerScript(script, 'bash');
  for (const { code, by, index } of lowered.ok ? lowered.warnings : []) {
    const all = holes.flatMap(({ item, parts }) =>
      parts.flatMap((part) => (typeof part === 'string' ? [] : [{ scalar: item, expression: part, from: part.start }])),
    );
    for (const use of index === null ? all : all.slice(index, index + 1))
      scene.uses.list.push({ place, ...use, runs: code === 'SHELL_VALUE_IS_PROGRAM' ? '' : by });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What the program finds around it: folder and stdin; and what giga makes of its end. */
function surroundings(scene: Scene, step: StepDraft, shell: Shell | null): Fields {
  const stdin = entryOf(step.tree, 'stdin');
  const codes = entryOf(step.tree, 'success-codes');
  const limit = entryOf(step.tree, 'max-output');
  const maxOutput = limit === undefined ? undefined : bytesOf(scene, limit.value, 'max-output');
  return [
    ['cwd', cwdOf(scene, step)],
    ...(stdin === undefined
      ? []
      : [['stdin', stdinTemplate(scene, stdin.value, placeOf(step, 'stdin', { secrets: true }))] as const]),
    ...(codes === undefined ? [] : [['successCodes', literal(codesOf(scene, codes.value, shell))] as const]),
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

/** A shell of POSIX gives the last eight bits of an exit code; a greater one would never be met. */
function codesOf(scene: Scene, tree: Tree, shell: Shell | null): readonly number[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  return items.flatMap((item) => {
    const code = wholeOf(scene, item, 'success-codes', 0, MAX_EXIT_CODE);
    if (code === undefined) return [];
    if (code > MAX_POSIX_CODE && (shell === 'bash' || shell === 'sh'))
      scene.error('PLAN_EXIT_CODE', `${shell} never ends with exit code ${code}.`, item.range, {
        hint: 'Exit codes go from 0 to 255; only a program of Windows, run by `pwsh`, `cmd` or as a list, may give a greater one.',
      });
    return [code];
  });
}
