/** Compiles `wait`: for a duration, a condition, an event or a file. Knows forms, not how a wait ends. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { Awaited } from '../../core/plan/plan.ts';
import { isSignalName } from '../../core/run/signals.ts';
import type { Defaults } from './defaults.ts';
import type { StepDraft } from './draft.ts';
import { compileHttpIn } from './http-step.ts';
import { type Manner, mannerKeys } from './manner.ts';
import { placeOf } from './place.ts';
import { checkRequest, requestTree, sourceOf } from './probe.ts';
import { durationOf, optionalLimit } from './quantities.ts';
import { compileRunOf, cwdOf } from './run-step.ts';
import { keyExpression, literal, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** How often a condition is checked where nobody says. */
const USUAL_EVERY_MS = 5_000;
const FORMS = '`wait` takes one of `for`, `until`, `event` and `file`.';

type Wait =
  | { readonly kind: 'wait'; readonly for: Template }
  | ({ readonly kind: 'await'; readonly what: Awaited; readonly timeoutMs?: number } & Manner);

export function compileWait(scene: Scene, step: StepDraft, defaults: Defaults): Wait {
  const wait = entryOf(step.tree, 'wait')?.value;
  checkForms(scene, wait);
  const what = awaitedOf(scene, step, wait, defaults);
  if (what === null) return { kind: 'wait', for: durationTemplate(scene, step, wait) };
  const timeoutMs = optionalLimit(scene, wait, 'timeout');
  const manner = what.kind === 'probe' ? mannerKeys(scene, step, defaults) : {};
  return { kind: 'await', what, ...(timeoutMs !== undefined && { timeoutMs }), ...manner };
}

/** Keys of one form mean nothing beside another. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  every: ['until'],
  match: ['event'],
  timeout: ['until', 'event', 'file'],
};

function checkForms(scene: Scene, wait: Tree | undefined): void {
  if (wait === undefined) return;
  const keys = wait.kind === 'map' ? wait.entries : [];
  const [form, second] = keys.filter(({ key }) => ['for', 'until', 'event', 'file'].includes(key));
  if (form === undefined) return scene.malformed(wait.range, FORMS);
  if (second !== undefined) scene.malformed(second.keyRange, `${FORMS} This is the second.`);
  for (const { key, keyRange } of keys) {
    const forms = Object.hasOwn(BESIDE, key) ? (BESIDE[key] ?? []) : [form.key];
    if (form.key === key || forms.includes(form.key) || key === second?.key) continue;
    scene.malformed(keyRange, `\`${key}\` belongs to ${forms.map((one) => `\`${one}\``).join(', ')}.`);
  }
}

function awaitedOf(scene: Scene, step: StepDraft, wait: Tree | undefined, defaults: Defaults): Awaited | null {
  const until = valueOf(wait, 'until');
  if (until !== undefined) return untilOf(scene, step, until, everyOf(scene, wait), defaults);
  const event = valueOf(wait, 'event');
  if (event !== undefined) return eventOf(scene, step, event, valueOf(wait, 'match'));
  const file = valueOf(wait, 'file');
  return file === undefined ? null : fileOf(scene, step, file);
}

function fileOf(scene: Scene, step: StepDraft, file: Tree): Awaited {
  const path = textTemplate(scene, file, placeOf(step, 'file'), 'refuse');
  const cwd = cwdOf(scene, step);
  return { kind: 'file', path, ...(cwd.kind === 'literal' && cwd.value === '' ? {} : { cwd }) };
}

function everyOf(scene: Scene, wait: Tree | undefined): number {
  return optionalLimit(scene, wait, 'every') ?? USUAL_EVERY_MS;
}

function untilOf(scene: Scene, step: StepDraft, until: Tree, everyMs: number, defaults: Defaults): Awaited | null {
  if (until.kind !== 'map') {
    const expression = keyExpression(scene, until, placeOf(step, 'until'));
    return expression === null ? null : { kind: 'condition', until: expression, everyMs };
  }
  const run = valueOf(until, 'run');
  const http = valueOf(until, 'http');
  if ((run === undefined) === (http === undefined)) {
    scene.malformed(until.range, '`until` is an expression, `{ run: … }` or `{ http: … }`.');
    return null;
  }
  const probe = { kind: 'probe', everyMs } as const;
  if (run !== undefined)
    return { ...probe, action: 'run', with: compileRunOf(scene, step, run, defaults), source: sourceOf(run) };
  const request = http === undefined ? undefined : requestTree(http);
  checkRequest(scene, request);
  const url = valueOf(request, 'url');
  const source = url === undefined ? 'http' : sourceOf(url);
  return { ...probe, action: 'http', with: compileHttpIn(scene, step, request), source };
}

function eventOf(scene: Scene, step: StepDraft, tree: Tree, match: Tree | undefined): Awaited {
  const name = isText(tree) ? tree.value : '';
  if (!isSignalName(name))
    scene.malformed(
      tree.range,
      '`event` is the name of an event.',
      'Write 1 to 128 letters, digits, `_`, `-`, `.`, `:` and `/`; the first is a letter or a digit.',
    );
  const expression = match === undefined ? null : keyExpression(scene, match, placeOf(step, 'match', { event: true }));
  return { kind: 'event', name, ...(expression !== null && { match: expression }) };
}

/** A duration without `${{ }}` is checked now; others when they are known. */
function durationTemplate(scene: Scene, step: StepDraft, wait: Tree | undefined): Template {
  const tree = valueOf(wait, 'for');
  if (tree === undefined) return literal('0s');
  if (isText(tree) && tree.value.includes('${{')) return textTemplate(scene, tree, placeOf(step, 'wait'), 'refuse');
  durationOf(scene, tree, 'for');
  return literal(isText(tree) ? tree.value : '0s');
}
