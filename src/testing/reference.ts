/**
 * What a run comes to, told naively: a recursion over the plan in which every step begins when what it needs has ended, in virtual
 * time and without limits on how much is done at once. Written from the rules of the language; knows no events and no journal.
 */
import type { Json, JsonObject } from '../core/json.ts';
import type * as P from '../core/plan/plan.ts';
import type { RandomCase } from './random-plan.ts';
import {
  type At,
  allIn,
  type End,
  ending,
  failed,
  inTime,
  isBad,
  isFailure,
  Leaves,
  meets,
  type Own,
} from './reference-leaves.ts';
import { eachEnd, loopEnd, undoEnd } from './reference-repeats.ts';

type Scope = Own & Pick<At, 'seen'> & { readonly inside: readonly End[] };
type Body = P.PlanScope | null | undefined;

export interface ReferenceEnd {
  readonly verdict: string;
  readonly steps: ReadonlyMap<string, Own>;
  /** Two things happened at the same moment, and the rules do not say which of them is first. */
  readonly isOpen: boolean;
}

const START: At = {
  path: '',
  startMs: 0,
  untilMs: Infinity,
  seen: new Map(),
  more: {},
  isAtEnd: false,
  done: [],
  asked: new Map(),
};

export function referenceEnd(testCase: RandomCase): ReferenceEnd {
  const { root, outputs } = testCase.plan;
  const reference = new Reference(testCase);
  const at = { ...START, more: { inputs: testCase.inputs, error: null } };
  const own = reference.parts({ ...root, outputs }, root.bodies, at, root.timeoutMs ?? Infinity, 'RUN_TIMEOUT');
  const steps = new Map(allIn(own, true).map((end) => [end.path, end]));
  return { verdict: verdictOf(own), steps, isOpen: reference.isOpen };
}

function verdictOf(root: Own): string {
  if (isBad(root)) return root.result;
  const ends = allIn(root, false);
  const isAllowed = (end: End): boolean =>
    end.result === 'failed' ? !isFailure(end) : end.result === 'succeeded' && end.items?.some(isFailedItem) === true;
  if (ends.some(isAllowed)) return 'succeeded with allowed failures';
  const isIdle =
    root.result === 'skipped' || !ends.some((end) => end.result === 'succeeded' && !('bodies' in end.plan));
  return isIdle ? 'nothing ran' : 'succeeded';
}

const isFailedItem = (item: JsonObject): boolean => item.result === 'failed';

export class Reference extends Leaves {
  /** `kept`: members that had ended when the others were cancelled. */
  scope(body: Body, at: At, kept: readonly (End | null)[] = []): Scope {
    const inside: End[] = [];
    const seen = new Map(at.seen);
    for (const [index, plan] of (body?.nodes ?? []).entries()) {
      const end = kept[index] ?? this.member(plan, { ...at, path: at.path + plan.id, seen }, inside);
      inside.push(end);
      seen.set(plan.id, end);
    }
    for (const [index, end] of [...inside.entries()].toReversed()) {
      if (end.readyMs === undefined) continue;
      const users = inside.filter(({ plan }) => plan.needs.includes(index) || (plan.after ?? 0) > index);
      const others = users.length > 0 ? users : inside.filter((one) => one.readyMs === undefined);
      inside[index] = {
        ...end,
        ...ending(at, { ...end, endMs: Math.max(end.readyMs, ...others.map((one) => one.endMs)) }),
      };
    }
    const [failure] = inTime(inside.filter(isFailure));
    const rest = inside.some((end) => end.result === 'cancelled') ? 'cancelled' : 'succeeded';
    const result = failure ? 'failed' : inside.every((end) => end.result === 'skipped') ? 'skipped' : rest;
    const endMs = Math.max(at.startMs, ...inside.map((end) => end.endMs));
    return { result, endMs, error: failure?.error ?? null, inside, seen };
  }

