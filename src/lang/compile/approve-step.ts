/** Compiles `approve`: what is asked, of whom, and what a rejection means. Where a rework may go back to is checked once all edges are known. */
import type { MapEntry, MapTree, Tree } from '../../core/document.ts';
import type { JsonObject } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { ApproveNode, NodeBase, Rework } from '../../core/plan/plan.ts';
import { checkSchema } from '../../core/schema/check.ts';
import { followsList } from '../check/cycles.ts';
import { edgesOf, pathOf, type ScopeDraft, type StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { optionalDuration, wholeOf } from './quantities.ts';
import { literal, textTemplate } from './text.ts';
import { entryOf, isText, jsonOf, textOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type Own = Omit<ApproveNode, keyof NodeBase | 'kind'>;

/** The word that rejects; what the core calls so. */
const REJECT = 'reject';
const USUAL_OPTIONS: readonly string[] = ['approve', REJECT];
/** How often a rejection goes back where `max` does not say. */
const USUAL_REWORKS = 3;
const MAX_REWORKS = 100;
const WORD = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function compileApprove(scene: Scene, step: StepDraft): Own {
  const tree = entryOf(step.tree, 'approve')?.value;
  const message = valueOf(tree, 'message');
  if (tree?.kind !== 'map' || message === undefined) {
    if (tree !== undefined) scene.malformed(tree.range, '`approve` takes `{ message, show, … }`.');
    return { message: literal(''), options: USUAL_OPTIONS };
  }
  refuseModifiers(scene, step);
  const show = valueOf(tree, 'show');
  const options = optionsOf(scene, valueOf(tree, 'options'));
  const timeoutMs = optionalDuration(scene, tree, 'timeout');
  return {
    message: textTemplate(scene, message, placeOf(step, 'message'), 'refuse'),
    ...(show === undefined ? {} : { show: textTemplate(scene, show, placeOf(step, 'show'), 'refuse') }),
    options,
    ...given('form', formOf(scene, entryOf(tree, 'form'))),
    ...given('approvers', namesOf(scene, valueOf(tree, 'approvers'))),
    ...given('timeoutMs', timeoutMs),
    ...given('default', defaultOf(scene, tree, options)),
    ...given('onReject', onRejectOf(scene, tree, options)),
  };
}

function given<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T }; // it has the one key, or none
}

/** A failure that counts as none would let the run go on against a rejection. */
function refuseModifiers(scene: Scene, step: StepDraft): void {
  const entry = entryOf(step.tree, 'continue-on-error');
  if (entry === undefined) return;
  scene.error('PLAN_APPROVAL', '`continue-on-error` on an approval would let a rejected run go on.', entry.keyRange, {
    hint: 'Give the verdicts words of their own with `options`, and read `verdict` where it matters.',
  });
}

function optionsOf(scene: Scene, tree: Tree | undefined): readonly string[] {
  if (tree === undefined) return USUAL_OPTIONS;
  const words = namesOf(scene, tree) ?? [];
  const isBad = words.some((word) => !WORD.test(word)) || new Set(words).size < words.length;
  if (isBad) scene.malformed(tree.range, '`options` are different words of letters, digits, `_` and `-`.');
  return words.length === 0 ? USUAL_OPTIONS : words;
}

function namesOf(scene: Scene, tree: Tree | undefined): readonly string[] | undefined {
  if (tree === undefined) return undefined;
  const items = tree.kind === 'list' ? tree.items : [tree];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && item.value !== null) return [textOf(item)];
    scene.malformed(item.range, 'Names are wanted here, one or a list of them.');
    return [];
  });
}

/** A JSON Schema of an object; `type: object` may be left out. */
function formOf(scene: Scene, entry: MapEntry | undefined): JsonObject | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind !== 'map') {
    scene.malformed(
      value.range,
      '`form` is a JSON Schema of an object, such as `{ properties: { ticket: { type: string } } }`.',
    );
    return undefined;
  }
  const schema = { type: 'object', ...(jsonOf(value) as JsonObject) }; // a map is an object
  for (const { path, message } of checkSchema(schema))
    scene.error('PLAN_BAD_SCHEMA', `\`${path}\` ${message}${message.endsWith('?') ? '' : '.'}`, placeIn(value, path));
  if (schema.type !== 'object')
    scene.error('PLAN_BAD_SCHEMA', 'A form is an object.', entryOf(value, 'type')?.value.range ?? value.range);
  return schema;
}

