/** What untrusted text the contexts of an expression may hold: `steps`, `inputs`, `env`, `item` and the others. Knows where steps stand, not what they do. */

import type { Template } from '../../core/expr/ast.ts';
import type { InputSpec } from '../../core/plan/plan.ts';
import type { Sources } from '../../core/taint/flow.ts';
import { flowOfTemplate } from '../../core/taint/flow.ts';
import { sift } from '../../core/taint/sift.ts';
import { anyMember, join, member, namesIn, parts, type Taint, text } from '../../core/taint/taint.ts';
import { findStep, isHook, isInHook, type ScopeDraft, type StepDraft } from '../compile/draft.ts';
import { type Place, placeOf, workflowPlace } from '../compile/place.ts';
import type { LoneNode } from '../compile/step.ts';
import { readonlyMap } from '../compile/views.ts';
import type { Scene } from '../compile/world.ts';

/** A file as its flows are looked at. */
export interface FlowFile {
  readonly scene: Scene;
  readonly main: ScopeDraft;
  /** Those that stand in no step. */
  readonly scopes: readonly ScopeDraft[];
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** What the workflow itself declares under `env`. */
  readonly env: Readonly<Record<string, Template>>;
  readonly compiled: ReadonlyMap<StepDraft, LoneNode>;
}

/** What is known of steps. */
export interface StepFlows {
  /** As `steps.ID`. */
  step(step: StepDraft): Taint;
  /** As `self`, in its own keys and its hooks. */
  self(step: StepDraft): Taint;
  /** As `loop.last.outputs`. */
  last(step: StepDraft): Taint;
  /** The message of any failure. */
  message(): Taint;
}

export function makeContexts(file: FlowFile, flows: StepFlows): (place: Place) => Sources {
  const inputs = inputsOf(file);
  const stepsIn = new Map<ScopeDraft, Taint>();
  const stepsOf = (scope: ScopeDraft): Taint => {
    const known = stepsIn.get(scope) ?? stepsAt(scope, flows);
    stepsIn.set(scope, known);
    return known;
  };
  const sourcesAt = (place: Place): Sources => ({ context: (name) => contextOf(place, name) });
  const variables = makeVariables(file, sourcesAt);
  const contextOf = (place: Place, name: string): Taint => {
    switch (name) {
      case 'steps':
      case 'needs':
        return stepsOf(place.scope);
      case 'inputs':
        return inputs;
      case 'env':
        return variables(place.step);
      case 'self':
        return selfAt(place, flows);
      case 'error':
        return parts([['message', flows.message()]]);
      case 'event':
        return text({ kind: 'event', of: 'event', via: [] });
      default:
        return repeatedAt(file, place, name, sourcesAt, flows);
    }
  };
  return sourcesAt;
}

/** Of the file that is run itself they come from its user; of others, from whoever names it. */
function inputsOf({ inputs }: FlowFile): Taint {
  return parts(
    Object.entries(inputs).map(
      ([name, { schema }]) => [name, sift(schema, text({ kind: 'given', of: `inputs.${name}`, via: [] }))] as const,
    ),
  );
}

function stepsAt(scope: ScopeDraft, flows: StepFlows): Taint {
  const get = (id: string): Taint => {
    const step = findStep(scope, id);
    return step === null ? null : flows.step(step);
  };
  function* keys(): MapIterator<string> {
    for (let at: ScopeDraft | null = scope; at !== null; at = at.outer) yield* at.byId.keys();
    return undefined;
  }
  const fields = readonlyMap<Taint>((id) => findStep(scope, id) !== null, get, keys);
  return { kind: 'parts', fields, rest: null };
}

function selfAt(place: Place, flows: StepFlows): Taint {
  if (place.step === null) return null;
  if (!isInHook(place.step.scope)) return flows.self(place.step);
  for (let scope: ScopeDraft | undefined = place.step.scope; scope !== undefined; scope = scope.owner?.scope)
    if (isHook(scope) && scope.owner !== null) return flows.self(scope.owner);
  return null;
}

