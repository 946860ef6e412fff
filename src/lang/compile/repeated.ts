/** The contexts that a step has because it, or a step around it, is done more than once. Knows keys, no values. */
import type { Tree } from '../../core/document.ts';
import {
  ANY,
  closedObject,
  NULL,
  NUMBER,
  OBJECT,
  openObject,
  type Type,
  unionOf,
  wordOf,
} from '../../core/expr/type.ts';
import { isHook, type StepDraft } from './draft.ts';
import type { Place } from './place.ts';
import { entryOf, isText, valueOf } from './tree.ts';

/** Names that `as` may not take. */
export const contextNames: ReadonlySet<string> = new Set(
  'inputs env steps needs self item index matrix loop run workflow git secrets error project vars event rework'.split(
    ' ',
  ),
);

const LOOP: Type = closedObject({
  iteration: NUMBER,
  last: unionOf(closedObject({ outputs: OBJECT, result: wordOf('succeeded', 'skipped') }), NULL),
});

const NONE: ReadonlyMap<string, Type> = new Map();

/** By name; the innermost of each. */
export function repeatedContexts(place: Place): ReadonlyMap<string, Type> {
  let found: Map<string, Type> | null = null;
  const own =
    place.repeated === 'around' || place.step === null ? [] : contextsOf(place.step, place.repeated === 'all');
  const add = (contexts: readonly (readonly [string, Type])[]): void => {
    for (const [name, type] of contexts) {
      found ??= new Map();
      if (!found.has(name)) found.set(name, type);
    }
  };
  add(own);
  // A hook is done once for the whole step; what undoes it, for each time that it was done.
  for (let scope = place.step?.scope; scope?.owner; scope = scope.owner.scope)
    if (!isHook(scope) || scope.part === 'compensation') add(contextsOf(scope.owner, true));
  return found ?? NONE;
}

function contextsOf(step: StepDraft, withLoop: boolean): readonly (readonly [string, Type])[] {
  const contexts: (readonly [string, Type])[] = [];
  if (withLoop && entryOf(step.tree, 'loop') !== undefined) contexts.push(['loop', LOOP]);
  const forEach = valueOf(step.tree, 'for-each');
  const matrix = valueOf(step.tree, 'matrix');
  if (forEach !== undefined) {
    contexts.push(['item', ANY], ['index', NUMBER]);
    const name = valueOf(forEach, 'as');
    if (isText(name)) contexts.push([name.value.toLowerCase(), ANY]);
  } else if (matrix !== undefined) contexts.push(['matrix', matrixType(matrix)]);
  return contexts;
}

const NO_AXES: readonly string[] = ['exclude', 'filter', 'fail-fast', 'max', 'max-failures'];

/** What is in a combination; open where `include` is not known before the run. */
function matrixType(matrix: Tree): Type {
  if (matrix.kind !== 'map') return OBJECT;
  const fields = new Map<string, Type>();
  let isOpen = false;
  for (const { key, value } of matrix.entries) {
    if (key === 'include') {
      if (value.kind !== 'list') isOpen = true;
      else
        for (const one of value.items)
          for (const name of one.kind === 'map' ? one.entries : []) fields.set(name.key, ANY);
    } else if (!NO_AXES.includes(key)) fields.set(key, ANY);
  }
  return isOpen ? openObject(fields) : closedObject(fields);
}
