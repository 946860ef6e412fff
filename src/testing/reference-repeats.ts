/** What loops, fan-outs and compensations come to, told from the rules of the language. Knows no more of steps than what one comes to. */
import { canonical, isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type * as P from '../core/plan/plan.ts';
import type { Reference } from './reference.ts';
import { type At, type End, ending, failed, inTime, isBad, isFailure, meets, type Own } from './reference-leaves.ts';

/** The step that is done many times. */
function onceOf(plan: P.CompositeNode): P.PlanNode {
  return plan.bodies[0]?.nodes[0] as P.PlanNode; // what is repeated has one
}

/** One iteration after the other, until something ends it. */
export function loopEnd(reference: Reference, plan: P.CompositeNode, at: At, lateMs: number, code: string): Own {
  const { max, until, while: again, delayMs = 0, plateau } = plan.loop as P.LoopSpec; // a loop has one
  const untilMs = Math.min(at.untilMs, lateMs);
  const inside: End[] = [];
  const metrics: Json[] = [];
  const turn = (iteration: number): JsonObject => {
    const { outputs = {}, result = '' } = inside[iteration - 2] ?? {};
    return { loop: { iteration, last: iteration > 1 ? { outputs, result } : null } };
  };
  const sees = (more: JsonObject): At => ({ ...at, more: { ...at.more, ...more } });
  if (again && !reference.asks(again, sees({ self: null, ...turn(1) })))
    return { result: 'skipped', endMs: at.startMs };
  for (let { startMs } = at, iteration = 1; ; iteration++) {
    const scene = { ...sees(turn(iteration)), startMs, untilMs, path: `${at.path}#${iteration}` };
    const end = reference.member(onceOf(plan), scene, []);
    inside.push(end);
    const whole = { inside, endMs: end.endMs, outputs: { ...end.outputs, iterations: iteration } };
    if (isBad(end) && lateMs <= at.untilMs && end.endMs >= lateMs) return { ...whole, ...failed(code, end.endMs) };
    if (isFailure(end) || end.result === 'cancelled') return { ...whole, result: end.result, error: end.error ?? null };
    const members = end.plan.kind === 'workflow' ? [] : (end.inside ?? []).map((one) => [one.plan.id, one] as const);
    const self = { outputs: end.outputs ?? {}, result: 'succeeded' };
    const ended = (more: JsonObject): At => ({
      ...sees({ self, ...more }),
      startMs: end.endMs,
      seen: new Map([...at.seen, ...members]),
    });
    const found = reference.refusing({ result: 'failed', endMs: end.endMs }, () => {
      if (plateau) metrics.push(reference.given({ kind: 'value', expression: plateau.metric }, ended(turn(iteration))));
      const isStill = plateau && metrics.length >= plateau.count && new Set(metrics.slice(-plateau.count)).size === 1;
      const isOver = until !== undefined && reference.asks(until, ended(turn(iteration)));
      const goesOn = again === undefined || reference.asks(again, ended(turn(iteration + 1)));
      const stopped = isOver ? 'until' : isStill ? 'plateau' : goesOn ? (iteration === max ? 'max' : '') : 'while';
      return { result: 'succeeded', endMs: end.endMs, outputs: { stopped } };
    });
    const { stopped = '' } = found.outputs ?? {};
    if (found.result === 'failed') return { ...whole, result: 'failed', error: found.error ?? null };
    const isLate = (stopped === 'plateau' && until) || (stopped === 'max' && (until || again));
    const outputs = { ...whole.outputs, stopped };
    if (isLate)
      return {
        ...whole,
        ...failed(stopped === 'max' ? 'STEP_LOOP_EXHAUSTED' : 'STEP_LOOP_PLATEAU', end.endMs),
        outputs,
      };
    const result = inside.some((one) => one.result === 'succeeded') ? 'succeeded' : 'skipped';
    if (stopped !== '') return { ...whole, result, outputs };
    startMs = end.endMs + delayMs;
    if (startMs >= untilMs)
      return lateMs <= at.untilMs ? failed(code, lateMs, whole) : ending(at, { ...whole, result, endMs: startMs });
  }
}

/** All items at once; more failures than may be end the others. */
export function eachEnd(reference: Reference, plan: P.CompositeNode, at: At, lateMs: number, code: string): Own {
  const spec = plan.each as P.EachSpec; // a fan-out has one
  const { failFast, maxFailures = 0, min = 0 } = spec;
  const items = itemsOf(reference, spec, at);
  if (items.length < min) return failed('STEP_TOO_FEW_ITEMS', at.startMs);
  if (items.length === 0) return { result: 'skipped', endMs: at.startMs };
  const keys = keysOf(reference, spec, items, at);
  if (keys === null) return failed('STEP_ITEM_KEY', at.startMs);
  const may = typeof maxFailures === 'number' ? maxFailures : Math.floor((items.length * maxFailures.percent) / 100);
  const run = (untilMs: number, isKept: (end: End, index: number) => boolean, before: readonly End[]): readonly End[] =>
    items.map((item, index) => {
      const end = before[index];
      if (end !== undefined && isKept(end, index)) return end;
      return reference.member(
        onceOf(plan),
        { ...sees(spec, at, item, index), untilMs, path: `${at.path}[${keys[index]}]` },
        [],
      );
    });
  const untilMs = Math.min(at.untilMs, lateMs);
  let inside = run(untilMs, () => false, []);
  const last = inTime(inside.filter(isFailure))[may];
  if (last !== undefined && failFast && last.endMs < untilMs) {
    reference.isOpen ||= meets(
      inside.filter((end) => end !== last),
      last.endMs,
    );
    inside = run(
      last.endMs,
      (end, index) => end.endMs < last.endMs || (end.endMs === last.endMs && index <= inside.indexOf(last)),
      inside,
    );
  }
  const failures = inside.filter(isFailure);
  const has = (word: Own['result']): boolean => inside.some(({ result }) => result === word);
  const rest = has('cancelled') ? 'cancelled' : has('succeeded') || failures.length > 0 ? 'succeeded' : 'skipped';
  const endMs = Math.max(...inside.map((end) => end.endMs));
  const shown = inside.map(({ result, outputs = {}, error = null }, index) => ({
    key: keys[index] ?? '',
    item: items[index] ?? null,
    result,
    outputs: result === 'succeeded' ? outputs : null,
    error,
  }));
  const isLost = failures.length > may;
  const own: Own = {
    result: isLost ? 'failed' : rest,
    endMs,
    inside,
    items: shown,
    error: (isLost && failures[0]?.error) || null,
  };
  return isBad(own) && lateMs <= at.untilMs && endMs >= lateMs ? { ...own, ...failed(code, endMs) } : own;
}

/** What a text about one item sees. */
function sees({ from, as }: P.EachSpec, at: At, item: Json, index: number): At {
  const named = from.kind === 'matrix' ? { matrix: item } : { item, index, ...(as && { [as]: item }) };
  return { ...at, more: { ...at.more, ...named } };
}

function itemsOf(reference: Reference, spec: P.EachSpec, at: At): readonly Json[] {
  const { from, filter, distinct, sort, limit } = spec;
  const of = (items: readonly Json[], expression: P.EachSpec['filter']): readonly Json[] =>
    expression
      ? items.map((item, index) => reference.given({ kind: 'value', expression }, sees(spec, at, item, index)))
      : [];
  let items = from.kind === 'items' ? listOf(reference.given(from.items, at)) : combined(reference, from, at);
  const holds = of(items, filter);
  if (filter) items = items.filter((_, index) => holds[index] === true);
  const values = of(items, distinct).map(canonical);
  if (distinct) items = items.filter((_, index) => values.indexOf(values[index] ?? '') === index);
  if (sort) {
    const ranks = of(items, sort.by);
    if (!ranks.every((rank) => typeof rank === 'number') && !ranks.every((rank) => typeof rank === 'string'))
      reference.refuse('STEP_ITEMS_INVALID');
    const order = [...items.keys()].toSorted((a, b) => (sort.desc ? -1 : 1) * compare(ranks[a] ?? 0, ranks[b] ?? 0));
    items = order.map((index) => items[index] ?? null);
  }
  return limit ? items.slice(0, Number(reference.given(limit, at))) : items;

  function listOf(value: Json): readonly Json[] {
    if (isJsonObject(value)) return Object.entries(value).map(([key, inner]) => ({ key, value: inner }));
    return Array.isArray(value) ? value : reference.refuse('STEP_ITEMS_INVALID');
  }
}

function compare(a: Json, b: Json): number {
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1; // both are numbers, or both are texts
}

/** Each included object joins the combinations that it does not change, or stands for itself. */
function combined(reference: Reference, { axes, include, exclude }: P.Matrix, at: At): readonly JsonObject[] {
  const lists = (template: P.Matrix['include']) =>
    template ? (reference.given(template, at) as readonly JsonObject[]) : [];
  const isIn = (part: JsonObject, whole: JsonObject, names: readonly string[]): boolean =>
    names.every((name) => canonical(part[name] ?? null) === canonical(whole[name] ?? null));
  let all: readonly JsonObject[] = [{}];
  for (const [name, values] of axes)
    all = all.flatMap((one) =>
      (reference.given(values, at) as readonly Json[]).map((value) => ({ ...one, [name]: value })),
    );
  const kept = all.filter((one) => !lists(exclude).some((without) => isIn(without, one, Object.keys(without))));
  const made = kept.map((own) => ({ own, all: own }));
  const alone: JsonObject[] = [];
  for (const more of lists(include)) {
    const fitting = made.filter(({ own }) =>
      isIn(
        more,
        own,
        Object.keys(more).filter((name) => name in own),
      ),
    );
    for (const one of fitting) one.all = { ...one.all, ...more };
    if (fitting.length === 0) alone.push(more);
  }
  return [...made.map((one) => one.all), ...alone];
}

/** Unique texts; null where there are none. */
function keysOf(reference: Reference, spec: P.EachSpec, items: readonly Json[], at: At): readonly string[] | null {
  const { from, key } = spec;
  const own = items.map((item, index): Json => {
    if (key) return reference.given({ kind: 'value', expression: key }, sees(spec, at, item, index));
    if (from.kind === 'matrix') return matrixKey(from, item as JsonObject); // its items are objects
    return isJsonObject(item) && Object.keys(item).join() === 'key,value' ? (item.key ?? null) : item;
  });
  const isUnique =
    own.every((one) => typeof one === 'string' || typeof one === 'number') &&
    new Set(own.map(String)).size === own.length;
  if (isUnique && own.every((one) => one !== '')) return own.map(String);
  return key || from.kind === 'matrix' ? null : own.map((_, index) => String(index));
}

function matrixKey({ axes }: P.Matrix, item: JsonObject): string {
  const named = axes.map(([name]) => name).filter((name) => name in item);
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return (named.length > 0 ? named : Object.keys(item)).map((name) => `${name}=${text(item[name])}`).join();
}

/** What succeeded and says how it is undone, the last first. */
export function undoEnd(reference: Reference, plan: P.CompositeNode, at: At): Own {
  const home = at.path.replace(/on-failure\/[^/]*$/, '');
  const isMeant = (path: string): boolean =>
    plan.undoes?.some(
      (id) => path === home + id || (/^[/[#]/.test(path.slice((home + id).length)) && path.startsWith(home + id)),
    ) ?? true;
  const undoing = (end: End): P.PlanScope | undefined => end.plan.hooks?.find(({ slot }) => slot === -4)?.body;
  const isUndone = ({ path, endMs }: End): boolean =>
    at.done.some((one) => one.undone?.includes(path) === true && one.at.startMs >= endMs);
  const isGood = (end: End): boolean => (end.result === 'succeeded' || end.isDone === true) && !isUndone(end);
  const good = at.done.filter((end) => undoing(end) && isGood(end) && isMeant(end.path));
  const last = inTime([...new Map(good.map((end) => [end.path, end])).values()]).toReversed();
  let { startMs } = at;
  const inside: End[] = [];
  const undone: string[] = [];
  for (const target of last) {
    const self = { outputs: target.outputs ?? {}, result: 'succeeded' };
    const scene = {
      ...target.at,
      more: { ...target.at.more, self },
      startMs,
      untilMs: at.untilMs,
      path: `${target.path}/compensate/`,
      isAtEnd: false,
    };
    const scope = reference.scope(undoing(target), scene);
    inside.push(...scope.inside);
    startMs = scope.endMs;
    if (!isBad(scope)) undone.push(target.path);
    if (startMs >= at.untilMs) return { result: 'cancelled', endMs: startMs, inside, undone };
  }
  if (last.length === 0) return { result: 'skipped', endMs: startMs };
  const whole = { endMs: startMs, inside, undone };
  if (undone.length < last.length) return { ...whole, ...failed('RUN_COMPENSATION_FAILED', startMs) };
  return { ...whole, result: 'succeeded' };
}
