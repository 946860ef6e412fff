/** Finds steps and branches that can never run, and conditions that can never hold. Knows edges, no values. */
import type { Range } from '../../core/document.ts';
import type { Expr } from '../../core/expr/ast.ts';
import type { Compilation } from '../compile/compilation.ts';
import { constantTruth } from '../compile/conditions.ts';
import { edgesOf, pathOf, type ScopeDraft, type StepDraft } from '../compile/draft.ts';
import { isEnd } from '../compile/place.ts';
import { readsOf } from '../compile/reads.ts';
import type { LoneNode } from '../compile/step.ts';
import { entryOf } from '../compile/tree.ts';
import { followsList } from './cycles.ts';

type Compiled = ReadonlyMap<StepDraft, LoneNode>;

export function checkReachable(compilation: Compilation, scopes: readonly ScopeDraft[], compiled: Compiled): void {
  for (const scope of scopes) {
    const never = scope.steps.filter((step) => isNever(compiled.get(step)));
    if (never.length > 0) reportNever(compilation, scope, never, compiled);
    for (const step of scope.steps) {
      const node = compiled.get(step);
      if (node === undefined) continue;
      checkFailure(compilation, step, node);
      if (scope.owner?.action === 'race') checkCompetitor(compilation, step);
      if (node.kind === 'choose') checkBranches(compilation, step, node);
    }
  }
}

function isNever(node: LoneNode | undefined): boolean {
  return node?.if !== undefined && constantTruth(node.if.expression.expr) === false;
}

/** One warning for each step whose condition is always false, with what is skipped because of it. */
function reportNever(
  compilation: Compilation,
  scope: ScopeDraft,
  never: readonly StepDraft[],
  compiled: Compiled,
): void {
  const dependants: number[][] = scope.steps.map(() => []);
  for (const step of scope.steps) for (const need of edgesOf(step).keys()) dependants[need]?.push(step.index);
  const lost = new Set(never.map((step) => step.index));
  for (const step of never) {
    const after: StepDraft[] = [];
    const queue = [step.index];
    for (const index of queue) {
      for (const dependant of dependants[index] ?? []) {
        const other = scope.steps[dependant];
        if (other === undefined || lost.has(dependant) || !isSkippedWith(compiled.get(other))) continue;
        lost.add(dependant);
        queue.push(dependant);
        after.push(other);
      }
    }
    warnNever(compilation, step, after);
  }
}

/** Under the usual rule one skipped need skips the step. */
function isSkippedWith(node: LoneNode | undefined): boolean {
  return node !== undefined && node.join === undefined && node.if?.replacesJoin !== true;
}

function warnNever(compilation: Compilation, step: StepDraft, after: readonly StepDraft[]): void {
  const names = after.slice(0, 5).map((other) => `\`${other.id}\``);
  const more = after.length > names.length ? ` and ${after.length - names.length} more` : '';
  const consequence =
    after.length === 0
      ? ''
      : ` ${names.join(', ')}${more}, which wait${after.length === 1 ? 's' : ''} for it, ${after.length === 1 ? 'is' : 'are'} skipped as well.`;
  compilation.warn(
    'PLAN_UNREACHABLE',
    `The step \`${pathOf(step)}\` never runs: its condition is always false.${consequence}`,
    conditionRange(step),
    {
      related: after
        .slice(0, 5)
        .map((other) => ({ message: `\`${pathOf(other)}\``, at: compilation.locator.span(other.idRange) })),
    },
  );
}

function conditionRange(step: StepDraft): Range {
  return entryOf(step.tree, 'if')?.value.range ?? step.idRange;
}

/** `failure()` where nothing that the step depends on can fail. */
function checkFailure(compilation: Compilation, step: StepDraft, node: LoneNode): void {
  if (node.if === undefined || edgesOf(step).size > 0 || followsList(step)) return;
  if (!readsOf(node.if.expression.expr).some((read) => read.kind === 'status' && read.name === 'failure')) return;
  // `always() || failure()` does not rest on it.
  if (truthWithoutFailure(node.if.expression.expr) !== false) return;
  compilation.error(
    'PLAN_NEVER_FAILS',
    `\`failure()\` can never hold in \`${pathOf(step)}\`: it depends on no other step.`,
    conditionRange(step),
    {
      hint: isEnd(step.scope)
        ? 'Steps under `on-failure` run only after a failure.'
        : 'To do something when the workflow fails, put the step under `on-failure` at the top level; or name in `needs` whose failure is meant.',
    },
  );
}

/** The first success ends a race, so nothing in it can come after another. */
function checkCompetitor(compilation: Compilation, step: StepDraft): void {
  const [need, at] = [...edgesOf(step)][0] ?? [];
  if (need === undefined || at === undefined) return;
  compilation.warn(
    'PLAN_UNREACHABLE',
    `\`${pathOf(step)}\` waits for \`${step.scope.steps[need]?.id ?? ''}\`, whose success ends the race.`,
    at,
    { hint: 'Make one member of them: a group of `steps`.' },
  );
}

/** The truth of a condition in which `failure()` is false; null where it depends on something else. */
function truthWithoutFailure(expr: Expr): boolean | null {
  return constantTruth(withoutFailure(expr));
}

function withoutFailure(expr: Expr): Expr {
  if (expr.kind === 'call' && expr.name.toLowerCase() === 'failure')
    return { kind: 'literal', at: expr.at, value: false };
  if (expr.kind === 'unary') return { ...expr, of: withoutFailure(expr.of) };
  if (expr.kind === 'binary') return { ...expr, left: withoutFailure(expr.left), right: withoutFailure(expr.right) };
  return expr;
}

function checkBranches(
  compilation: Compilation,
  step: StepDraft,
  node: Extract<LoneNode, { readonly conditions?: unknown }>,
): void {
  let always: number | null = null;
  for (const [index, condition] of (node.conditions ?? []).entries()) {
    const range = step.bodies[index]?.condition?.value.range ?? step.idRange;
    const truth = condition === null ? null : constantTruth(condition.expr);
    if (always !== null)
      compilation.warn(
        'PLAN_UNREACHABLE',
        `Branch ${index + 1} of \`${pathOf(step)}\` never runs: branch ${always + 1} always holds.`,
        range,
      );
    else if (truth === false)
      compilation.warn(
        'PLAN_UNREACHABLE',
        `Branch ${index + 1} of \`${pathOf(step)}\` never runs: its condition is always false.`,
        range,
      );
    else if (truth === true) always = index;
  }
}
