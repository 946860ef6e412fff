/** The contexts that a step has because it, or a step around it, is done more than once. Knows keys, no values. */
import { closedObject, NULL, NUMBER, OBJECT, type Type, unionOf, wordOf } from '../../core/expr/type.ts';
import type { StepDraft } from './draft.ts';
import type { Place } from './place.ts';
import { entryOf } from './tree.ts';

const LOOP: Type = closedObject({
  iteration: NUMBER,
  last: unionOf(closedObject({ outputs: OBJECT, result: wordOf('succeeded', 'skipped') }), NULL),
});

const NONE: ReadonlyMap<string, Type> = new Map();

/** By name; the innermost of each. */
export function repeatedContexts(place: Place): ReadonlyMap<string, Type> {
  let found: Map<string, Type> | null = null;
  let step: StepDraft | null = place.repeated ? place.step : (place.step?.scope.owner ?? null);
  for (; step !== null; step = step.scope.owner) {
    for (const [name, type] of contextsOf(step)) {
      found ??= new Map();
      if (!found.has(name)) found.set(name, type);
    }
  }
  return found ?? NONE;
}

function contextsOf(step: StepDraft): readonly (readonly [string, Type])[] {
  return entryOf(step.tree, 'loop') === undefined ? [] : [['loop', LOOP]];
}
