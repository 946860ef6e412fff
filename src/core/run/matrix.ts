/** The items of a matrix: every combination of its axes, with `exclude` and `include` as in GitHub Actions. Knows no keys. */
import { problem } from '../diagnostic/diagnostic.ts';
import type { Template } from '../expr/ast.ts';
import { bareObject, canonical, isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Matrix } from '../plan/plan.ts';
import { type Answer, evaluateFor } from './evaluation.ts';
import type { Node } from './node.ts';
import { MAX_ITEMS, tooMany } from './over-items.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';

type Axis = readonly [name: string, values: readonly Json[]];

export function matrixItems(run: Run, node: Node, matrix: Matrix): Answer<readonly Json[]> {
  const axes: Axis[] = [];
  for (const [name, template] of matrix.axes) {
    const values = listFor(run, node, template, name);
    if (values.kind !== 'value') return values;
    axes.push([name, values.value]);
  }
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > MAX_ITEMS) return { kind: 'error', diagnostic: tooMany(node.path) };
  const exclude = objectsFor(run, node, matrix.exclude, 'exclude');
  if (exclude.kind !== 'value') return exclude;
  const include = objectsFor(run, node, matrix.include, 'include');
  if (include.kind !== 'value') return include;
  const all = axes.length === 0 ? [] : combinations(axes);
  const kept = all.filter((one) => !exclude.value.some((without) => agrees(one, without)));
  return { kind: 'value', value: withIncluded(kept, include.value) };
}

function combinations(axes: readonly Axis[]): readonly JsonObject[] {
  let all: readonly (readonly (readonly [string, Json])[])[] = [[]];
  for (const [name, values] of axes)
    all = all.flatMap((one) => values.map((value) => [...one, [name, value] as const]));
  return all.map((entries) => bareObject(entries));
}

/** Whether a combination has every value that the other names. A name that is its own has a value. */
function agrees(one: JsonObject, named: JsonObject): boolean {
  return Object.entries(named).every(([name, value]) => Object.hasOwn(one, name) && same(one[name] as Json, value));
}

/** Each included object joins the combinations whose own values it does not change; one that joins none stands for itself. */
function withIncluded(kept: readonly JsonObject[], include: readonly JsonObject[]): readonly JsonObject[] {
  const joined = kept.map((own) => ({ own, extra: bareObject<Json>() }));
  const added: JsonObject[] = [];
  for (const more of include) {
    const fitting = joined.filter(({ own }) =>
      Object.entries(more).every(([name, value]) => !Object.hasOwn(own, name) || same(own[name] as Json, value)),
    );
    for (const { extra } of fitting) Object.assign(extra, more);
    if (fitting.length === 0) added.push(more);
  }
  return [...joined.map(({ own, extra }) => bareObject(Object.entries({ ...own, ...extra }))), ...added];
}

function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

function objectsFor(run: Run, node: Node, template: Template | undefined, name: string): Answer<readonly JsonObject[]> {
  if (template === undefined) return { kind: 'value', value: [] };
  const list = listFor(run, node, template, name);
  if (list.kind !== 'value') return list;
  const objects = list.value.filter(isJsonObject);
  return objects.length < list.value.length ? noList(node, name, 'of objects') : { kind: 'value', value: objects };
}

function listFor(run: Run, node: Node, template: Template, name: string): Answer<readonly Json[]> {
  const answer = evaluateFor(run, node, template, sceneOf(node));
  if (answer.kind !== 'value') return answer;
  if (!Array.isArray(answer.value)) return noList(node, name, '');
  const list = answer.value as readonly Json[]; // isArray does not narrow readonly lists
  return list.length > MAX_ITEMS ? { kind: 'error', diagnostic: tooMany(node.path) } : { kind: 'value', value: list };
}

function noList(node: Node, name: string, of: string): Answer<never> {
  const message = `\`${name}\` in the matrix of step \`${node.path}\` is no list${of === '' ? '' : ` ${of}`}.`;
  const hint = '`fromJSON(…)` and `split(…)` make lists of texts.';
  return { kind: 'error', diagnostic: problem('STEP_ITEMS_INVALID', message, { hint }) };
}