/** Where a part of a schema stands, as far as its path can be followed. */
function placeIn(tree: Tree, path: string): Tree['range'] {
  const [first = '', ...rest] = path.split(/[.[\]]+/).filter((part) => part !== '');
  const inner = valueOf(tree, first);
  return inner === undefined ? tree.range : placeIn(inner, rest.join('.'));
}

function defaultOf(scene: Scene, approve: MapTree, options: readonly string[]): string | undefined {
  const entry = entryOf(approve, 'default');
  if (entry === undefined) return undefined;
  const word = isText(entry.value) ? entry.value.value : '';
  if (!options.includes(word))
    scene.error(
      'PLAN_APPROVAL',
      `\`default: ${word}\` is none of the verdicts: ${options.join(', ')}.`,
      entry.value.range,
      {
        ...similarHint('a verdict', word, options),
      },
    );
  else if (entryOf(approve, 'timeout') === undefined)
    scene.error(
      'PLAN_APPROVAL',
      '`default` is what is taken when `timeout` is over, and there is none.',
      entry.keyRange,
      {
        hint: 'Add `timeout: 24h`, or remove `default`: without a limit the run waits.',
      },
    );
  return word;
}

function onRejectOf(scene: Scene, approve: MapTree, options: readonly string[]): ApproveNode['onReject'] {
  const entry = entryOf(approve, 'on-reject');
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (!options.includes(REJECT))
    scene.error('PLAN_APPROVAL', '`on-reject` without a verdict `reject` says nothing.', entry.keyRange, {
      hint: 'Add `reject` to `options`.',
    });
  if (isText(value) && value.value === 'fail') return undefined; // what holds without being said makes no difference to the plan
  if (isText(value) && value.value === 'skip') return 'skip';
  const to = valueOf(value, 'rework');
  if (to?.kind === 'scalar' && to.value !== null) {
    const max = valueOf(value, 'max');
    const most = max === undefined ? USUAL_REWORKS : wholeOf(scene, max, 'max', 1, MAX_REWORKS);
    return { to: textOf(to), max: most ?? USUAL_REWORKS };
  }
  scene.malformed(value.range, '`on-reject` is `fail`, `skip` or `{ rework: STEP, max: 3 }`.');
  return undefined;
}

/** Whether each rejection that goes back can: to a step of its scope that the approval depends on. To be asked once all edges are known. */
export function checkReworks(scene: Scene, scope: ScopeDraft, reworkOf: (step: StepDraft) => Rework | null): void {
  for (const step of scope.steps) {
    const rework = reworkOf(step);
    if (rework !== null) checkRework(scene, step, rework);
  }
}

function checkRework(scene: Scene, step: StepDraft, { to }: Rework): void {
  const tree = valueOf(valueOf(entryOf(step.tree, 'approve')?.value, 'on-reject'), 'rework');
  const at = tree?.range ?? step.idRange;
  const target = step.scope.byId.get(to);
  const again = ['for-each', 'matrix', 'loop'].find((key) => entryOf(step.tree, key) !== undefined);
  if (again !== undefined)
    return scene.error(
      'PLAN_REWORK',
      `With \`${again}\` beside it, an approval has no steps of its scope to go back to.`,
      at,
      {
        hint: `Put the approval and \`${to}\` in a group, and \`${again}\` on the group.`,
      },
    );
  if (target === undefined) {
    return scene.error('PLAN_REWORK', `\`${pathOf(step)}\` goes back to \`${to}\`, which is no step beside it.`, at, {
      hint: 'It can go back to a step of the same scope.',
      ...similarHint('a step', to, step.scope.byId.keys()),
    });
  }
  if (!dependsOn(step, target))
    scene.error('PLAN_REWORK', `\`${pathOf(step)}\` does not depend on \`${to}\`, so it cannot go back to it.`, at, {
      hint: `Let it need \`${to}\`, or show what \`${to}\` gives.`,
      related: [{ message: `\`${to}\` stands here`, at: scene.locator.span(target.idRange) }],
    });
}

function dependsOn(step: StepDraft, target: StepDraft): boolean {
  const found = new Set<StepDraft>([step]);
  for (const one of found) {
    const before = followsList(one) ? one.scope.steps.slice(0, one.index) : [];
    const needs = [...edgesOf(one).keys()].flatMap((index) => one.scope.steps[index] ?? []);
    for (const earlier of [...before, ...needs]) found.add(earlier);
  }
  return step !== target && found.has(target);
}
