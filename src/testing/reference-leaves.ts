/**
 * What steps that hold no others come to by themselves, in virtual time, told from the rules of the language and the answers of a
 * world; and what texts give. Knows no scopes and no order among steps.
 */
import type { Expression, Template } from '../core/expr/ast.ts';
import { type EvaluationEnv, evaluateTemplate } from '../core/expr/evaluate.ts';
import { lookupObject, type Value } from '../core/expr/value.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type * as P from '../core/plan/plan.ts';
import type { RandomCase } from './random-plan.ts';

/** What a step, or a scope, came to; times in ms since the beginning. */
export interface Own {
  readonly result: 'succeeded' | 'failed' | 'skipped' | 'cancelled';
  readonly endMs: number;
  readonly outputs?: JsonObject;
  readonly error?: JsonObject | null;
  /** How it counts for what needs it. */
  readonly counts?: 'good' | 'bad' | 'skipped';
  /** From when on a service serves. */
  readonly readyMs?: number;
  readonly inside?: readonly End[];
  /** What was inside in attempts before the last one. */
  readonly before?: readonly End[];
  /** Its own work went well, whatever followed it. */
  readonly isDone?: boolean;
  /** Of a compensation: the steps that no longer count as done. */
  readonly undone?: readonly string[];
  /** Someone was asked for a verdict. */
  readonly wasAsked?: boolean;
  /** No retry covers it. */
  readonly isFinal?: boolean;
  /** Of a fan-out: what became of each item. */
  readonly items?: readonly JsonObject[];
}
export interface End extends Own {
  readonly path: string;
  readonly plan: P.PlanNode;
  readonly at: At;
  /** It failed, or something that it depends on. */
  readonly hasFailure: boolean;
}
/** Where something begins: what its texts see, when all of it is cancelled, and what there is to undo. */
export interface At {
  readonly path: string;
  readonly startMs: number;
  readonly untilMs: number;
  readonly seen: ReadonlyMap<string, End>;
  readonly more: Readonly<Record<string, Value>>;
  /** Among the steps that answer a failure, or clean up. */
  readonly isAtEnd: boolean;
  readonly done: readonly End[];
  /** How often approvals were answered in earlier attempts of what is around. */
  readonly asked: ReadonlyMap<string, number>;
}

export const isFailure = (end: End): boolean =>
  end.result === 'failed' && !end.plan.continueOnError && !end.plan.allowFailure;

export const isBad = ({ result }: Own): boolean => result === 'failed' || result === 'cancelled';
/** In the order in which they ended; a service ends after those that it serves. */
export const inTime = <T extends Own>(ends: readonly T[]): readonly T[] =>
  ends.toSorted((a, b) => a.endMs - b.endMs || Number(a.readyMs !== undefined) - Number(b.readyMs !== undefined));
/** All that was done inside, if asked for in earlier attempts as well; what is further out comes later. */
export function allIn({ inside = [], before = [] }: Own, isWhole: boolean): readonly End[] {
  return [...(isWhole ? before : []), ...inside].flatMap((end) => [...allIn(end, isWhole), end]);
}
/** Whether something began or ended just then. */
export function meets(ends: readonly End[], ms: number): boolean {
  return allIn({ result: 'succeeded', endMs: ms, inside: ends }, true).some(
    (end) => end.at.startMs === ms || end.endMs === ms,
  );
}

/** Why a text has no value. */
class Refusal extends Error {}

export function failed(code: string, endMs: number, more: Partial<Own> = {}): Own {
  return { result: 'failed', endMs, ...more, error: { code } };
}

/** What ends at a moment, unless all is cancelled before. */
export function ending(at: At, own: Own): Own {
  const { readyMs: _ready, ...cut } = own;
  return own.endMs < at.untilMs ? own : { ...cut, result: 'cancelled', endMs: at.untilMs, counts: 'bad', outputs: {} };
}

export class Leaves {
  /** Two things happened at the same moment, and the rules do not say which of them is first. */
  isOpen = false;
  readonly world: RandomCase['world'];
  readonly signals: RandomCase['signals'];
  constructor({ world, signals }: RandomCase) {
    this.world = world;
    this.signals = signals;
  }