  member(plan: P.PlanNode, around: At, before: readonly End[]): End {
    const needs = plan.needs.flatMap((index) => before[index] ?? []);
    const edges = [...needs, ...before.slice(0, plan.after ?? 0)];
    const startMs = Math.max(around.startMs, ...edges.map((edge) => edge.readyMs ?? edge.endMs));
    const at = { ...around, startMs };
    const idle: Own = { result: 'skipped', endMs: startMs };
    const work = (): Own => this.gate(plan, at, needs, edges) ?? this.step(plan, { ...at, isAtEnd: false });
    const own = this.hooked(plan, at, startMs < at.untilMs ? this.refusing(idle, work) : ending(at, idle));
    const isGood = own.result === 'succeeded' || (own.result === 'failed' && plan.continueOnError === true);
    const counts = isGood ? 'good' : own.result === 'skipped' ? 'skipped' : 'bad';
    const hasFailure = (own.result === 'failed' && !isGood) || edges.some((edge) => edge.hasFailure);
    return { counts, ...own, path: at.path, plan, at, hasFailure };
  }

  /** What keeps a step from beginning: its edges, or its `if`. */
  gate(plan: P.PlanNode, at: At, needs: readonly End[], edges: readonly End[]): Own | null {
    const isBadEdge = ({ counts }: Own): boolean => counts === 'bad';
    const good = needs.filter(({ counts }) => counts === 'good').length;
    const joins = {
      'all-done': true,
      'any-succeeded': good > 0 || needs.length === 0,
      'none-failed': !needs.some(isBadEdge),
      'all-succeeded': good === needs.length,
    };
    const needsHold = joins[plan.join ?? 'all-succeeded'];
    const bad = [...(needsHold ? [] : needs), ...edges.slice(needs.length)].find(isBadEdge);
    const holds = needsHold && bad === undefined;
    const idle: Own = { result: 'skipped', endMs: at.startMs };
    const isRejected = bad?.result === 'skipped' && bad.error;
    const byNeed: Own = bad === undefined || isRejected ? idle : { ...idle, counts: 'bad' };
    if (plan.if === undefined) return holds || at.isAtEnd ? null : byNeed;
    if (!holds && !plan.if.replacesJoin) return byNeed;
    const status = { success: holds, failure: edges.some((edge) => edge.hasFailure), cancelled: false };
    if (this.asks(plan.if.expression, at, status)) return null;
    return !holds && this.asks(plan.if.expression, at, { ...status, success: true }) ? byNeed : idle;
  }

  /** What follows the work of a step, before it has ended. */
  hooked(plan: P.PlanNode, at: At, own: Own): Own {
    const slot = own.result === 'succeeded' ? -1 : own.result === 'failed' ? -2 : 0;
    const body = own.endMs < at.untilMs ? plan.hooks?.find((hook) => hook.slot === slot)?.body : undefined;
    if (body === undefined) return own;
    const self = { outputs: own.outputs ?? {}, result: own.result };
    const more = { ...at.more, self, ...(slot === -2 && { error: own.error ?? null }) };
    const path = `${at.path}/${slot === -2 ? 'on-failure' : 'on-success'}/`;
    const hook = this.scope(body, { ...at, path, startMs: own.endMs, more, isAtEnd: false });
    const { result, error = null } = slot === -1 && isBad(hook) ? hook : own;
    const isDone = own.result === 'succeeded';
    return { ...own, result, error, inside: [...(own.inside ?? []), ...hook.inside], endMs: hook.endMs, isDone };
  }

