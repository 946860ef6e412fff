/** What a plan may spend at worst, without running it: by step, with how often each may be done, and the budgets that this does not fit into. */
import type { ModelBook } from '../claude/models.ts';
import { type Diagnostic, problem, warning } from '../diagnostic/diagnostic.ts';
import type { Template } from '../expr/ast.ts';
import { isJsonObject } from '../json.ts';
import { known } from '../known.ts';
import type { BudgetSpec } from '../plan/budget.ts';
import {
  type CompositeNode,
  type EachSpec,
  type Matrix,
  type Plan,
  type PlanNode,
  type PlanScope,
  partsOf,
} from '../plan/plan.ts';
import { limitsOf } from '../run/budget.ts';
import type { Path } from '../run/event.ts';
import { barePath, staticPathIn } from '../run/plan-paths.ts';
import { CHILD_SLOTS } from '../run/scope.ts';
import { type Amount, MEASURES, type Measure, NOTHING_SPENT, plus } from './caps.ts';
import { claudeExtent } from './claude-extent.ts';
import type { PriceTable } from './prices.ts';
import { textOf } from './refusal.ts';
import { samplingExtents } from './sampling-extent.ts';
import { centsAbove } from './usd.ts';

/** What a part of a plan may take. */
export interface Worst extends Amount {
  /** Models that nobody knows the price of; null is one that is known only in a run. The amount says nothing of them. */
  readonly unpriced: readonly (string | null)[];
  /** It may be done oftener than is counted: steps whose number of items is known only in a run. */
  readonly unbounded: readonly Path[];
}

export interface StepWorst extends Worst {
  readonly path: Path;
  /** What the number is made of: `for-each 200`, `retry 2`. */
  readonly factors: readonly string[];
}

export interface PlanWorst {
  readonly steps: readonly StepWorst[];
  readonly total: Worst;
  /** Errors: budgets that the worst case does not fit into. Warnings: what cannot be told. */
  readonly diagnostics: readonly Diagnostic[];
}

interface Walk {
  readonly plan: Plan;
  readonly table: PriceTable;
  readonly models: ModelBook;
  readonly steps: StepWorst[];
  readonly diagnostics: Diagnostic[];
}

/** How often something is done, seen from the plan. */
interface Times {
  readonly count: number;
  readonly factors: readonly string[];
  /** Of it, what comes under the same path: retries, and not items or iterations. */
  readonly again: number;
}

const NOTHING: Worst = { ...NOTHING_SPENT, unpriced: [], unbounded: [] };
/** Actions whose steps have MCP servers. */
const MAY_ASK: ReadonlySet<string> = new Set(['claude', 'mcp']);
/** No sum is out of the range of exact numbers. */
const MOST = 1e15;

export function worstCaseIn(plan: Plan, table: PriceTable, models: ModelBook = {}): PlanWorst {
  const walk: Walk = { plan, table, models, steps: [], diagnostics: [] };
  const total = ofNode(walk, '', plan.root, { count: 1, factors: [], again: 1 });
  hold(walk, { path: '', budget: plan.budget, at: plan.root.at }, total);
  for (const path of total.unbounded)
    walk.diagnostics.push(
      warning('PLAN_BUDGET', `How many items step \`${path}\` has is known only in a run: one is counted.`, {
        hint: 'Give it a `limit`, and its worst case is known.',
      }),
    );
  return { steps: walk.steps, total, diagnostics: walk.diagnostics };
}

/** What a node takes each time that it is done, its own retries included. As deep as groups nest, which the compiler bounds. */
function ofNode(walk: Walk, path: Path, node: PlanNode, around: Times): Worst {
  const attempts = node.retry?.attempts ?? 1;
  const times = attempts === 1 ? around : multiplied(around, attempts, `retry ${attempts}`, true);
  const own = node.kind === 'action' ? ofAction(walk, path, node, times) : ofParts(walk, path, node, times);
  const hooks = (node.hooks ?? []).map(({ slot, body }) => ofScope(walk, path, node, slot, body, around));
  const whole = joined([scaled(own, attempts), ...hooks]);
  const again = around.again;
  hold(
    walk,
    { path: barePath(path), budget: path === '' ? undefined : node.budget, at: node.at },
    scaled(whole, again),
  );
  return whole;
}