/** The variables that a step sees: its own, those of the groups around it, those of the workflow. */
function makeVariables(file: FlowFile, sourcesAt: (place: Place) => Sources): (step: StepDraft | null) => Taint {
  const made = new Map<StepDraft | null, Map<string, Taint>>();
  const busy = new Set<string>();
  const read = (holder: StepDraft | null, name: string, template: Template): Taint => {
    const known = made.get(holder)?.get(name);
    if (known !== undefined) return known;
    const place = holder === null ? workflowPlace(file.main, 'env') : placeOf(holder, 'env');
    const taint = flowOfTemplate(template, sourcesAt(place));
    made.set(holder, (made.get(holder) ?? new Map<string, Taint>()).set(name, taint));
    return taint;
  };
  const envOf = (holder: StepDraft | null): Readonly<Record<string, Template>> =>
    holder === null ? file.env : (file.compiled.get(holder)?.env ?? {});
  const find = (step: StepDraft | null, name: string): Taint => {
    for (const holder of outwards(step)) {
      const template = envOf(holder)[name];
      const key = `${holder === null ? '' : holder.idRange.join()} ${name}`;
      // A variable that is made of itself is made of the one around it.
      if (template === undefined || busy.has(key)) continue;
      busy.add(key);
      const taint = read(holder, name, template);
      busy.delete(key);
      return taint;
    }
    return file.scene.role.kind === 'fragment' ? text({ kind: 'given', of: `env.${name}`, via: [] }) : null;
  };
  const around = file.scene.role.kind === 'fragment' ? file.scene.role.env : [];
  const seen = new Map<StepDraft | null, Taint>();
  const seenBy = (step: StepDraft | null): Taint => {
    const known = seen.get(step);
    if (known !== undefined) return known;
    // What declares none sees what is seen around it.
    const hasNone = Object.keys(envOf(step)).length === 0;
    const isEnd = step === null && around.length === 0;
    const view = hasNone && step !== null ? seenBy(step.scope.owner) : hasNone && isEnd ? null : viewOf(step);
    seen.set(step, view);
    return view;
  };
  const viewOf = (step: StepDraft | null): Taint => {
    const names = (): readonly string[] => [...outwards(step)].flatMap((holder) => Object.keys(envOf(holder)));
    const fields = readonlyMap<Taint>(
      () => true,
      (name) => find(step, name),
      () => new Set([...names(), ...around]).values(),
    );
    return { kind: 'parts', fields, rest: null };
  };
  return seenBy;
}

function* outwards(step: StepDraft | null): Iterable<StepDraft | null> {
  for (let at = step; at !== null; at = at.scope.owner) yield at;
  yield null;
}

/** `item`, `matrix`, `loop` and the names that `as` gives: of the innermost step that has them. */
function repeatedAt(
  { compiled }: FlowFile,
  place: Place,
  name: string,
  sourcesAt: (place: Place) => Sources,
  flows: StepFlows,
): Taint {
  for (const { step, withLoop } of repeatersOf(place)) {
    const again = compiled.get(step)?.again;
    if (name === 'loop' && withLoop && again?.loop !== undefined)
      return parts([['last', parts([['outputs', flows.last(step)]])]]);
    const each = again?.each;
    if (each === undefined) continue;
    const sources = sourcesAt(placeOf(step, 'for-each', { repeated: 'around' }));
    if (each.from.kind === 'matrix') {
      if (name === 'matrix') return matrixOf(each.from, sources);
    } else if (name === 'item' || name === each.as?.toLowerCase()) return itemOf(each.from.items, sources);
  }
  return null;
}

/** The steps around a place that are done more than once, the innermost first, as their contexts are seen there. */
function* repeatersOf(place: Place): Iterable<{ readonly step: StepDraft; readonly withLoop: boolean }> {
  if (place.step === null) return;
  if (place.repeated !== 'around') yield { step: place.step, withLoop: place.repeated === 'all' };
  for (let { scope } = place.step; scope.owner !== null; scope = scope.owner.scope)
    if (!isHook(scope) || scope.part === 'compensation') yield { step: scope.owner, withLoop: true };
}

/** Of an object the items are `{ key, value }`. */
function itemOf(template: Template, sources: Sources): Taint {
  const items = flowOfTemplate(template, sources);
  const item = anyMember(items);
  if (template.kind === 'list' || items?.kind !== 'parts') return item;
  const names = items.fields.size > 0 ? namesIn(items) : null;
  return join(
    item,
    parts([
      ['key', names],
      ['value', item],
    ]),
  );
}

function matrixOf(
  { axes, include }: { readonly axes: readonly (readonly [string, Template])[]; readonly include?: Template },
  sources: Sources,
): Taint {
  const more = include === undefined ? null : anyMember(flowOfTemplate(include, sources));
  const fields = axes.map(
    ([name, values]) => [name, join(anyMember(flowOfTemplate(values, sources)), member(more, name))] as const,
  );
  return join(more, parts(fields));
}