  leaf(plan: P.SetNode | P.FailNode | P.WaitNode | P.AwaitNode | P.ApproveNode, at: At): Own {
    switch (plan.kind) {
      case 'set':
        return { result: 'succeeded', endMs: at.startMs, outputs: this.given(plan.values, at) as JsonObject }; // so the compiler makes it
      case 'fail':
        return failed('STEP_FAIL', at.startMs);
      case 'wait': {
        const lengthMs = msIn(String(this.given(plan.for, at)));
        if (lengthMs === null) return failed('STEP_WAIT_DURATION', at.startMs);
        return ending(at, { result: 'succeeded', endMs: at.startMs + lengthMs });
      }
      case 'await': {
        const [endMs, outputs] = this.answer(plan.what, at);
        const lateMs = at.startMs + (plan.timeoutMs ?? Infinity);
        if (endMs > lateMs) return ending(at, failed('STEP_WAIT_TIMEOUT', lateMs));
        return ending(at, { result: 'succeeded', endMs, outputs });
      }
      default:
        return { ...ending(at, this.approval(plan, at)), wasAsked: true };
    }
  }

  /** When what is waited for comes, and what it gives. */
  private answer(what: P.Awaited, at: At): readonly [number, JsonObject] {
    if (what.kind === 'file' || what.kind === 'probe') {
      const comes = what.kind === 'file' ? this.world.comes(at.path) : this.world.probe(at.path);
      return comes?.outcome === 'succeeded' ? [at.startMs + comes.takesMs, comes.outputs ?? {}] : [Infinity, {}];
    }
    if (what.kind === 'event') {
      const isMeant = (event: Json): boolean =>
        what.match === undefined || this.asks(what.match, { ...at, more: { ...at.more, event } });
      const sent = this.signals.find(({ name, data = null }) => name === what.name && isMeant(data));
      const { afterMs = Infinity, data = null, by = '' } = sent ?? {};
      return [Math.max(at.startMs, afterMs), { event: data, by }];
    }
    let nowMs = at.startMs;
    while (nowMs < at.startMs + LONGEST_MS && !this.asks(what.until, { ...at, startMs: nowMs })) nowMs += what.everyMs;
    return [nowMs, {}];
  }

  private approval(plan: P.ApproveNode, { path, startMs, asked }: At): Own {
    const lateMs = startMs + (plan.timeoutMs ?? Infinity);
    const { takesMs = Infinity, ...said } = this.world.verdict(path, (asked.get(path) ?? 0) + 1) ?? {};
    const isLate = startMs + takesMs > lateMs;
    if (isLate && plan.default === undefined) return failed('STEP_APPROVAL_TIMEOUT', lateMs);
    const usual = { verdict: plan.default ?? '', by: 'timeout', form: null, comment: null };
    const outputs: JsonObject = isLate ? usual : { ...said };
    const endMs = Math.min(startMs + takesMs, lateMs);
    if (outputs.verdict !== 'reject') return { result: 'succeeded', endMs, outputs };
    const rejected = failed('STEP_REJECTED', endMs, { outputs });
    return plan.onReject === 'skip' ? { ...rejected, result: 'skipped', counts: 'bad' } : rejected;
  }

  /** One attempt, which is stopped when its time is over. */
  attempt(plan: P.ActionNode, at: At, tries: number, lateMs: number): Own {
    this.given(plan.with, at);
    const { outcome, takesMs, outputs = {}, error } = this.world.attempt(at.path, tries);
    const isService = plan.action === 'service';
    const endMs = outcome === 'succeeded' && isService ? at.startMs : at.startMs + takesMs;
    if (Math.min(endMs, lateMs) >= at.untilMs) return ending(at, failed('', Infinity));
    if (endMs > lateMs) return failed('STEP_TIMEOUT', lateMs);
    const more = { ...(isService && { readyMs: endMs }) };
    if (outcome === 'succeeded')
      return this.proven(plan, at, { result: 'succeeded', endMs, outputs, ...more }, at.seen);
    const { code = 'STEP_FAILED', retryable = true, retryAfterMs = 0, exitCode = null, message = '' } = error ?? {};
    const shown = { code, message, retryable, retryAfterMs, 'exit-code': exitCode };
    return { result: 'failed', endMs, outputs, error: shown, isFinal: outcome === 'in-doubt' || isService };
  }