  step(plan: P.PlanNode, at: At): Own {
    if (plan.kind !== 'action' && !('bodies' in plan)) return this.leaf(plan, at);
    const totalMs = at.startMs + (plan.totalTimeoutMs ?? Infinity);
    const lastMs = Math.min(totalMs, at.startMs + (plan.retry?.maxDurationMs ?? Infinity));
    const before: End[] = [];
    const asked = new Map(at.asked);
    for (let tries = 1, { startMs } = at; ; tries++) {
      const lateMs = Math.min(totalMs, startMs + (plan.timeoutMs ?? Infinity));
      const here = { ...at, startMs, asked };
      const own =
        plan.kind === 'action' ? this.attempt(plan, here, tries, lateMs) : this.once(plan, here, lateMs, totalMs);
      const isOver = own.result !== 'failed' || plan.retry === undefined || own.endMs >= at.untilMs;
      const againMs = isOver || !plan.retry ? null : this.again(plan.retry, at, own, tries);
      if (againMs === null || againMs >= lastMs) return { ...own, before };
      if (againMs >= at.untilMs) return { ...ending(at, { ...own, endMs: againMs }), before };
      before.push(...(own.inside ?? []));
      for (const { path, wasAsked } of allIn(own, true)) if (wasAsked) asked.set(path, (asked.get(path) ?? 0) + 1);
      startMs = againMs;
    }
  }

  once(plan: P.CompositeNode, at: At, lateMs: number, totalMs: number): Own {
    const code = lateMs === totalMs ? 'STEP_TOTAL_TIMEOUT' : 'STEP_TIMEOUT';
    const inner = { ...at, path: `${at.path}/` };
    switch (plan.kind) {
      case 'choose': {
        const slot = plan.conditions?.findIndex((test) => test === null || this.asks(test, at)) ?? -1;
        if (slot < 0) return { result: 'skipped', endMs: at.startMs };
        const own = this.body(
          { ...plan, outputs: plan.bodyOutputs?.[slot] ?? plan.outputs ?? {} },
          plan.bodies[slot],
          inner,
          lateMs,
          code,
        );
        const branch = plan.conditions?.[slot] === null ? 'else' : slot;
        const isAsked = own.result === 'succeeded' || (at.path === '' && own.result === 'skipped');
        return isAsked ? { ...own, outputs: { ...own.outputs, branch } } : own;
      }
      case 'try':
        return this.parts(plan, plan.bodies, inner, lateMs, code);
      case 'workflow':
        return this.child(plan, at, lateMs, code);
      case 'loop':
        return loopEnd(this, plan, at, lateMs, code);
      case 'each':
        return eachEnd(this, plan, at, lateMs, code);
      case 'compensate':
        return undoEnd(this, plan, at);
      default:
        return this.body(plan, plan.bodies[0], inner, lateMs, code);
    }
  }

  /** A scope that is cut short by time, a failure or the first success; then with what it gives. */
  body(plan: P.CompositeNode, body: Body, at: At, lateMs: number, code: string): Scope {
    const untilMs = Math.min(at.untilMs, lateMs);
    let own = this.scope(body, { ...at, untilMs });
    const isRace = plan.kind === 'race';
    const decides = (end: End): boolean =>
      isRace ? end.result === 'succeeded' : plan.failFast === true && isFailure(end);
    const [first] = inTime(own.inside.filter((end) => end.endMs < untilMs && decides(end)));
    if (first !== undefined) {
      const index = own.inside.indexOf(first);
      const isNext = ({ plan: { needs, after = 0 } }: End): boolean => needs.includes(index) || after > index;
      this.isOpen ||= meets(
        own.inside.filter((end) => end !== first && !isNext(end)),
        first.endMs,
      );
      const isKept = (end: End, k: number): boolean =>
        end.endMs < first.endMs || (end.endMs === first.endMs && k <= index && end.readyMs === undefined);
      const kept = own.inside.map((end, k) => (isKept(end, k) ? end : null));
      own = this.scope(body, { ...at, untilMs: first.endMs }, kept);
    }
    if (isRace && first) own = { ...own, result: 'succeeded', outputs: plan.outputs ? {} : (first.outputs ?? {}) };
    else if (lateMs <= at.untilMs && own.endMs >= lateMs && isBad(own)) return { ...own, ...failed(code, own.endMs) };
    const isAsked = own.result === 'succeeded' || (at.path === '' && own.result === 'skipped'); // also of a run in which nothing ran
    const path = at.path.replace(/\/(?:catch\/)?$/, '');
    return isAsked ? { ...own, ...this.proven(plan, { ...at, path, startMs: own.endMs }, own, own.seen) } : own;
  }

