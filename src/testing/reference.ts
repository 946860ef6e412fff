/**
 * What a run comes to, told naively: a recursion over the plan in which every step begins when what it needs has ended, in virtual
 * time and without limits. Written from the rules of the language; knows no events, no journal and nothing of how plans are run.
 */
import type { Expression, Template } from '../core/expr/ast.ts';
import { type EvaluationEnv, evaluateTemplate } from '../core/expr/evaluate.ts';
import { lookupObject, type Value } from '../core/expr/value.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { ActionNode, CompositeNode, PlanNode, PlanScope, Retry } from '../core/plan/plan.ts';
import type { RandomCase } from './random-plan.ts';

export interface ReferenceEnd {
  readonly verdict: string;
  readonly steps: ReadonlyMap<string, { readonly result: Result; readonly outputs: JsonObject }>;
}
type Result = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** What became of a step, and when (ms since the beginning). */
interface End {
  readonly path: string;
  readonly plan: PlanNode;
  readonly result: Result;
  readonly outputs: JsonObject;
  readonly error: JsonObject | null;
  /** How it counts for what needs it, and whether it carries on a failure. */
  readonly counts: 'good' | 'bad' | 'skipped';
  readonly hasFailure: boolean;
  readonly endMs: number;
  readonly inside: readonly End[];
}
type Own = Pick<End, 'result' | 'endMs'> & Partial<Pick<End, 'outputs' | 'error' | 'inside' | 'counts'>>;

/** What a text sees; when all of it is cancelled; whether it answers a failure, or cleans up. */
interface Scene {
  readonly seen: ReadonlyMap<string, End>;
  readonly more: Readonly<Record<string, Value>>;
  readonly untilMs: number;
  readonly isAtEnd: boolean;
}
interface Scope {
  readonly members: readonly End[];
  readonly result: Result;
  readonly endMs: number;
  readonly scene: Scene;
  readonly error: JsonObject | null;
}

const NEVER = Number.POSITIVE_INFINITY;
const CONCLUSIONS = { succeeded: 'success', failed: 'failure', skipped: 'skipped', cancelled: 'cancelled' };

export function referenceEnd({ plan, inputs, world }: RandomCase): ReferenceEnd {
  const root = new Reference(world).run(plan.root, {
    seen: new Map(),
    more: { inputs },
    untilMs: NEVER,
    isAtEnd: false,
  });
  const steps = new Map<string, { result: Result; outputs: JsonObject }>();
  const all: End[] = [];
  const gather = (ends: readonly End[]): void => {
    for (const end of ends) {
      all.push(end);
      steps.set(end.path, end);
      gather(end.inside);
    }
  };
  gather(root.inside ?? []);
  return { verdict: verdictOf(root.result, all), steps };
}

/** Whatever failed and may, makes the verdict say so. */
function verdictOf(result: Result, all: readonly End[]): string {
  if (result === 'failed' || result === 'cancelled') return result;
  if (all.some((end) => end.result === 'failed')) return 'succeeded with allowed failures';
  return result === 'succeeded' && all.some((end) => end.result === 'succeeded') ? 'succeeded' : 'nothing ran';
}

class Reference {
  readonly world: RandomCase['world'];
  constructor(world: RandomCase['world']) {
    this.world = world;
  }

  /** As a `try` that rethrows: the steps, what answers their failure or follows their success, and what comes at the end. */
  run(plan: CompositeNode, scene: Scene): Own {
    const [body, onFailure, last, onSuccess] = plan.bodies;
    const main = this.scope(body, '', scene, 0);
    const answer = main.result === 'failed' ? onFailure : main.result === 'succeeded' ? onSuccess : null;
    const name = main.result === 'failed' ? 'on-failure/' : 'on-success/';
    const isAtEnd = main.result === 'failed';
    const after = this.scope(
      answer,
      name,
      { ...main.scene, isAtEnd, more: { ...scene.more, error: main.error } },
      main.endMs,
    );
    const end = this.scope(last, 'finally/', { ...after.scene, isAtEnd: true }, after.endMs);
    const inside = [...main.members, ...after.members, ...end.members];
    const results = [end.result, main.result === 'failed' ? main.result : after.result].filter(
      (one) => one === 'failed',
    );
    return { result: results[0] ?? main.result, endMs: end.endMs, inside };
  }

  scope(body: PlanScope | null | undefined, prefix: string, scene: Scene, startMs: number): Scope {
    const members: End[] = [];
    const seen = new Map(scene.seen);
    for (const plan of body?.nodes ?? []) {
      const edges = [...plan.needs.flatMap((index) => members[index] ?? []), ...members.slice(0, plan.after ?? 0)];
      const end = this.member(
        plan,
        prefix + plan.id,
        { ...scene, seen },
        members,
        Math.max(startMs, ...edges.map((one) => one.endMs)),
      );
      members.push(end);
      seen.set(plan.id, end);
    }
    const failed = members.filter(isFailure).toSorted((a, b) => a.endMs - b.endMs);
    const has = (result: Result): boolean => members.some((one) => one.result === result);
    const worked = members.some((one) => one.result === 'succeeded' || (one.result === 'failed' && !isFailure(one)));
    const result = failed.length > 0 ? 'failed' : has('cancelled') ? 'cancelled' : worked ? 'succeeded' : 'skipped';
    const endMs = Math.max(startMs, ...members.map((one) => one.endMs));
    return { members, result, endMs, scene: { ...scene, seen }, error: failed[0]?.error ?? null };
  }

