/** Reads `for-each:` and `matrix:`. Knows their keys, not what is done for an item. */
import type { MapTree, Range, Tree } from '../../core/document.ts';
import type { Expression, Template } from '../../core/expr/ast.ts';
import type { EachSpec, ItemList, Matrix } from '../../core/plan/plan.ts';
import { parseShare } from '../../core/units.ts';
import type { StepDraft } from './draft.ts';
import { type Place, placeOf } from './place.ts';
import { flagOf, wholeOf } from './quantities.ts';
import { contextNames } from './repeated.ts';
import { deepTemplate, keyExpression, listTemplate, literal, objectTemplate, valueTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

const MAX_AT_ONCE = 10_000;
const MOST = 1_000_000;
/** Keys of `matrix` that are no axes. */
const MATRIX_KEYS: readonly string[] = ['include', 'exclude', 'filter', 'fail-fast', 'max', 'max-failures'];

export function compileEach(scene: Scene, step: StepDraft): EachSpec | undefined {
  const forEach = valueOf(step.tree, 'for-each');
  const matrix = valueOf(step.tree, 'matrix');
  if (forEach !== undefined) return compileForEach(scene, step, forEach);
  if (matrix === undefined) return undefined;
  if (matrix.kind === 'map') return { from: matrixOf(scene, step, matrix), ...sharedKeys(scene, step, matrix) };
  scene.malformed(matrix.range, '`matrix` is a map of axes, each a list of values.');
  return undefined;
}

/** `for-each: list`, or `for-each: { items: list, … }`. */
function compileForEach(scene: Scene, step: StepDraft, tree: Tree): EachSpec {
  if (tree.kind !== 'map') return { from: itemsOf(scene, step, tree), failFast: true };
  const items = valueOf(tree, 'items');
  if (items === undefined) scene.malformed(tree.range, '`for-each` needs `items`.');
  const sort = sortOf(scene, step, valueOf(tree, 'sort'));
  const key = over(scene, step, tree, 'key');
  if (items !== undefined && key === undefined) warnOfIndexes(scene, items);
  const limit = valueOf(tree, 'limit');
  const min = valueOf(tree, 'min');
  const name = asOf(scene, valueOf(tree, 'as'));
  const least = min === undefined ? undefined : wholeOf(scene, min, 'min', 0, MOST);
  const distinct = over(scene, step, tree, 'distinct');
  return {
    from: items === undefined ? { kind: 'items', items: literal([]) } : itemsOf(scene, step, items),
    ...(name !== undefined && { as: name }),
    ...(key && { key }),
    ...(distinct && { distinct }),
    ...(sort && { sort }),
    ...(limit?.kind === 'scalar' && { limit: valueTemplate(scene, limit, itemsPlace(step, 'limit')) }),
    ...(least !== undefined && { min: least }),
    ...sharedKeys(scene, step, tree),
  };
}

function sharedKeys(
  scene: Scene,
  step: StepDraft,
  tree: MapTree,
): Pick<EachSpec, 'filter' | 'max' | 'failFast' | 'maxFailures'> {
  const max = valueOf(tree, 'max');
  const atOnce = max === undefined ? undefined : wholeOf(scene, max, 'max', 1, MAX_AT_ONCE);
  const failures = failuresOf(scene, valueOf(tree, 'max-failures'));
  const filter = over(scene, step, tree, 'filter');
  const failFast = valueOf(tree, 'fail-fast');
  return {
    ...(filter && { filter }),
    ...(atOnce !== undefined && { max: atOnce }),
    failFast: failFast === undefined || flagOf(scene, failFast, 'fail-fast'),
    ...(failures !== undefined && { maxFailures: failures }),
  };
}

function itemsPlace(step: StepDraft, key: string): Place {
  return placeOf(step, key, { repeated: 'around', shapesList: true });
}

/** An expression that is asked of each item. */
function over(scene: Scene, step: StepDraft, tree: MapTree, key: string): Expression | undefined {
  const given = valueOf(tree, key);
  if (given === undefined) return undefined;
  return keyExpression(scene, given, placeOf(step, key, { repeated: 'item', shapesList: true })) ?? undefined;
}

function sortOf(scene: Scene, step: StepDraft, tree: Tree | undefined): EachSpec['sort'] {
  if (tree === undefined) return undefined;
  const by = tree.kind === 'map' ? valueOf(tree, 'by') : tree;
  if (by === undefined) {
    scene.malformed(tree.range, '`sort` is an expression, or `{ by: expression, desc: true }`.');
    return undefined;
  }
  if (isText(by) && /^\s*(?:\$\{\{\s*)?-/.test(by.value)) {
    scene.error('PLAN_MALFORMED', 'There is no `-` before a value: it does not turn the order round.', by.range, {
      hint: 'Write `sort: { by: item.score, desc: true }`.',
    });
    return undefined;
  }
  const expression = keyExpression(scene, by, placeOf(step, 'sort', { repeated: 'item', shapesList: true }));
  return expression === null ? undefined : { by: expression, desc: flagOf(scene, valueOf(tree, 'desc'), 'desc') };
}

function failuresOf(scene: Scene, tree: Tree | undefined): EachSpec['maxFailures'] {
  if (tree === undefined) return undefined;
  const percent = isText(tree) ? parseShare(tree.value) : null;
  if (percent !== null) return { percent };
  if (!isText(tree)) return wholeOf(scene, tree, 'max-failures', 0, MOST);
  scene.malformed(tree.range, '`max-failures` is a whole number, or a share such as `20%`.');
  return undefined;
}

function itemsOf(scene: Scene, step: StepDraft, tree: Tree): ItemList {
  const items = deepTemplate(scene, tree, itemsPlace(step, 'for-each'));
  const isBroken = isText(tree) && tree.value.includes('${{') && items.kind === 'literal'; // which is said elsewhere
  const isList = items.kind !== 'literal' || (typeof items.value === 'object' && items.value !== null);
  if (items.kind === 'text' || (!isList && !isBroken)) {
    scene.error('PLAN_MALFORMED', 'The items are a text, not a list.', tree.range, {
      hint: 'Write a list, or an expression that gives one: `${{ fromJSON(inputs.list) }}`.',
    });
  }
  return { kind: 'items', items };
}

/** Items that are known only by their place run again when one is put in before them. */
function warnOfIndexes(scene: Scene, tree: Tree): void {
  if (tree.kind !== 'list') return;
  const texts = tree.items.map((item) => (item.kind === 'scalar' && !item.source.includes('${{') ? item.source : null));
  const isKnown = tree.items.some((item) => item.kind === 'scalar' && item.source.includes('${{'));
  if (isKnown || (!texts.includes(null) && new Set(texts).size === texts.length)) return;
  scene.warn('PLAN_ITEMS_BY_INDEX', 'The items are known by their place in the list alone.', tree.range, {
    hint: 'Say with `key:` what tells them apart, such as `key: item.name`; then a resume knows them after an insertion.',
  });
}

function asOf(scene: Scene, tree: Tree | undefined): string | undefined {
  if (tree === undefined) return undefined;
  if (!isText(tree) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(tree.value)) {
    scene.malformed(tree.range, '`as` is a name: letters, digits and `_`.');
    return undefined;
  }
  if (contextNames.has(tree.value.toLowerCase()))
    scene.error('PLAN_CONTEXT', `\`${tree.value}\` is the name of a context already.`, tree.range, {
      hint: 'Choose another name.',
    });
  return tree.value;
}

function matrixOf(scene: Scene, step: StepDraft, tree: MapTree): Matrix {
  const axes: (readonly [string, Template])[] = [];
  for (const { key, keyRange, value } of tree.entries) {
    if (MATRIX_KEYS.includes(key)) continue;
    checkAxis(scene, key, keyRange, value);
    axes.push([key, axisTemplate(scene, value, itemsPlace(step, 'matrix'))]);
  }
  const part = (key: string): Template | undefined => {
    const given = entryOf(tree, key)?.value;
    return given === undefined ? undefined : axisTemplate(scene, given, itemsPlace(step, key));
  };
  const include = part('include');
  const exclude = part('exclude');
  if (axes.length === 0 && include === undefined) scene.malformed(tree.range, '`matrix` has no axis.');
  return { kind: 'matrix', axes, ...(include && { include }), ...(exclude && { exclude }) };
}

function checkAxis(scene: Scene, name: string, at: Range, values: Tree): void {
  if (!/^[A-Za-z_][\w-]*$/.test(name))
    scene.malformed(at, 'The name of an axis is made of letters, digits, `_` and `-`.');
  const isList = values.kind === 'list' || (isText(values) && values.value.includes('${{'));
  if (!isList)
    scene.malformed(values.range, `The axis \`${name}\` is a list of values, or an expression that gives one.`);
}

/** Values of axes: a number is the text that stands there, so that `3.10` stays `3.10`. */
function axisTemplate(scene: Scene, tree: Tree, place: Place): Template {
  if (tree.kind === 'scalar')
    return typeof tree.value === 'number' ? literal(tree.source) : valueTemplate(scene, tree, place);
  if (tree.kind === 'list') return listTemplate(tree.items.map((item) => axisTemplate(scene, item, place)));
  return objectTemplate(tree.entries.map(({ key, value }) => [key, axisTemplate(scene, value, place)] as const));
}