  /** What has a body, then what answers its failure or follows its success, and in any case an end. */
  parts(plan: P.CompositeNode, bodies: P.CompositeNode['bodies'], at: At, lateMs: number, code: string): Own {
    const [body, , last] = bodies;
    const main = this.body(plan, body, at, lateMs, code);
    const hasFailed = main.result === 'failed';
    const isLate = main.error?.code === code && main.endMs >= lateMs;
    const error = main.error ?? null;
    const after: At = {
      ...at,
      seen: main.seen,
      startMs: main.endMs,
      ...(hasFailed && { isAtEnd: true, more: { ...at.more, error } }),
    };
    const catches = (_: unknown, slot: number): boolean => {
      const test = plan.conditions?.[slot] ?? null;
      return bodies[slot] !== null && slot !== 0 && slot !== 2 && (test === null || this.asks(test, after));
    };
    const caught = plan.rethrow ? 1 : isLate ? -1 : hasFailed ? bodies.findIndex(catches) : -1;
    const isOver = main.endMs >= at.untilMs || (main.result !== 'succeeded' && !hasFailed);
    const slot = isOver ? -1 : hasFailed ? caught : plan.rethrow ? 3 : -1;
    const name = hasFailed ? (plan.rethrow ? 'on-failure' : 'catch') : 'on-success';
    const done = allIn(main, true);
    const scene = { ...after, path: `${at.path}${name}/`, done };
    const { outputs: _outputs, ensures: _ensures, ...bare } = plan;
    const answerMs = isLate || at.path === '' ? Infinity : lateMs;
    const answer = this.body(plan.rethrow ? bare : plan, bodies[slot], scene, answerMs, code);
    const end = this.scope(last, {
      ...scene,
      path: `${at.path}finally/`,
      seen: answer.seen,
      startMs: answer.endMs,
      untilMs: Infinity,
      isAtEnd: true,
    });
    const inside = [main, answer, end].flatMap((part) => part.inside);
    const isCaught = hasFailed && !plan.rethrow && slot > 0;
    const worst = hasFailed ? 'failed' : answer.result;
    const bad = { ...main, result: worst, error: answer.error ?? error };
    const own: Own = !isBad(answer) ? (isCaught ? { ...answer, result: 'succeeded' } : main) : isCaught ? answer : bad;
    const whole = { ...own, inside, endMs: end.endMs };
    const isOwn = !hasFailed && answer.result === 'failed';
    if (end.result === 'failed') return { ...whole, result: 'failed', error: (isOwn ? answer : end).error ?? null };
    return end.endMs >= at.untilMs ? { ...whole, result: 'cancelled' } : whole;
  }

  child(plan: P.CompositeNode, at: At, lateMs: number, code: string): Own {
    const { files = [], pick } = plan.child ?? {};
    const key = pick === undefined ? files[0]?.key : this.given(pick, at);
    const index = files.findIndex((one) => one.key === key);
    const file = files[index];
    if (file === undefined) return failed('STEP_WORKFLOW_UNKNOWN', at.startMs);
    const given = this.given(file.with, at) as JsonObject; // so the compiler makes it
    const inputs: Record<string, Json> = {};
    for (const [name, spec] of Object.entries(file.inputs)) {
      inputs[name] = given[name] ?? spec.default ?? null;
      if (inputs[name] === null && spec.required) return failed('STEP_INPUT_INVALID', at.startMs);
    }
    const scene = { ...at, path: `${at.path}/`, seen: START.seen, more: { inputs, error: null } };
    const own = this.parts(
      { ...plan, outputs: file.outputs },
      plan.bodies.slice(index * 4, index * 4 + 4),
      scene,
      lateMs,
      code,
    );
    const isAsked = own.result === 'succeeded' || (at.path === '' && own.result === 'skipped');
    return isAsked ? own : { ...own, outputs: {} };
  }
}
