/** Checks one expression where it stands: what it reads becomes edges, what it may not read becomes a problem. */

import type { Span } from '../../core/diagnostic/diagnostic.ts';
import type { ScalarTree } from '../../core/document.ts';
import { ENV_RUN_CALL, type Expr, type Expression, type Template } from '../../core/expr/ast.ts';
import { similarHint } from '../../core/nearest.ts';
import { checkExpression } from '../expr/check.ts';
import { addEdge, findStep, isInHook, pathOf, type StepDraft } from './draft.ts';
import { isEnd, type Place } from './place.ts';
import { type Read, readsOf } from './reads.ts';
import { repeatedContexts } from './repeated.ts';
import { reportIn } from './report-in.ts';
import type { Scene } from './world.ts';

/** An expression in a scalar of the document: `from` is where its source begins in the scalar's value. */
interface Spot {
  readonly scene: Scene;
  readonly place: Place;
  readonly scalar: ScalarTree;
  readonly from: number;
}

/** Adds the edges of what an expression reads, and reports all that is wrong with it. */
export function resolveExpression(
  scene: Scene,
  place: Place,
  expression: Expression,
  scalar: ScalarTree,
  from: number,
): void {
  const { expr } = expression;
  const spot: Spot = { scene, place, scalar, from };
  if (scene.uses.isKept) scene.uses.list.push({ place, expression, scalar, from });
  let isSound = true;
  for (const read of readsOf(expr)) isSound = resolveRead(spot, read) && isSound;
  // What a name means is told once: types of what was misread would only repeat it.
  if (!isSound || scene.isFull()) return;
  const { statuses: status, secrets, wholeSteps: dynamicSteps } = place;
  const problems = checkExpression(expr, { contexts: scene.world.contextsAt(place), status, secrets, dynamicSteps });
  for (const problem of problems) reportIn(scene, scalar, { ...problem, at: from + problem.at });
}

/** False when the read has a problem that is reported here. */
function resolveRead(spot: Spot, read: Read): boolean {
  if (read.kind === 'step')
    return checkSteps(spot, read) && readStep(spot.scene, spot.place, read.id, spanOf(spot, read));
  if (read.kind === 'whole') return checkSteps(spot, read);
  return read.kind !== 'context' || checkContext(spot, read);
}

function spanOf({ scene, scalar, from }: Spot, { at, length }: { readonly at: number; readonly length: number }): Span {
  return scene.locator.spanIn(scalar, from + at, from + at + length);
}

function checkSteps(spot: Spot, read: Read & { readonly context: string }): boolean {
  const { scene, place } = spot;
  if (place.steps) return true;
  scene.error(
    'PLAN_CONTEXT',
    `\`${read.context}\` cannot be read in the \`${place.key}\` of the workflow, which holds for every step.`,
    spanOf(spot, read),
    {
      hint: `Put it in the \`${place.key}\` of the steps that use it.`,
    },
  );
  return false;
}

/** Finds the step and adds the edge to the step that waits for it: the reader, or the group around it that stands beside it. */
export function readStep(scene: Scene, place: Place, id: string, at: Span): boolean {
  const target = findStep(place.scope, id);
  if (target === null) {
    reportUnknown(scene, place, id, at);
    return false;
  }
  let reader = place.step;
  // The `outputs` of a group read its own members, after they have ended.
  if (reader !== null && place.scope !== reader.scope && target.scope.owner === reader) return true;
  while (reader !== null && reader.scope !== target.scope) reader = reader.scope.owner;
  // From `on-failure` and `finally` the steps are seen that ended before.
  if (reader === null) return true;
  if (reader === target) {
    reportSelf(scene, place, target, at);
    return false;
  }
  addEdge(reader, target, [at.start.offset, at.end.offset], place.shapesList === true && reader === place.step);
  return true;
}