  member(plan: PlanNode, path: string, scene: Scene, before: readonly End[], readyMs: number): End {
    const needs = plan.needs.flatMap((index) => before[index] ?? []);
    const edges = [...needs, ...before.slice(0, plan.after ?? 0)];
    const own = this.gate(plan, scene, needs, edges, readyMs) ?? this.step(plan, path, scene, readyMs);
    const isGood = own.result === 'succeeded' || (own.result === 'failed' && plan.continueOnError === true);
    const counts = own.counts ?? (isGood ? 'good' : own.result === 'skipped' ? 'skipped' : 'bad');
    const hasFailure = (own.result === 'failed' && !isGood) || edges.some((edge) => edge.hasFailure);
    return { path, plan, outputs: {}, error: null, inside: [], ...own, counts, hasFailure };
  }

  /** What keeps a step from beginning: its edges, or its `if`. */
  gate(plan: PlanNode, scene: Scene, needs: readonly End[], edges: readonly End[], endMs: number): Own | null {
    const bad = [...needs, ...edges].find((edge) => edge.counts === 'bad');
    const earlier = edges.slice(needs.length).some((edge) => edge.counts === 'bad');
    const good = needs.filter((edge) => edge.counts === 'good').length;
    const holds =
      needs.length === 0 ||
      plan.join === 'all-done' ||
      (plan.join === 'any-succeeded'
        ? good > 0
        : plan.join === 'none-failed'
          ? !needs.some((one) => one.counts === 'bad')
          : good === needs.length);
    const isGo = holds && !earlier;
    const skipped = (counts: 'bad' | 'skipped'): Own => ({ result: 'skipped', counts, endMs });
    const byNeed = skipped(bad === undefined ? 'skipped' : 'bad');
    if (plan.if === undefined) return isGo || scene.isAtEnd ? null : byNeed;
    if (!isGo && !plan.if.replacesJoin) return byNeed;
    const status = { success: isGo, failure: edges.some((edge) => edge.hasFailure), cancelled: false };
    const test = (given: EvaluationEnv['status']) => this.ask(plan.if?.expression, scene, '', endMs, given);
    if (test(status)) return null;
    return !isGo && test({ ...status, success: true }) ? byNeed : skipped('skipped');
  }

  step(plan: PlanNode, path: string, scene: Scene, startMs: number): Own {
    const failed = (code: string, endMs = startMs): Own => ({ result: 'failed', endMs, error: { code } });
    const fill = (template: Template): Json => this.given(template, scene, path, startMs);
    switch (plan.kind) {
      case 'action':
        return this.action(plan, path, scene, startMs);
      case 'set': {
        const outputs = fill(plan.values);
        return isJsonObject(outputs) ? { result: 'succeeded', endMs: startMs, outputs } : failed('STEP_OUTPUT_INVALID');
      }
      case 'fail':
        return failed('STEP_FAIL');
      case 'wait':
        return { result: 'succeeded', endMs: startMs + msIn(fill(plan.for)), outputs: {} };
      case 'group': {
        const inner = this.scope(plan.bodies[0], `${path}/`, { ...scene, isAtEnd: false }, startMs);
        return { ...inner, inside: inner.members };
      }
      default:
        throw new Error(`Bug: the reference does not tell ${plan.kind}`);
    }
  }

  action(plan: ActionNode, path: string, _scene: Scene, startMs: number): Own {
    let endMs = startMs;
    for (let tries = 1; ; tries++) {
      const said = this.world.attempt(path, tries);
      endMs += said.takesMs;
      const outputs = said.outputs ?? {};
      if (said.outcome === 'succeeded') return { result: 'succeeded', endMs, outputs };
      const { code = 'STEP_FAILED', retryable = true, retryAfterMs = 0 } = said.error ?? {};
      const error = { code };
      const isFinal = said.outcome === 'in-doubt' || !retryable || tries >= (plan.retry?.attempts ?? 1);
      if (isFinal || plan.retry === undefined) return { result: 'failed', endMs, outputs, error };
      endMs += Math.max(delayAfter(plan.retry, tries), retryAfterMs);
    }
  }

  ask(
    expression: Expression | undefined,
    scene: Scene,
    path: string,
    nowMs: number,
    status?: EvaluationEnv['status'],
  ): boolean {
    return expression !== undefined && Boolean(this.given({ kind: 'value', expression }, scene, path, nowMs, status));
  }

  given(
    template: Template,
    { seen, more }: Scene,
    path: string,
    nowMs: number,
    status?: EvaluationEnv['status'],
  ): Json {
    const steps = lookupObject(
      (id) => shownOf(seen.get(id)),
      () => seen.keys(),
    );
    const given = evaluateTemplate(template, {
      context: (name) => (name === 'steps' ? steps : more[name]),
      captured: (key) => this.world.outside(path, key.replace(/\[.*/s, ''), nowMs),
      ...(status && { status }),
    });
    return given.kind === 'value' ? given.value : null;
  }
}

function shownOf(end: End | undefined): Value | undefined {
  if (end === undefined) return undefined;
  const { result, outputs, error, plan } = end;
  const conclusion = result === 'failed' && plan.continueOnError ? 'success' : CONCLUSIONS[result];
  return { outputs, result, conclusion, outcome: CONCLUSIONS[result], error };
}

function isFailure({ result, plan }: End): boolean {
  return result === 'failed' && !plan.continueOnError && !plan.allowFailure;
}

function delayAfter({ delayMs, backoff, factor }: Retry, failures: number): number {
  return backoff === 'linear'
    ? delayMs * failures
    : backoff === 'exponential'
      ? delayMs * factor ** (failures - 1)
      : delayMs;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000 };
function msIn(text: Json): number {
  const [, number, unit = ''] = /^(\d+)(ms|s)$/.exec(String(text)) ?? [];
  return Number(number) * (UNITS[unit] ?? 0);
}