  /** A success with what is computed from it, where what it ensures is so. */
  proven(plan: Pick<P.NodeBase, 'outputs' | 'ensures'>, at: At, own: Own, seen: At['seen']): Own {
    return this.refusing(own, () => {
      const sees = (outputs: JsonObject): At => ({
        ...at,
        seen,
        more: { ...at.more, self: { outputs, result: 'succeeded' } },
      });
      const specs = Object.entries(plan.outputs ?? {});
      const computed = specs.map(([name, { value }]) => [name, this.given(value, sees(own.outputs ?? {}))] as const);
      const outputs = { ...own.outputs, ...Object.fromEntries(computed) };
      const isHollow = (plan.ensures ?? []).some(
        (one) => one.kind === 'output' && !this.asks(one.holds, sees(outputs)),
      );
      const isLooked = (plan.ensures ?? []).some((one) => one.kind !== 'output');
      if (isLooked && !isHollow && own.endMs >= at.untilMs) return { ...own, result: 'cancelled' };
      if (isHollow || (isLooked && !this.world.ensured(at.path)))
        return { ...own, ...failed('STEP_HOLLOW', own.endMs) };
      return { ...own, outputs };
    });
  }

  /** When a failure is followed by another attempt; null for never. */
  again(retry: P.Retry, at: At, { endMs, error, isFinal }: Own, tries: number): number | null {
    const { code = '', retryable = true, retryAfterMs = 0, 'exit-code': exitCode } = error ?? {};
    const isOf = (one: P.FailureClass | undefined): boolean =>
      one?.errors?.includes(String(code)) === true ||
      (one?.matches !== undefined && String(error?.message).includes(one.matches)) ||
      one?.exitCodes?.includes(Number(exitCode ?? Number.NaN)) === true ||
      (one?.holds !== undefined && this.asks(one.holds, { ...at, more: { ...at.more, error: error ?? null } }));
    if (isFinal || tries >= retry.attempts || isOf(retry.neverOn)) return null;
    if (retry.on === undefined ? retryable === false : !isOf(retry.on)) return null;
    const growth = { constant: 1, linear: tries, exponential: retry.factor ** (tries - 1) }[retry.backoff];
    const delayMs = Math.max(retry.delayMs * growth, Number(retryAfterMs));
    return endMs + Math.min(retry.maxDelayMs ?? Infinity, delayMs);
  }

  /** `otherwise`: what there is by then, where a text has no value. */
  refusing(otherwise: Own, work: () => Own): Own {
    try {
      return work();
    } catch (error) {
      if (error instanceof Refusal) return { ...otherwise, ...failed(error.message, otherwise.endMs) };
      throw error;
    }
  }

  refuse(code: string): never {
    throw new Refusal(code);
  }

  asks(expression: Expression, at: At, status?: EvaluationEnv['status']): boolean {
    return Boolean(this.given({ kind: 'value', expression }, at, status));
  }

  given(template: Template, { seen, more, path, startMs }: At, status?: EvaluationEnv['status']): Json {
    const steps = lookupObject(
      (id) => shownOf(seen.get(id)),
      () => seen.keys(),
    );
    const given = evaluateTemplate(template, {
      context: (name) => (name === 'steps' ? steps : more[name]),
      captured: (key) => this.world.outside(path, key.replace(/\[.*/s, ''), startMs),
      ...(status && { status }),
    });
    if (given.kind === 'error') throw new Refusal(given.error.code);
    return given.kind === 'value' ? given.value : null;
  }
}

/** Longer than any wait of a random plan that ends. */
const LONGEST_MS = 20_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
const WORDS = { succeeded: 'success', failed: 'failure', skipped: 'skipped', cancelled: 'cancelled' };

function msIn(text: string): number | null {
  const parts = [...text.matchAll(/(\d+)(ms|s|m)/g)];
  return parts.length === 0
    ? null
    : parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
}

/** What `steps.ID` is. */
function shownOf(end: End | undefined): Value | undefined {
  if (end === undefined) return undefined;
  const { result, outputs = {}, error = null, plan, items } = end;
  const conclusion = result === 'failed' && plan.continueOnError ? 'success' : WORDS[result];
  const given = items === undefined ? outputs : items.map((item) => item.outputs ?? null);
  return { outputs: given, items: items ?? [], result, conclusion, outcome: WORDS[result], error };
}