function reportUnknown(scene: Scene, place: Place, id: string, at: Span): void {
  if (scene.isFull()) return scene.error('EXPR_UNKNOWN_STEP', '', at);
  const elsewhere = scene.world.findAnywhere(id);
  const group = elsewhere?.scope.owner ?? null;
  if (elsewhere !== undefined && group !== null) {
    scene.error(
      'PLAN_INNER_STEP',
      `\`${id}\` stands inside \`${pathOf(group)}\` and cannot be read from outside.`,
      at,
      {
        hint: `Declare what is needed in the \`outputs\` of \`${pathOf(group)}\`, and read \`steps.${group.id}.outputs.NAME\`.`,
        related: [{ message: `\`${pathOf(elsewhere)}\` stands here`, at: scene.locator.span(elsewhere.idRange) }],
      },
    );
    return;
  }
  if (elsewhere !== undefined && isEnd(elsewhere.scope)) {
    scene.error('EXPR_UNKNOWN_STEP', `\`${pathOf(elsewhere)}\` runs when the run ends and cannot be read here.`, at, {
      label: 'runs later',
    });
    return;
  }
  const names: string[] = [];
  for (let scope: Place['scope'] | null = place.scope; scope !== null; scope = scope.outer)
    names.push(...scope.byId.keys());
  scene.error('EXPR_UNKNOWN_STEP', `There is no step \`${id}\`.`, at, {
    label: `no step \`${id}\``,
    ...similarHint('a step', id, names),
  });
}

function reportSelf(scene: Scene, place: Place, target: StepDraft, at: Span): void {
  const isOwn = place.step === target;
  if (!isOwn && isInHook(place.scope)) return reportOwner(scene, target, at);
  scene.error(
    'PLAN_CYCLE',
    isOwn
      ? `The step \`${target.id}\` reads itself, so it would wait for itself: \`${target.id}\` → \`${target.id}\`.`
      : `\`${place.step === null ? '' : pathOf(place.step)}\` reads the group that it stands in, which ends only after it.`,
    at,
    place.self ? { hint: 'The step that the key belongs to is `self` here.' } : {},
  );
}

function reportOwner(scene: Scene, target: StepDraft, at: Span): void {
  const message = `The step \`${target.id}\` ends only after its hooks, so they cannot read it by its id.`;
  scene.error('PLAN_CYCLE', message, at, { hint: 'In its hooks it is `self`, and why it failed is `error`.' });
}

export function reportUndeclared(scene: Scene, name: string, at: Span): void {
  scene.error('PLAN_SECRET_UNDECLARED', `The workflow does not declare the secret \`${name}\`.`, at, {
    hint: `Add it at the top level: \`secrets: [${name}]\`.`,
    ...similarHint('a secret', name, scene.world.secrets),
  });
}

/** Contexts that exist, but not here; one that exists nowhere is the type check's. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['self', 'is there only in the `outputs` of a step, after its action, and in its `on-success` and `on-failure`.'],
  ['item', 'is there only in a step with `for-each`, and in the steps inside it.'],
  ['index', 'is there only in a step with `for-each`, and in the steps inside it.'],
  ['matrix', 'is there only in a step with `matrix`, and in the steps inside it.'],
  ['loop', 'is there only in a step with `loop`, and in the steps inside it.'],
  ['event', 'is there only in the `match` of a `wait` for an event.'],
  ['project', 'belongs to `analyze`, which is not built yet.'],
]);

function checkContext(spot: Spot, read: Read & { readonly kind: 'context' }): boolean {
  const { scene, place } = spot;
  if (read.name === 'self' && place.self) return true;
  if (read.name === 'event' && place.event) return true;
  const why = ELSEWHERE.get(read.name);
  if (why === undefined || repeatedContexts(place).has(read.name)) return true;
  const code = why.endsWith('not built yet.') ? 'PLAN_NOT_BUILT' : 'PLAN_CONTEXT';
  const hint = place.key === 'if' && repeatedContexts({ ...place, repeated: 'item' }).has(read.name);
  scene.error(code, `The context \`${read.name}\` ${why}`, spanOf(spot, read), {
    ...(hint && { hint: 'An `if` is asked once, before there are items: `filter` leaves items out.' }),
  });
  return false;
}

/** The template of `env: { NAME: { run: command } }`: the output of a command, captured once for the whole run and journaled. */
export function envRunTemplate(command: string): Template {
  const argument: Expr = { kind: 'literal', at: 0, value: command };
  return {
    kind: 'value',
    expression: { source: `run: ${command}`, expr: { kind: 'call', at: 0, name: ENV_RUN_CALL, args: [argument] } },
  };
}