function ofAction(walk: Walk, path: Path, node: PlanNode & { readonly kind: 'action' }, times: Times): Worst {
  const own = node.action === 'claude' ? [claudeExtent(node.with, walk.table, walk.models)] : [];
  const extents = [
    ...own,
    ...(MAY_ASK.has(node.action) ? samplingExtents(node.with, walk.table, walk.models.usual) : []),
  ];
  if (extents.length === 0) return NOTHING;
  const one = joined(
    extents.map(
      ({ calls, tokens, nano, models }): Worst => ({
        calls,
        tokens,
        nano: nano ?? 0,
        unpriced: nano === null ? models : [],
        unbounded: [],
      }),
    ),
  );
  const notes = extents.flatMap((extent) => extent.notes);
  walk.steps.push({ ...scaled(one, times.count), path: barePath(path), factors: [...times.factors, ...notes] });
  return one;
}

function ofParts(walk: Walk, path: Path, node: PlanNode, around: Times): Worst {
  if (!('bodies' in node)) return NOTHING;
  const [count, word] = timesOf(node);
  const times =
    word === null ? around : multiplied(around, count ?? 1, count === null ? `${word} ?` : `${word} ${count}`);
  const bodies = partsOf(node).flatMap(([slot, body]) =>
    slot < 0 ? [] : [[slot, ofScope(walk, path, node, slot, body, times)] as const],
  );
  const once = chosen(walk, path, node, bodies);
  if (count !== null) return scaled(once, count);
  return once.calls === 0 ? once : { ...once, unbounded: [...once.unbounded, barePath(path)] };
}

/** Of branches, and of files of which one is taken, the dearest; else all of them. */
function chosen(walk: Walk, path: Path, node: CompositeNode, bodies: readonly (readonly [number, Worst])[]): Worst {
  if (node.kind === 'choose') return dearest(bodies.map(([, worst]) => worst));
  if (node.kind !== 'workflow') return joined(bodies.map(([, worst]) => worst));
  const files = known(node.child).files.map(({ budget }, index) => {
    const own = bodies.filter(([slot]) => Math.floor(slot / CHILD_SLOTS) === index).map(([, worst]) => worst);
    hold(walk, { path: barePath(path), budget, at: node.at }, joined(own));
    return joined(own);
  });
  return dearest(files);
}

/** A rejection sends the steps of its scope back so many times at most. */
function ofScope(walk: Walk, owner: Path, node: PlanNode, slot: number, scope: PlanScope, around: Times): Worst {
  const reworks = scope.nodes.reduce(
    (sum, member) => sum + (member.kind === 'approve' && typeof member.onReject === 'object' ? member.onReject.max : 0),
    0,
  );
  const times = reworks === 0 ? around : multiplied(around, 1 + reworks, `rework ${reworks}`, true);
  const members = scope.nodes.map((member) => ofNode(walk, staticPathIn(owner, node, slot, member.id), member, times));
  return scaled(joined(members), 1 + reworks);
}

/** How often the body of a node is done, and what says so; null where nobody knows. */
function timesOf(node: CompositeNode): readonly [count: number | null, word: string | null] {
  if (node.loop !== undefined) return [node.loop.max, 'loop'];
  if (node.each === undefined) return [1, null];
  return [itemsOf(node.each), node.each.from.kind === 'matrix' ? 'matrix' : 'for-each'];
}

function itemsOf({ from, limit }: EachSpec): number | null {
  const all = from.kind === 'items' ? lengthOf(from.items) : combinations(from);
  const most = limit?.kind === 'literal' && typeof limit.value === 'number' ? limit.value : null;
  return all === null ? most : Math.min(all, most ?? all);
}

function combinations({ axes, include }: Matrix): number | null {
  let count = 1;
  for (const [, values] of axes) {
    const length = lengthOf(values);
    if (length === null) return null;
    count *= length;
  }
  const more = include === undefined ? 0 : lengthOf(include);
  return more === null ? null : (axes.length === 0 ? 0 : count) + more;
}

function lengthOf(list: Template): number | null {
  if (list.kind === 'list') return list.items.length;
  if (list.kind === 'object') return list.entries.length;
  if (list.kind !== 'literal') return null;
  if (Array.isArray(list.value)) return list.value.length;
  return isJsonObject(list.value) ? Object.keys(list.value).length : null;
}

interface Held {
  readonly path: Path;
  readonly budget: BudgetSpec | undefined;
  readonly at: PlanNode['at'];
}

/** Says where a budget is too small for the worst case of what it bounds. */
function hold({ plan, diagnostics }: Walk, { path, budget, at }: Held, worst: Worst): void {
  if (budget === undefined || worst.calls === 0) return;
  const limits = limitsOf(budget);
  const position = { line: at.line, column: at.column, offset: 0 };
  const place =
    path === '' ? {} : { at: { file: plan.file, start: position, end: { ...position, column: at.column + 1 } } };
  const name = path === '' ? 'the run' : `step \`${path}\``;
  if (limits.nano !== undefined && worst.unpriced.length > 0) {
    const models = [...new Set(worst.unpriced)].map((model) =>
      model === null ? 'a model that is known only in a run' : `\`${model}\``,
    );
    diagnostics.push(
      problem('PLAN_BUDGET', `The budget of ${name} bounds usd, and nobody knows the price of ${models.join(', ')}.`, {
        ...place,
        hint: 'Add it under `prices` in `giga.yaml`, or bound `tokens` or `calls` instead.',
      }),
    );
  }
  for (const measure of MEASURES) {
    const limit = limits[measure];
    if (limit === undefined || worst[measure] <= limit) continue;
    diagnostics.push(
      problem(
        'PLAN_BUDGET',
        `The budget of ${name} is ${textOf(measure, limit)}, and at worst ${textOf(measure, worst[measure])} are needed.`,
        {
          ...place,
          hint: `Raise it to \`${adviceOf(measure, worst[measure])}\`, or make the worst case smaller: less \`max-tokens\`, \`max-prompt-tokens\`, \`max-turns\`, \`retry\` or items, another model.`,
        },
      ),
    );
  }
}

function adviceOf(measure: Measure, amount: number): string {
  return measure === 'nano' ? `usd: ${centsAbove(amount)}` : `${measure}: ${amount}`;
}

function multiplied({ count, factors, again }: Times, by: number, factor: string, isAgain = false): Times {
  return { count: Math.min(MOST, count * by), factors: [...factors, factor], again: isAgain ? again * by : again };
}

function scaled(worst: Worst, by: number): Worst {
  if (by === 1) return worst;
  const [calls, tokens, nano] = [worst.calls, worst.tokens, worst.nano].map((one) => Math.min(MOST, one * by));
  return { ...worst, calls: known(calls), tokens: known(tokens), nano: known(nano) };
}

function joined(all: readonly Worst[]): Worst {
  return all.reduce(
    (sum, one) => ({
      ...plus(sum, one),
      unpriced: [...sum.unpriced, ...one.unpriced],
      unbounded: [...sum.unbounded, ...one.unbounded],
    }),
    NOTHING,
  );
}

/** Of each measure the most of any of them. */
function dearest(all: readonly Worst[]): Worst {
  const most = (measure: Measure): number => Math.max(0, ...all.map((one) => one[measure]));
  return { ...joined(all), calls: most('calls'), tokens: most('tokens'), nano: most('nano') };
}
