/**
 * The naive oracle: no counters, no frontier, no indexes. It keeps a plain list of what is open, and for every single
 * question it scans all of it again, straight from the rules of the language. O(n²) and proud of it.
 */
import { createHash } from 'node:crypto';
import type { Expr, Expression, Template } from '../../../src/core/expr/ast.ts';
import { digest, type Json, type JsonObject } from '../../../src/core/json.ts';
import {
  type ApproveNode,
  type AwaitNode,
  type ChildSpec,
  type CompositeNode,
  type EachSpec,
  isGuarded,
  isService,
  type LoopSpec,
  type Matrix,
  type Plan,
  type PlanNode,
} from '../../../src/core/plan/plan.ts';
import type { Ensure, Verify } from '../../../src/core/plan/proof.ts';
import type { OnceDone, RunEvent } from '../../../src/core/run/event.ts';
import type { LoopFacts } from '../../../src/core/run/loop-facts.ts';

/** One node that is open, or that a `try` still shows. */
export interface Fact {
  readonly path: string;
  readonly plan: PlanNode;
  readonly parent: Fact | null;
  readonly slot: number;
  readonly index: number;
  closed: boolean;
  state: 'blocked' | 'running' | 'serving' | 'ended' | 'delayed' | 'waiting' | 'open' | 'settled';
  stop: string | null;
  killed: boolean;
  begun: boolean;
  /** When its first attempt began, and the last one ended. */
  since: number;
  until: number;
  attempts: number;
  failures: number;
  interruptions: number;
  op: number;
  /** The timer of its limit; which limit is over; whether its members were stopped because of it. */
  limitOp: number;
  late: string | null;
  timedOut: boolean;
  /** Of what waits for a condition: the check or pause under way, and how the last one ended. */
  checkOp: number;
  checks: number;
  isDue: boolean;
  checked: { readonly holds: boolean; readonly outputs?: JsonObject } | null;
  /** Its lock, then the key of what it does once. */
  claims: { readonly op: number; held: boolean; again: boolean; done: OnceDone | null }[];
  /** The look at what it ensures, or whether its effect has happened; `held` is null while it goes on. */
  look: { readonly about: string; readonly op: number; held: boolean | null } | null;
  doubt: { readonly why: string; answer: string | null; outputs: Json; aside: Record<string, Json> | null } | null;
  /** Of what may come from the cache: the open question, whether it is to be kept, and what was found. */
  lookup: { readonly op: number; readonly isKept: boolean; readonly hit: Json } | null;
  /** Of a service: it has served, its edges count as good, nobody needs it. */
  served: boolean;
  /** What it gave as it began to serve. */
  serves: Json;
  offered: boolean;
  released: boolean;
  capturing: boolean;
  captured: Record<string, Json>;
  outcome: string | null;
  outputs: Json;
  result: string | null;
  cause: string | null;
  opened: number[];
  /** Its members were there once. */
  hadSlots: boolean;
  cursor: number;
  results: (string | undefined)[];
  own: boolean;
  failingFast: boolean;
  print: string | null;
  /** The code of what it failed of, and when it settled: the how-manieth of all. */
  code: string | null;
  settledAt: number;
  /** Of a composite: the codes that its slots failed of. */
  codes: (string | null)[];
  /** And whether that was an error of its own. */
  owns: boolean[];
  /** Of a composite: a member runs again by command, and what depends on it with it. */
  againInside: boolean;
  /** Of a loop: what each iteration gave and found, and whether the time to the next has begun. */
  gave: Json[];
  found: LoopFacts[];
  waited: boolean;
  /** Of a fan-out: its items and their keys. */
  /** Of a race. */
  winner: number | null;
  items: readonly Json[];
  keys: readonly string[];
  /** Of a child workflow: which file, its inputs, and whether anything in it was started. */
  child: number;
  inputs: JsonObject;
  worked: boolean;
  /** It belongs to the end of a child workflow in which something was done again. */
  anew: boolean;
  /** Of a composite: what each slot came to. */
  prints: (string | null)[];
  hook: { readonly slot: number; result: string | null; readonly why: string | null } | null;
  /** A rejection sent it back: nothing stands for it. */
  sentBack: boolean;
  /** All that were opened with it, itself included. */
  readonly siblings: Fact[];
  /** Of what undoes `parent`: who does that, and the how-manieth it is of that one. */
  readonly undoer: { readonly fact: Fact; readonly slot: number } | null;
}
interface Past {
  readonly path: string;
  readonly anonymous: boolean;
  readonly attempts: number;
  readonly interruptions: number;
  readonly captured: Record<string, Json>;
  readonly print: string | null;
  readonly outputs: Json;
  readonly doubt: string | null;
  /** When it succeeded. */
  readonly good: number;
}
type Missing = { readonly missing: string; readonly kind: string };
type Value = Json | Missing | { readonly error: true };
const isMissing = (value: Value): value is Missing => typeof value === 'object' && value !== null && 'missing' in value;
const isError = (value: Value): value is { error: true } =>
  typeof value === 'object' && value !== null && 'error' in value;

interface Op {
  readonly kind: string;
  readonly fact: Fact;
  readonly keys: readonly string[];
  readonly purpose: string;
  readonly ms: number;
  readonly limit?: string;
  readonly since?: number;
}
export type Loose = Record<string, unknown> & { readonly type: string };
const NOW = 'now[]';
const FILES = 'files["","**"]';
const TREE = 'tree[]';
function withoutFiles({ [FILES]: _files, [TREE]: _tree, ...captured }: Record<string, Json>): Record<string, Json> {
  return captured;
}

export class Oracle {
  facts: Fact[] = [];
  status: 'new' | 'running' | 'finished' = 'new';
  paused = false;
  plan: Plan | null = null;
  lastOp = 0;
  settlements = 0;
  /** What the context `error` holds while a condition of a catch is evaluated. */
  failing: string | null = null;
  /** What the context `loop` holds while the \`while\` of the next iteration is evaluated. */
  nextIteration: JsonObject | null = null;
  /** The item that a key of a fan-out is evaluated for. */
  current: { readonly item: Json; readonly index: number } | null = null;
  now = 0;
  /** How often each approval was asked, how often it sent others back, and what those see of it. */
  asked = new Map<string, number>();
  /** How often steps were tried in what was rewound. */
  tried = new Map<string, number>();
  sent = new Map<string, number>();
  /** What someone said of effects in doubt, since the last writer. */
  assumed = new Map<string, string>();
  reworks = new Map<string, number>();
  inputs: JsonObject = {};
  /** Commands captured for the whole run, and those under way. */
  shared: Record<string, Json> = {};
  pending = new Set<string>();
  ops = new Map<number, Op>();
  /** Events that were sent: with the last op before each. */
  signals: { number: number; name: string; data: Json; lastOp: number; isTaken: boolean }[] = [];
  /** What the context `event` holds while a `match` is evaluated. */
  event: Json = null;
  past: Past[] = [];
  layer: Past[] | null = null;
  /** What succeeded and says how it is undone, in order; and what was undone under the plan in force. */
  done: { readonly fact: Fact; isUndone: boolean; readonly isOthers: boolean }[] = [];
  undone: string[] = [];
  /** A step without a name had succeeded when the plan was taken: only then are such steps looked at early. */
  hadAnonymous = false;
  selection: {
    rerun: readonly string[];
    downstream: boolean;
    only: readonly string[] | null;
    strict: boolean;
  } | null = null;
  /** When the workspace was found changed; and when those succeeded that do not say what they read. */
  drifts: number[] = [];
  undeclared = new Map<string, number>();
  readonly plans: ReadonlyMap<string, Plan>;
  constructor(plans: ReadonlyMap<string, Plan>) {
    this.plans = plans;
  }

  find(path: string): Fact | undefined {
    return this.facts.find((fact) => fact.path === path);
  }

  // ---------------------------------------------------------------- what events do
  apply(event: RunEvent & { readonly at?: number }): void {
    this.now = event.at ?? this.now;
    const fact = 'node' in event ? this.find(event.node) : undefined;
    switch (event.type) {
      case 'run.created':
        this.inputs = event.inputs;
        return this.begin(event.plan);
      case 'run.replanned':
        for (const one of this.facts) if (one.result === null) this.pastOf(one, null);
        this.layer = [...this.past];
        this.hadAnonymous = this.layer.some((one) => one.anonymous && one.print !== null);
        this.selection =
          event.rerun || event.only
            ? {
                rerun: event.rerun ?? [],
                downstream: event.downstream === true,
                only: event.only ?? null,
                strict: event.strict === true,
              }
            : null;
        return this.begin(event.plan);
      case 'run.opened':
        this.assumed.clear();
        if (event.changed) this.drifts.push(this.now);
        for (const one of this.facts) if (one.result === null) one.captured = withoutFiles(one.captured);
        for (const wasServing of [false, true]) {
          const cutOff = [...this.ops].filter(
            ([, { kind, fact: one }]) => kind === 'attempt' && (one.state === 'serving') === wasServing,
          );
          for (const [op] of cutOff) this.ops.delete(op); // all of them at once
          for (const [op, { fact: one }] of cutOff) this.interrupt(op, one);
        }
        for (const [op, open] of this.ops) {
          if (open.purpose !== 'poll') continue;
          this.ops.delete(op);
          this.due(open.fact);
        }
        for (const [op, open] of this.ops) if (open.kind === 'cache') this.ops.delete(op);
        for (const one of this.facts)
          if (one.lookup !== null && one.result === null)
            one.lookup = one.state === 'ended' ? { op: 0, isKept: false, hit: null } : null;
        for (const one of this.facts) {
          if (one.result !== null) continue;
          for (const claim of one.claims) {
            if (claim.done) continue;
            Object.assign(claim, { held: false, again: claim.held || claim.again });
            this.open(claim.op, { kind: 'claim', fact: one, keys: [], purpose: '', ms: 0 });
          }
        }
        return;
      case 'command.received': {
        if (event.command === 'assume') {
          const { node, how } = event.data as { node: string; how: string };
          this.assumed.set(node, how);
        }
        if (!event.accepted || event.command !== 'signal') return;
        const { name, data } = event.data as { name: string; data: Json };
        const number = this.signals.length + 1;
        this.signals.push({ number, name, data, lastOp: this.lastOp, isTaken: false });
        return;
      }
      case 'run.rewound':
        for (const [path, times] of Object.entries(event.tried ?? {})) {
          this.tried.set(path, Math.max(times, this.tried.get(path) ?? 0));
          this.asked.set(path, Math.max(times, this.asked.get(path) ?? 0));
          const tried = this.find(path);
          if (tried && !('bodies' in tried.plan)) tried.attempts = Math.max(tried.attempts, times);
        }
        return;
      case 'run.paused':
        this.paused = true;
        return;
      case 'run.resumed':
        this.paused = false;
        return;
      case 'run.finished':
        this.status = 'finished';
        return;
      case 'attempt.serving': {
        const server = this.ops.get(event.op)?.fact;
        if (server?.state === 'running')
          Object.assign(server, {
            state: 'serving',
            served: true,
            offered: true,
            released: false,
            outputs: event.outputs,
            serves: event.outputs,
          });
        return;
      }
      case 'attempt.ended':
      case 'timer.ended':
      case 'capture.ended':
      case 'wait.ended':
      case 'check.ended':
      case 'claim.ended':
      case 'cache.ended':
        return this.answer(event);
      default:
        if (fact && (fact.result === null || event.type === 'capture.started')) this.applyTo(fact, event);
    }
  }

  private begin(hash: string): void {
    this.plan = this.plans.get(hash) as Plan;
    this.facts = [];
    this.ops.clear();
    this.done = [];
    this.undone = [];
    this.pending.clear();
    this.undeclared.clear();
    this.paused = false;
    this.status = 'running';
    this.facts.push(this.fact('', this.plan.root, null, 0, 0));
  }

  private fact(
    path: string,
    plan: PlanNode,
    parent: Fact | null,
    slot: number,
    index: number,
    sentBack = parent?.sentBack === true,
    siblings: Fact[] = [],
    undoer: Fact['undoer'] = null,
  ): Fact {
    const past =
      'bodies' in plan || this.isAnonymous({ plan, parent }) ? undefined : this.layer?.find((one) => one.path === path);
    return {
      path,
      plan,
      parent,
      slot,
      index,
      closed: false,
      state: 'blocked',
      stop: null,
      killed: false,
      begun: false,
      attempts: Math.max(past?.attempts ?? 0, 'bodies' in plan ? 0 : (this.tried.get(path) ?? 0)),
      failures: 0,
      interruptions: past?.interruptions ?? 0,
      op: 0,
      limitOp: 0,
      late: null,
      timedOut: false,
      checkOp: 0,
      checks: 0,
      isDue: true,
      checked: null,
      claims: [],
      look: null,
      doubt: past?.doubt && isGuarded(plan) ? doubtFor(past.doubt) : null,
      lookup: null,
      served: false,
      serves: null,
      offered: false,
      released: false,
      capturing: false,
      captured: past?.print ? withoutBefore(withoutFiles(past.captured)) : withoutFiles(past?.captured ?? {}),
      since: 0,
      until: 0,
      outcome: null,
      outputs: null,
      result: null,
      cause: null,
      opened: [],
      hadSlots: false,
      cursor: -1,
      results: [],
      own: false,
      failingFast: false,
      code: null,
      settledAt: 0,
      codes: [],
      owns: [],
      againInside: false,
      gave: [],
      found: [],
      waited: false,
      winner: null,
      items: [],
      keys: [],
      child: 0,
      inputs: {},
      worked: false,
      anew: parent !== null && this.isAnew(parent, slot),
      print: null,
      prints: [],
      hook: null,
      sentBack,
      siblings,
      undoer,
    }; // prettier-ignore
  }

  /** Nothing is kept in what a child workflow or a `try` does at its end, unless all before it is. */
  private isAnew(owner: Fact, slot: number): boolean {
    if (owner.anew) return true;
    if (partIn(owner, slot) === 'body') return false;
    const body = owner.plan.kind === 'workflow' ? owner.results[owner.child * 4] : null;
    return owner.worked || ['failed', 'cancelled'].includes(body ?? '');
  }
  /** Something was started in all that encloses it. */
  private work(fact: Fact): void {
    if (isService(fact.plan)) return;
    for (let at = fact.parent; at !== null; at = at.parent) at.worked = true;
  }

  isAnonymous(at: { readonly plan: PlanNode; readonly parent: Fact | null }): boolean {
    return at.plan.anonymous === true || (at.parent !== null && this.isAnonymous(at.parent));
  }
  private isEnding(fact: Fact): boolean {
    if (fact.parent === null) return false;
    return fact.slot < 0 || (fact.parent.parent === null && fact.slot > 0) || this.isEnding(fact.parent);
  }

  private applyTo(fact: Fact, event: RunEvent): void {
    switch (event.type) {
      case 'attempt.started':
        if (!fact.begun) fact.since = this.now;
        if (fact.state === 'ended' && fact.outcome === 'succeeded') fact.failures++;
        this.assumed.delete(fact.path);
        Object.assign(fact, {
          look: null,
          doubt: null,
          state: 'running',
          begun: true,
          op: event.op,
          attempts: event.attempt,
          print: this.leafPrint(fact),
        });
        this.work(fact);
        this.past = this.past.filter((one) => one.anonymous || one.path !== fact.path);
        if (this.isAnonymous(fact)) this.consume(fact);
        this.open(event.op, { kind: 'attempt', fact, keys: [], purpose: '', ms: 0 });
        return;
      case 'wait.started':
        if (!fact.begun) fact.since = this.now;
        if (event.purpose === 'assume') {
          fact.doubt ??= doubtFor(String(event.data.why));
          Object.assign(fact, { begun: true, state: 'waiting', op: event.op });
          this.work(fact);
          this.open(event.op, { kind: 'wait', fact, keys: [], purpose: event.purpose, ms: 0, since: this.now });
          return;
        }
        if (event.purpose === 'approval') {
          fact.attempts = (this.asked.get(fact.path) ?? 0) + 1;
          this.asked.set(fact.path, fact.attempts);
        }
        Object.assign(fact, { begun: true, state: 'waiting', op: event.op, print: this.leafPrint(fact) });
        this.work(fact);
        if (event.purpose === 'approval') {
          this.past = this.past.filter((one) => one.anonymous || one.path !== fact.path);
          if (this.isAnonymous(fact)) this.consume(fact);
        }
        if (event.purpose === 'condition') fact.captured = {};
        this.open(event.op, { kind: 'wait', fact, keys: [], purpose: event.purpose, ms: 0, since: this.now });
        return;
      case 'scope.reworked':
        this.sent.set(fact.path, event.count);
        for (const path of event.steps) this.sendBack(path, event.count, event.steps);
        return;
      case 'check.started':
        if (event.about !== undefined) {
          fact.look = { about: event.about, op: event.op, held: null };
          if (event.about === 'verify') {
            fact.doubt = { ...doubtFor(event.doubt ?? ''), aside: fact.captured };
            fact.captured = {};
          }
          this.open(event.op, { kind: 'check', fact, keys: [], purpose: event.about, ms: 0 });
          return;
        }
        Object.assign(fact, { checkOp: event.op, checks: event.round, isDue: false });
        this.open(event.op, { kind: 'check', fact, keys: [], purpose: '', ms: 0 });
        return;
      case 'timer.started':
        if (event.purpose === 'timeout' || event.purpose === 'poll') {
          if (event.purpose === 'poll') fact.checkOp = event.op;
          else fact.limitOp = event.op;
          const { purpose, delayMs: ms, limit = 'timeout' } = event;
          this.open(event.op, { kind: 'timer', fact, keys: [], purpose, ms, limit });
          return;
        }
        if (event.purpose === 'wait') {
          fact.begun = true;
          this.work(fact);
          fact.print = this.leafPrint(fact);
        } else if (event.purpose === 'delay') fact.waited = true;
        else if ('bodies' in fact.plan) this.failComposite(fact);
        else if (fact.outcome === 'succeeded') fact.failures++;
        fact.state = event.purpose === 'wait' ? 'waiting' : 'delayed';
        this.open(event.op, { kind: 'timer', fact, keys: [], purpose: event.purpose, ms: event.delayMs });
        return;
      case 'capture.started': {
        const keys = event.captures.map(({ key }) => key);
        fact.capturing = true;
        for (const { key, kind } of event.captures) if (kind === 'env-run') this.pending.add(key);
        this.open(event.op, { kind: 'capture', fact, keys, purpose: '', ms: 0 });
        return;
      }
      case 'cache.started':
        if (!fact.begun) fact.since = this.now;
        fact.begun = true;
        if (event.ask === 'restore') fact.print = this.leafPrint(fact);
        fact.lookup = { op: event.op, isKept: event.ask === 'save', hit: null };
        this.open(event.op, { kind: 'cache', fact, keys: [], purpose: event.ask, ms: 0 });
        return;
      case 'claim.started':
        fact.begun = true;
        fact.claims.push({ op: event.op, held: false, again: false, done: null });
        this.open(event.op, { kind: 'claim', fact, keys: [], purpose: '', ms: 0 });
        return;
      case 'node.opened':
        if (!fact.begun) fact.since = this.now;
        if (fact.state === 'open') this.failComposite(fact);
        fact.keys = event.keys ?? [];
        fact.items = event.items ?? fact.keys;
        if (event.inputs !== undefined) {
          fact.child = event.child ?? 0;
          fact.inputs = event.inputs;
        }
        fact.worked = false;
        Object.assign(fact, {
          look: null,
          state: 'open',
          begun: true,
          opened: [],
          hadSlots: true,
          cursor: -1,
          results: [],
          codes: [],
          againInside: false,
          gave: [],
          found: [],
          winner: null,
          waited: false,
          prints: [],
          failingFast: false,
          timedOut: false,
        });
        return;
      case 'scope.opened': {
        if (event.slot < 0) return this.openHook(fact, event);
        const { kind, bodies } = fact.plan as CompositeNode;
        const nodes = bodies[kind === 'loop' || kind === 'each' ? 0 : event.slot]?.nodes ?? [];
        if (kind === 'loop') fact.captured = {};
        fact.waited = false;
        fact.opened.push(event.slot);
        fact.cursor = event.slot;
        if (kind === 'compensate') return this.openUndoing(fact, event.slot);
        this.addMembers(fact, event.slot, nodes);
        return;
      }
      case 'scope.closed':
        if (fact.plan.kind === 'compensate') return this.closeUndoing(fact, event.slot, event.result);
        if (event.slot < 0) return this.closeHook(fact, event.slot, event.result);
        fact.until = this.now;
        fact.results[event.slot] = event.result;
        fact.own = event.error !== undefined;
        fact.owns[event.slot] = fact.own;
        fact.outputs = isGiving(fact, event.slot) ? event.outputs : fact.outputs;
        fact.codes[event.slot] =
          event.result === 'failed' ? (event.error?.code ?? this.firstCode(fact, event.slot)) : null;
        if (fact.winner !== null && fact.plan.outputs === undefined)
          fact.outputs = this.inside(fact, 0)[fact.winner]?.outputs ?? {};
        fact.prints[event.slot] = digest(
          (fact.winner === null
            ? this.inside(fact, event.slot)
            : this.inside(fact, event.slot).filter((one) => one.index === fact.winner)
          ).map((member) => [member.print ?? this.ownPrint(member), classOf(member)]),
        );
        if (fact.plan.kind === 'each') {
          const outputs = event.result === 'succeeded' ? (this.inside(fact, event.slot)[0]?.outputs ?? {}) : null;
          fact.gave[event.slot] = { outputs, result: event.result };
          fact.outputs = null;
        }
        if (fact.plan.kind === 'loop') {
          fact.outputs = this.inside(fact, event.slot)[0]?.outputs ?? {};
          fact.gave[event.slot] = { outputs: fact.outputs, result: event.result };
          fact.found[event.slot] = event.loop ?? {};
        }
        for (const member of this.inside(fact, event.slot)) member.closed = true;
        if (fact.plan.kind !== 'try' && fact.plan.kind !== 'workflow' && !isIteration(fact))
          this.forget(fact, event.slot);
        return;
      case 'service.released':
        fact.released = true;
        return;
      case 'race.won':
        fact.winner = event.slot;
        return this.stopInside(fact, 'race');
      case 'cancel.requested':
        if (event.cause === 'fail-fast') {
          fact.failingFast = true;
          this.stopInside(fact, event.cause);
        } else if (event.cause === 'timeout' && fact.late !== null && 'bodies' in fact.plan) {
          fact.timedOut = true;
          this.stopInside(fact, event.cause);
        } else if (fact.stop === null) this.stop(fact, event.cause);
        else {
          fact.killed = true;
          this.stopInside(fact, event.cause);
        }
        return;
      case 'step.settled':
        return this.settle(fact, event);
      default: // the others are no events of a node, or were met before
    }
  }

  private openHook(fact: Fact, { slot, error }: Extract<RunEvent, { type: 'scope.opened' }>): void {
    fact.hook = { slot, result: null, why: slot === -1 ? null : this.codeOf(fact, error?.code) };
    const nodes = fact.plan.hooks?.find((hook) => hook.slot === slot)?.body.nodes ?? [];
    this.addMembers(fact, slot, nodes);
  }
  private addMembers(owner: Fact, slot: number, plans: readonly PlanNode[], undoer: Fact['undoer'] = null): void {
    const made: Fact[] = [];
    for (const [index, plan] of plans.entries())
      made.push(this.fact(pathOf(owner, slot, plan.id), plan, owner, slot, index, owner.sentBack, made, undoer));
    this.facts.push(...made);
  }
  /** The steps that can be undone by now, the last end first: each as it was done last. */
  private undoable(): Fact[] {
    const paths = [...new Set(this.done.map(({ fact }) => fact.path))];
    const last = paths.flatMap((path) => {
      const one = this.done.findLast(({ fact }) => fact.path === path);
      return one === undefined || one.isUndone || one.isOthers ? [] : [one.fact];
    });
    return last.toSorted((a, b) => b.settledAt - a.settledAt);
  }
  private openUndoing(fact: Fact, slot: number): void {
    const target = this.undoable().find(({ path }) => path === fact.keys[slot]) as Fact;
    target.hook = { slot: -4, result: 'under way', why: null };
    const nodes = target.plan.hooks?.find((hook) => hook.slot === -4)?.body.nodes ?? [];
    this.addMembers(target, -4, nodes, { fact, slot });
  }
  private closeUndoing(fact: Fact, slot: number, result: string): void {
    const path = fact.keys[slot] ?? '';
    fact.results[slot] = result;
    this.facts = this.facts.filter(({ undoer }) => undoer?.fact !== fact);
    if (result !== 'succeeded' && result !== 'skipped') return;
    for (const one of this.done) if (one.fact.path === path) one.isUndone = true;
    this.undone.push(path);
    this.past = this.past.flatMap((one) => {
      if (!isWithin([path], one.path)) return [one];
      return one.anonymous ? [] : [{ ...one, print: null, outputs: {} }];
    });
  }
  private askUndoings(fact: Fact): Loose | null {
    const slot = fact.opened.find((one) => fact.results[one] === undefined);
    if (slot !== undefined) {
      const members = this.facts.filter(({ undoer }) => undoer?.fact === fact);
      if (members.some((one) => one.result === null)) return null;
      const result = this.cameTo(members);
      const undone = result === 'succeeded' || result === 'skipped' ? { undone: fact.keys[slot] } : {};
      return { type: 'scope.closed', node: fact.path, slot, result, ...undone };
    }
    if (fact.stop) return settle(fact, 'cancelled', 'cancelled');
    if (fact.opened.length < fact.keys.length)
      return { type: 'scope.opened', node: fact.path, slot: fact.opened.length };
    if (fact.keys.length === 0) return settle(fact, 'skipped', 'nothing-to-undo');
    const isBad = fact.results.some((one) => one === 'failed' || one === 'cancelled');
    return isBad ? settle(fact, 'failed', 'error') : settle(fact, 'succeeded', 'children');
  }
  private openCompensation(fact: Fact): Loose {
    const home = fact.parent?.path ?? '';
    const ids = (fact.plan as CompositeNode).undoes?.map((id) => (home === '' ? id : `${home}/${id}`));
    const isWanted = ({ path }: Fact): boolean => (ids ? isWithin(ids, path) : home === '' || isWithin([home], path));
    const keys = this.undoable()
      .filter(isWanted)
      .map(({ path }) => path); // prettier-ignore
    return { type: 'node.opened', node: fact.path, keys };
  }
  private closeHook(fact: Fact, slot: number, result: string): void {
    fact.hook = { slot, result, why: null };
    this.forget(fact, slot);
  }
  /** What a step asks for before it settles, and how its hook changes that. */
  private beforeEnd(fact: Fact, wish: Loose | 'start' | null): Loose | 'start' | null {
    if (wish === null || wish === 'start' || wish.type !== 'step.settled') return wish;
    const isGood = wish.result === 'succeeded' || wish.cause === 'cached';
    if (!isGood && wish.result !== 'failed') return wish;
    const slot = isGood ? -1 : -2;
    const hasOne = fact.plan.hooks?.some((hook) => hook.slot === slot) ?? false;
    if (fact.hook === null) return hasOne && !fact.stop ? { type: 'scope.opened', node: fact.path, slot } : wish;
    if (wish.result === 'failed') return wish;
    if (fact.hook.result === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    return fact.hook.result === 'failed' ? settle(fact, 'failed', 'hook') : wish;
  }
  private askHook(fact: Fact, slot: number): Loose | null {
    const members = this.inside(fact, slot);
    if (members.some((one) => one.result === null)) return null;
    return { type: 'scope.closed', node: fact.path, slot, result: this.cameTo(members) };
  }

  /** Of what a step fails: by itself, or by the first of its items, or the last of its slots that did. */
  private codeOf(fact: Fact, own: string | undefined): string | null {
    const firstOfItems = fact.plan.kind === 'each' ? fact.codes.find((code) => code != null) : null;
    return own ?? firstOfItems ?? fact.codes.findLast((code) => code != null) ?? null;
  }
  /** A new fact in the place of the old one, of which nothing is left but how often it was tried. */
  private sendBack(path: string, count: number, steps: readonly string[]): void {
    const old = this.find(path) as Fact;
    for (const slot of old.opened) this.forget(old, slot);
    for (const [op, open] of this.ops) {
      if (open.fact !== old) continue;
      this.ops.delete(op);
      for (const key of open.keys) this.pending.delete(key);
    }
    for (const known of this.undeclared.keys()) if (isWithin(steps, known)) this.undeclared.delete(known);
    for (const known of this.reworks.keys()) if (known !== path && isWithin([path], known)) this.reworks.delete(known);
    this.reworks.set(path, count);
    this.past = this.past.flatMap((one) => {
      if (!isWithin(steps, one.path)) return [one];
      return one.anonymous ? [] : [{ ...one, print: null, outputs: {} }];
    });
    const made = this.fact(old.path, old.plan, old.parent, old.slot, old.index, true, old.siblings, old.undoer);
    old.siblings[old.index] = made;
    if (!('bodies' in old.plan)) made.attempts = old.attempts;
    Object.assign(made, { captured: {}, interruptions: 0, doubt: null });
    this.facts[this.facts.indexOf(old)] = made;
  }

  private firstCode(fact: Fact, slot: number): string | null {
    const failed = this.inside(fact, slot).filter(countsAsFailed);
    return failed.toSorted((a, b) => a.settledAt - b.settledAt)[0]?.code ?? null;
  }

  /** A success of a step without a name stands for one step only. */
  private consume(fact: Fact): void {
    const stale = this.nameless(fact, fact.print);
    const at = stale === undefined ? -1 : (this.layer?.indexOf(stale) ?? -1);
    if (at < 0) return;
    const [used] = this.layer?.splice(at, 1) ?? [];
    this.past = this.past.filter((one) => one !== used);
  }

  /** The success that stands for a step without a name: its own, or else the first. */
  private nameless(fact: Fact, print: string | null): Past | undefined {
    const same = this.layer?.filter((one) => one.anonymous && one.print === print) ?? [];
    return same.find((one) => one.path === fact.path) ?? same[0];
  }

  private settle(fact: Fact, event: Extract<RunEvent, { type: 'step.settled' }>): void {
    for (const [op, open] of this.ops) {
      if (open.fact !== fact) continue;
      this.ops.delete(op);
      for (const key of open.keys) this.pending.delete(key);
    }
    Object.assign(fact, { state: 'settled', result: event.result, cause: event.cause.kind, capturing: false });
    fact.settledAt = ++this.settlements;
    const good = event.cause.kind === 'kept' ? event.cause.endedAt : this.now;
    this.undeclared.delete(fact.path);
    if (this.hides(fact) && ['succeeded', 'kept'].includes(event.result)) this.undeclared.set(fact.path, good);
    fact.code = this.codeOf(fact, event.error?.code);
    if (event.outputs) fact.outputs = Object.assign({}, event.result === 'kept' ? {} : fact.outputs, event.outputs);
    if (event.result === 'skipped') fact.outputs = event.outputs ?? null;
    if (event.cause.kind === 'verified') {
      fact.outputs = event.outputs ?? {};
      fact.print = this.leafPrint(fact);
      this.assumed.delete(fact.path);
    }
    if (fact.plan.kind === 'workflow' && event.result !== 'succeeded') fact.outputs = null;
    const canBe = fact.plan.hooks?.some(({ slot }) => slot === -4) === true && !this.isEnding(fact);
    if (canBe && (event.result === 'succeeded' || event.result === 'kept' || event.cause.kind === 'hook')) {
      const { cause } = event;
      const isOthers = (cause.kind === 'once' || cause.kind === 'cached') && cause.run !== 'r';
      this.done.push({ fact, isUndone: false, isOthers });
    }
    if (event.cause.kind === 'kept') {
      fact.attempts = event.cause.attempt;
      fact.print = this.leafPrint(fact);
      if (this.isAnonymous(fact)) this.consume(fact);
      else this.past = this.past.filter((one) => one.anonymous || one.path !== fact.path);
    }
    this.pastOf(fact, fact.print, good);
    if (fact.parent !== null && this.selection?.downstream && this.spreads(fact)) fact.parent.againInside = true;
    if (fact.parent !== null && !isIteration(fact) && (fact.plan.kind === 'try' || fact.plan.kind === 'workflow'))
      for (const slot of fact.opened) this.forget(fact, slot);
  }

  /** An action that does not say which files it reads. */
  private hides(fact: Fact): boolean {
    const { plan } = fact;
    return plan.kind === 'action' && plan.files === undefined && !isService(plan) && !this.isEnding(fact);
  }

  /** What a later plan would find of a leaf. */
  private pastOf(fact: Fact, print: string | null, since = 0): void {
    const settled = fact.result !== null;
    const worked = fact.begun || fact.result === 'kept' || fact.cause === 'verified';
    const captured = fact.doubt?.aside ?? fact.captured;
    const hasCaptured = Object.keys(captured).length > 0;
    if ('bodies' in fact.plan || (settled && this.isEnding(fact))) return;
    if (settled ? !worked && !hasCaptured : fact.attempts === 0 && !hasCaptured) return;
    const isLeaf = hasPrint(fact);
    const good = isLeaf && (fact.result === 'succeeded' || fact.result === 'kept');
    const { path, attempts } = fact;
    const anonymous = this.isAnonymous(fact);
    const at = this.past.findIndex((one) => one.path === path && (!anonymous || one.print === (good ? print : null)));
    const old = at < 0 ? undefined : this.past[at];
    const kept = good
      ? { print, outputs: fact.outputs ?? {}, good: since }
      : worked && fact.doubt?.why !== 'changed'
        ? { print: null, outputs: {}, good: 0 }
        : { print: old?.print ?? null, outputs: old?.outputs ?? {}, good: old?.good ?? 0 };
    const entry: Past = {
      path,
      anonymous,
      attempts,
      captured: { ...captured },
      interruptions: settled ? 0 : fact.interruptions,
      doubt: doubtLeft(fact),
      ...kept,
    };
    if (at < 0) this.past.push(entry);
    else this.past[at] = entry;
  }

  /** It is time for the next check, which takes its own values from outside. */
  private due(fact: Fact): void {
    Object.assign(fact, { checkOp: 0, isDue: true, captured: {} });
  }

  private answer(
    event: Extract<
      RunEvent,
      { type: `${'attempt' | 'timer' | 'capture' | 'wait' | 'check' | 'claim' | 'cache'}.ended` }
    >,
  ): void {
    const open = this.ops.get(event.op);
    if (open === undefined || !event.type.startsWith(open.kind)) return;
    const { fact } = open;
    if (event.type === 'attempt.ended' && event.outcome === 'interrupted') return this.interrupt(event.op, fact);
    this.ops.delete(event.op);
    if (event.type === 'wait.ended' && open.purpose === 'assume') {
      this.assumed.delete(fact.path);
      const doubt = fact.doubt ?? doubtFor('');
      fact.doubt = { ...doubt, answer: event.outputs?.['assume'] === 'done' ? 'done' : 'again' };
      fact.state = fact.outcome === null ? 'blocked' : 'ended';
    } else if (event.type === 'check.ended' && fact.look?.op === event.op) {
      fact.look.held = event.holds;
      if (fact.look.about === 'verify' && fact.doubt) {
        fact.captured = fact.doubt.aside ?? {};
        const { 'exit-code': code, ...given } = event.outputs ?? {};
        const answer = event.holds ? 'done' : code === 1 ? 'not-done' : 'unknown';
        fact.doubt = { ...fact.doubt, answer, outputs: event.holds ? given : {} };
      }
    } else if (event.type === 'wait.ended') {
      fact.until = this.now;
      const taken = this.signals.find(({ number }) => number === event.sent);
      if (taken) taken.isTaken = true;
      const outcome = event.error ? 'failed' : 'succeeded';
      const none = fact.plan.kind === 'approve' ? {} : null;
      Object.assign(fact, { state: 'ended', outcome, outputs: event.outputs ?? none });
    } else if (event.type === 'check.ended') Object.assign(fact, { checkOp: 0, checked: event });
    else if (event.type === 'attempt.ended') {
      fact.until = this.now;
      Object.assign(fact, { state: 'ended', outcome: event.outcome, outputs: event.outputs ?? null });
      if (event.outcome !== 'succeeded' && event.outcome !== 'cancelled') fact.failures++;
    } else if (event.type === 'claim.ended') {
      const claim = fact.claims.find(({ op }) => op === event.op);
      if (claim === undefined) return;
      if (!claim.again) fact.since = this.now;
      Object.assign(claim, { held: !event.done, done: event.done ?? null });
    } else if (event.type === 'cache.ended') {
      const isKept = open.purpose === 'restore' && event.key !== undefined;
      fact.lookup = { op: 0, isKept, hit: event.hit?.outputs ?? null };
    } else if (event.type === 'timer.ended') {
      if (open.purpose === 'timeout') Object.assign(fact, { limitOp: 0, late: open.limit });
      else if (open.purpose === 'poll') this.due(fact);
      else if (open.purpose === 'wait')
        Object.assign(fact, { state: 'ended', outcome: 'succeeded', outputs: { 'waited-ms': open.ms } });
      else fact.state = open.purpose === 'delay' ? 'open' : 'blocked';
    } else {
      fact.capturing = false;
      for (const key of open.keys) {
        this.pending.delete(key);
        (key.startsWith('env-run') ? this.shared : fact.captured)[key] = event.values[key] ?? null;
      }
    }
  }
  private interrupt(op: number, fact: Fact): void {
    this.ops.delete(op);
    if (fact.state === 'serving') this.takeBack(fact);
    else fact.interruptions++;
    if (isGuarded(fact.plan)) Object.assign(fact, { doubt: doubtFor('cut-off'), outcome: null });
    fact.lookup = null;
    fact.state = 'blocked';
  }
  /** Steps that use the service, and do nothing at the moment, ask their edges anew. */
  private takeBack(fact: Fact): void {
    fact.offered = false;
    const isBusy = (one: Fact): boolean =>
      [...this.ops.values()].some(
        (open) => open.fact === one && !['capture', 'claim', 'cache'].includes(open.kind) && open.purpose !== 'timeout',
      );
    const isOpened = (one: Fact): boolean => 'bodies' in one.plan && (one.state !== 'blocked' || one.failures > 0);
    for (const one of this.peers(fact))
      if (uses(one, fact) && one.result === null && !isOpened(one) && !isUnderWay(one) && !isBusy(one))
        one.begun = false;
  }
  private isNeeded(fact: Fact): boolean {
    const others = this.peers(fact).filter((one) => one !== fact);
    const hasUsers = others.some((one) => uses(one, fact));
    const users = others.filter((one) => (hasUsers ? uses(one, fact) || mayRework(one) : !one.offered));
    return users.some((one) => one.result === null);
  }
  private open(op: number, work: Op): void {
    this.ops.set(op, work);
    this.lastOp = Math.max(this.lastOp, op);
  }
  private failComposite(fact: Fact): void {
    fact.failures++;
    for (const slot of fact.opened) this.forget(fact, slot);
    this.ops.delete(fact.limitOp);
    Object.assign(fact, {
      limitOp: 0,
      late: null,
      timedOut: false,
      owns: [],
      opened: [],
      hadSlots: false,
      cursor: -1,
      results: [],
      codes: [],
      againInside: false,
      gave: [],
      found: [],
      winner: null,
      waited: false,
      prints: [],
      failingFast: false,
    });
  }
  private forget(fact: Fact, slot: number): void {
    for (const one of this.inside(fact, slot)) for (const inner of one.opened) this.forget(one, inner);
    this.facts = this.facts.filter((one) => !(one.parent === fact && one.slot === slot));
  }
  private stop(fact: Fact, cause: string): void {
    if (fact.result !== null || fact.stop !== null) return;
    fact.stop = cause;
    if (fact.state === 'open' || fact.hook !== null) this.stopInside(fact, cause);
  }
  private stopInside(fact: Fact, cause: string): void {
    for (const member of this.facts) {
      if ((member.undoer?.fact ?? member.parent) !== fact || member.closed) continue;
      if (partIn(fact, member.slot) === 'end' && !fact.killed) continue;
      if (cause === 'timeout' && !isLimited(fact, member.slot)) continue;
      this.stop(member, cause);
    }
  }

  // ---------------------------------------------------------------- the rules, from scratch
  inside(fact: Fact, slot: number): Fact[] {
    return this.facts.filter((one) => one.parent === fact && one.slot === slot).toSorted((a, b) => a.index - b.index);
  }
  peers(fact: Fact): Fact[] {
    return fact.parent === null ? [fact] : fact.siblings;
  }
  needs(fact: Fact): Fact[] {
    const peers = this.peers(fact);
    return fact.plan.needs.toSorted((a, b) => a - b).map((index) => peers[index] as Fact);
  }
  before(fact: Fact): Fact[] {
    return this.peers(fact).filter((one) => fact.plan.after !== undefined && one.index < fact.plan.after);
  }
  join(fact: Fact): 'wait' | 'go' | { kind: string; need: string } {
    const needs = this.needs(fact);
    const before = this.before(fact);
    if ([...needs, ...before].some((one) => one.result === null && !one.offered)) return 'wait';
    const good = needs.filter(isGood).length;
    const bad = needs.find(isBad);
    const rule = fact.plan.join ?? 'all-succeeded';
    const holds = {
      'all-succeeded': good === needs.length,
      'all-done': true,
      'any-succeeded': good > 0 || needs.length === 0,
      'none-failed': bad === undefined,
    }[rule];
    const told = (one: Fact): string =>
      one.cause === 'rejected' && one.result === 'skipped' ? 'need-skipped' : 'need-failed';
    if (!holds && bad) return { kind: told(bad), need: bad.plan.id };
    const earlier = before.find(isBad);
    if (earlier) return { kind: told(earlier), need: earlier.plan.id };
    return holds ? 'go' : { kind: 'need-skipped', need: needs.find((one) => !isGood(one))?.plan.id ?? '' };
  }
  failure(fact: Fact): boolean {
    return [...this.needs(fact), ...this.before(fact)].some(
      (one) => (one.result === 'failed' && !one.plan.continueOnError) || this.failure(one),
    );
  }
  again(fact: Fact): boolean {
    const { selection } = this;
    if (selection === null) return false;
    if (isNamed(selection.rerun, fact.path)) return true;
    return selection.downstream && this.againByEdges(fact);
  }
  private againByEdges(fact: Fact): boolean {
    const before = [...this.needs(fact), ...this.before(fact)];
    return (
      before.some((one) => this.spreads(one)) ||
      (isIteration(fact) && fact.parent?.againInside === true) ||
      (fact.parent !== null && fact.parent.parent !== null && this.againByEdges(fact.parent))
    );
  }
  spreads(fact: Fact): boolean {
    const ran = this.selection?.strict === true && this.hides(fact) && fact.result === 'succeeded';
    return this.again(fact) || fact.againInside || (ran && this.selection?.downstream === true);
  }

  evaluate(expr: Expr, fact: Fact, from: readonly Fact[], self: Json, status: boolean): Value {
    const on = (inner: Expr): Value => this.evaluate(inner, fact, from, self, status);
    switch (expr.kind) {
      case 'literal':
        return expr.value;
      case 'name':
        if (['item', 'index', 'matrix'].includes(expr.name)) return this.itemOf(fact, expr.name);
        if (expr.name === 'event') return this.event;
        if (expr.name === 'self') return self ?? this.selfOfHook(fact);
        return expr.name === 'inputs' ? this.inputsOf(fact, from) : { error: true };
      case 'member': {
        if (expr.of.kind === 'name' && expr.of.name === 'error') return this.failing ?? this.errorAround(fact);
        if (expr.of.kind === 'name' && expr.of.name === 'rework') return this.reworkOf(fact);
        if (expr.of.kind === 'name' && expr.of.name === 'loop') return this.loopOf(fact)[expr.name] ?? null;
        if (expr.of.kind === 'name' && expr.of.name === 'steps') return this.step(expr.name, from);
        const of = on(expr.of);
        if (isMissing(of) || isError(of)) return of;
        return ((of as JsonObject | null)?.[expr.name] as Json) ?? null;
      }
      case 'binary': {
        const left = on(expr.left);
        if (isMissing(left) || isError(left)) return left;
        if (expr.op === '&&') return left ? on(expr.right) : left;
        const right = on(expr.right);
        return isMissing(right) || isError(right) ? right : left === right;
      }
      case 'call': {
        if (expr.name === 'now') return fact.captured[NOW] ?? { missing: NOW, kind: 'now' };
        if (expr.name === '__envRun') {
          const key = `env-run["${(expr.args[0] as { value: string }).value}"]`;
          return this.shared[key] ?? { missing: key, kind: 'env-run' };
        }
        if (!status) return { error: true };
        if (expr.name === 'always') return true;
        if (expr.name === 'cancelled') return this.facts[0]?.stop !== null;
        return expr.name === 'success' ? this.join(fact) === 'go' : this.failure(fact);
      }
      default:
        throw new Error(expr.kind);
    }
  }
  /** The step of which the innermost hook around is. */
  private hookAround(fact: Fact): Fact | null {
    for (let at = fact; at.parent !== null; at = at.parent) if (at.slot < 0) return at.parent;
    return null;
  }
  /** The code of the nearest failure that a hook, a catch or an end stands behind. */
  private errorAround(fact: Fact): string | null {
    for (let at = fact; at.parent !== null; at = at.parent) {
      const { hook, codes, plan } = at.parent;
      const body = plan.kind === 'workflow' ? at.slot - (at.slot % 4) : 0;
      const isAfter = partIn(at.parent, at.slot) !== 'body';
      const code = at.slot < 0 ? hook?.why : isAfter ? codes[body] : null;
      if (code) return code;
      if (plan.kind === 'workflow' && at.slot >= 0) return null;
    }
    return null;
  }
  private selfOfHook(fact: Fact): Json {
    const owner = this.hookAround(fact);
    return owner === null ? null : { result: owner.hook?.slot === -2 ? 'failed' : 'succeeded' };
  }
  /** By the rejection that sent it back, or the innermost step around it that was. */
  private reworkOf(fact: Fact): number | null {
    for (let at: Fact | null = fact; at !== null; at = at.parent) {
      const count = this.reworks.get(at.path);
      if (count !== undefined) return count;
    }
    return null;
  }
  /** Those of the innermost child workflow around; its outputs are evaluated inside it, its hooks outside. */
  private inputsOf(fact: Fact, from: readonly Fact[]): JsonObject {
    if (fact.plan.kind === 'workflow' && from.some((one) => one.parent === fact && one.slot >= 0)) return fact.inputs;
    for (let at = fact; at.parent !== null; at = at.parent)
      if (at.parent.plan.kind === 'workflow' && at.slot >= 0) return at.parent.inputs;
    return this.inputs;
  }
  /** The innermost iteration around. */
  private loopOf(fact: Fact): JsonObject {
    if (this.nextIteration !== null) return this.nextIteration;
    for (let at = fact; at.parent !== null && at.parent.plan.kind !== 'workflow'; at = at.parent)
      if (isIteration(at)) return { iteration: at.slot + 1, last: at.parent.gave[at.slot - 1] ?? null };
    throw new Error('no loop around');
  }
  /** The innermost item around, or the one that a key of the fan-out itself is about. */
  private itemOf(fact: Fact, name: string): Json {
    const kindOf = (at: Fact): boolean =>
      (name === 'matrix') === (at.plan.kind === 'each' && at.plan.each?.from.kind === 'matrix');
    if (this.current !== null && kindOf(fact)) return name === 'index' ? this.current.index : this.current.item;
    for (let at = fact; at.parent !== null; at = at.parent)
      if (at.parent.plan.kind === 'each' && at.slot >= 0 && kindOf(at.parent))
        return name === 'index' ? at.slot : (at.parent.items[at.slot] ?? null);
    throw new Error(`no ${name} around`);
  }
  private step(id: string, from: readonly Fact[]): Json {
    const fact = from.find((one) => one.plan.id === id);
    if (!fact) return null;
    const result = fact.result === 'kept' ? 'succeeded' : fact.result;
    if (fact.state === 'serving') return { outputs: fact.outputs ?? {}, result: 'succeeded' };
    if (fact.result === null) return { outputs: fact.served ? (fact.serves ?? {}) : {}, result }; // what it gives is known at its end
    if (fact.plan.kind === 'each') {
      const outputs = fact.keys.map((_, slot) => (fact.gave[slot] as JsonObject | undefined)?.outputs ?? null);
      return { outputs: fact.keys.length > 0 ? outputs : {}, result };
    }
    return { outputs: fact.outputs ?? {}, result };
  }
  /** The steps that the texts of a node see, the nearest first. */
  seen(fact: Fact): Fact[] {
    const seen = [...this.peers(fact)];
    if (fact.parent !== null) {
      for (const slot of fact.parent.opened.toReversed())
        if (slot !== fact.slot && (fact.parent.plan.kind === 'try' || fact.parent.plan.kind === 'workflow'))
          seen.push(...this.inside(fact.parent, slot).filter((one) => one.closed));
      if (fact.parent.plan.kind !== 'workflow') seen.push(...this.seen(fact.parent));
    }
    return fact.parent === null ? [] : seen;
  }
  fill(template: Template, fact: Fact, from: readonly Fact[], self: Json = null): Value {
    if (template.kind === 'literal') return template.value;
    if (template.kind === 'value') return this.evaluate(template.expression.expr, fact, from, self, false);
    if (template.kind === 'list') {
      const entries = template.items.map((item, index) => [String(index), item] as const);
      const filled = this.fillObject(entries, fact, from, self);
      return isMissing(filled) || isError(filled)
        ? filled
        : template.items.map((_, index) => (filled as JsonObject)[index] ?? null);
    }
    if (template.kind !== 'object') throw new Error(template.kind);
    return this.fillObject(template.entries, fact, from, self);
  }
  private fillObject(
    entries: readonly (readonly [string, Template])[],
    fact: Fact,
    from: readonly Fact[],
    self: Json,
  ): Value {
    const values: Record<string, Json> = {};
    let missing: Missing | null = null;
    for (const [key, inner] of entries) {
      const value = this.fill(inner, fact, from, self);
      if (isError(value)) return value;
      if (isMissing(value)) missing ??= value;
      else values[key] = value;
    }
    return missing ?? values;
  }
  private env(fact: Fact): Value {
    const own =
      fact.plan.env === undefined ? {} : this.fillObject(Object.entries(fact.plan.env), fact, this.seen(fact), null);
    const outer = fact.parent === null ? {} : this.envInside(fact.parent, fact);
    if (isMissing(outer) || isError(outer)) return outer;
    return isMissing(own) || isError(own) ? own : { ...(outer as JsonObject), ...(own as JsonObject) };
  }
  /** What the members of a node have: those of a child workflow what its file declares, but those of a fragment what is around it. */
  private envInside(owner: Fact, member: Fact): Value {
    const { child } = owner.plan as CompositeNode;
    if (child === undefined || child.isFragment) return this.env(owner);
    return this.fillObject(Object.entries(child.files[owner.child]?.env ?? {}), member, this.seen(member), null);
  }
  request(fact: Fact): Value {
    const { plan } = fact;
    const env = plan.kind === 'action' ? this.env(fact) : {};
    if (isMissing(env) || isError(env)) return env;
    const template =
      plan.kind === 'action'
        ? plan.with
        : plan.kind === 'wait'
          ? plan.for
          : plan.kind === 'await' && plan.what.kind === 'file'
            ? plan.what.path
            : plan.kind === 'approve'
              ? plan.message
              : null;
    const request = template === null ? null : this.fill(template, fact, this.seen(fact));
    if (isMissing(request) || isError(request)) return request;
    // What is cached by may have to be captured, and is no part of what a step does.
    const cache = plan.kind === 'action' && plan.cache ? this.fill(plan.cache.with, fact, this.seen(fact)) : null;
    if (isMissing(cache)) return cache;
    const files = plan.kind === 'action' && plan.files !== undefined ? (fact.captured[FILES] ?? null) : undefined;
    if (files === null) return { missing: FILES, kind: 'files' };
    return { request, env: plan.kind === 'action' ? env : {}, ...(files !== undefined && { files }) };
  }

  // ---------------------------------------------------------------- fingerprints, from scratch
  private edges(fact: Fact): Json {
    const ofList = fact.plan.kind === 'each' ? (fact.plan.each?.listNeeds ?? []) : [];
    const needs = this.needs(fact).filter((one) => !ofList.includes(one.index));
    const names = [...needs, ...this.before(fact)].map((one) => [one.plan.id, this.nodePrint(one)]);
    const around = fact.parent !== null && fact.parent.parent !== null ? this.edges(fact.parent) : null;
    const earlier = isIteration(fact) ? (fact.parent?.prints[fact.slot - 1] ?? null) : null;
    return names.length === 0 && around === null && earlier === null ? null : [names, around, earlier]; // where it stands says nothing by itself
  }
  private leafPrint(fact: Fact): string | null {
    const clock = fact.captured[NOW];
    if (clock !== undefined) fact.captured[NOW] = 'any time';
    const work = this.request(fact);
    if (clock !== undefined) fact.captured[NOW] = clock;
    return digest([fact.plan.digest, work, this.edges(fact), this.inputsInOutputs(fact)]);
  }
  /** The inputs of a child workflow that the outputs of an action in it are computed from: they are kept with it. */
  private inputsInOutputs(fact: Fact): Json {
    if (fact.plan.kind !== 'action') return null;
    const text = JSON.stringify(fact.plan.outputs ?? {});
    const inputs = this.inputsOf(fact, []);
    return Object.keys(inputs)
      .toSorted()
      .map((name) => (inputs !== this.inputs && text.includes(`"inputs.${name}"`) ? (inputs[name] ?? null) : null));
  }
  private ownPrint(fact: Fact): Json {
    if (!('bodies' in fact.plan) || !fact.hadSlots) return [fact.plan.digest, fact.outputs];
    return [fact.keys, fact.items, Array.from(fact.prints, (print) => print ?? null)];
  }
  private nodePrint(fact: Fact): string {
    const isLeaf = hasPrint(fact);
    const own = isLeaf && fact.print !== null ? fact.print : [this.ownPrint(fact), this.edges(fact)];
    return digest([own, classOf(fact)] as Json);
  }

  // ---------------------------------------------------------------- next, by asking everyone
  next(): Loose | null {
    if (this.status !== 'running') return null;
    const asks = this.facts.filter((fact) => !fact.closed).map((fact) => ({ fact, wish: this.ask(fact) }));
    for (const { fact, wish } of asks) {
      if (wish === null || wish === 'start') continue;
      if (!fact.begun && BEGINNINGS.includes(wish.type) && !this.hasRoom(fact)) continue;
      return wish;
    }
    const root = this.facts[0] as Fact;
    if (root.result !== null) return this.finish(root);
    const running = this.facts.filter((fact) => fact.state === 'running').length;
    if (this.paused || running >= (this.plan as Plan).concurrency) return null;
    for (const { fact, wish } of asks) {
      if (wish !== 'start' || !this.hasRoom(fact)) continue;
      const started = this.start(fact);
      if (started !== null) return started;
    }
    return null;
  }
  private hasRoom(fact: Fact): boolean {
    const { kind, max: most, child } = (fact.parent?.plan ?? {}) as Partial<CompositeNode>;
    const isTop = kind === 'workflow' && fact.slot % 4 === 0;
    const own = kind === 'group' ? most : isTop ? child?.files[fact.parent?.child ?? 0]?.concurrency : undefined;
    const max = fact.slot < 0 ? 1e9 : (own ?? 1e9); // a hook has no bound
    return (
      fact.begun || this.peers(fact).filter((one) => one.begun && one.result === null && !one.offered).length < max
    );
  }
  private finish(root: Fact): Loose {
    const verdict = root.result === 'failed' || root.result === 'cancelled' ? root.result : null;
    const stale = [...this.undeclared.values()].filter((good) => this.drifts.some((at) => at > good));
    return { type: 'run.finished', bad: verdict, ran: root.result !== 'skipped', over: stale.length };
  }
  private ask(fact: Fact): Loose | 'start' | null {
    if (fact.hook !== null && fact.hook.result === null) return this.askHook(fact, fact.hook.slot);
    return this.beforeEnd(fact, this.askState(fact));
  }
  private askState(fact: Fact): Loose | 'start' | null {
    const { plan } = fact;
    if (fact.result !== null || fact.state === 'running') return null;
    if (!fact.stop && (fact.state === 'blocked' || fact.state === 'ended') && this.isWithheld(fact)) return null;
    if (fact.state === 'serving')
      return fact.stop || fact.released || this.isNeeded(fact) ? null : { type: 'service.released', node: fact.path };
    if (fact.state === 'waiting' && plan.kind === 'approve')
      return fact.stop ? settle(fact, 'cancelled', 'cancelled') : this.askUnanswered(fact, plan);
    if (fact.state === 'waiting' && plan.kind === 'action') {
      if (fact.stop) return settle(fact, 'cancelled', 'cancelled');
      const how = this.assumed.get(fact.path);
      const outputs = { assume: how ?? '', by: 'p' };
      return how === undefined ? null : { type: 'wait.ended', node: fact.path, op: fact.op, outputs };
    }
    if (fact.state === 'waiting') return this.askWaiting(fact);
    if (fact.state === 'delayed' && !isCut(fact) && fact.late) return settle(fact, 'failed', 'error');
    if (fact.state === 'delayed') return isCut(fact) ? settle(fact, 'cancelled', 'cancelled') : null;
    if (fact.state === 'blocked') {
      if (fact.stop && fact.hook?.slot === -2) return settle(fact, 'failed', 'error');
      if (fact.stop) return settle(fact, 'cancelled', 'cancelled');
      return fact.capturing || (this.paused && fact.hook === null) ? null : this.askBlocked(fact);
    }
    if (fact.capturing) return null;
    if (fact.state === 'ended') return plan.kind === 'approve' ? this.askVerdict(fact, plan) : this.askEnded(fact);
    return this.askTime(fact, plan as CompositeNode) ?? this.askOpen(fact, plan as CompositeNode);
  }
  private timer(fact: Fact, purpose: string, delayMs: number, more: object = {}): Loose {
    return { type: 'timer.started', node: fact.path, purpose, delayMs, op: this.lastOp + 1, ...more };
  }
  private mayLimit(fact: Fact): boolean {
    return fact.limitOp === 0 && !fact.late && !fact.stop;
  }
  /** The limits of a composite. */
  private askTime(fact: Fact, { timeoutMs, totalTimeoutMs }: CompositeNode): Loose | null {
    if (this.mayLimit(fact)) {
      const left = totalTimeoutMs === undefined ? 1e12 : Math.max(0, totalTimeoutMs - (this.now - fact.since));
      if ((timeoutMs ?? 1e13) <= left) return this.timer(fact, 'timeout', timeoutMs ?? 0, { limit: 'timeout' });
      if (totalTimeoutMs !== undefined) return this.timer(fact, 'timeout', totalTimeoutMs, { limit: 'total-timeout' });
    }
    if (!fact.late || fact.stop || fact.timedOut || fact.winner !== null) return null;
    const isGoing = (slot: number) =>
      fact.results[slot] === undefined &&
      isLimited(fact, slot) &&
      this.inside(fact, slot).some((one) => one.result === null);
    return fact.opened.some(isGoing) ? { type: 'cancel.requested', node: fact.path, cause: 'timeout' } : null;
  }
  isProbing(fact: Fact): boolean {
    const { plan } = fact;
    return plan.kind === 'await' && plan.what.kind === 'probe' && this.ops.get(fact.checkOp)?.kind === 'check';
  }
  private askWaiting(fact: Fact): Loose | null {
    if (this.isProbing(fact)) return null;
    if (fact.stop) return settle(fact, 'cancelled', 'cancelled');
    if (fact.plan.kind !== 'await') return null;
    const { timeoutMs } = fact.plan;
    if (timeoutMs !== undefined && this.mayLimit(fact))
      return this.timer(fact, 'timeout', timeoutMs, { limit: 'timeout' });
    const answer = fact.capturing ? null : this.askAwait(fact, fact.plan);
    const ended: Loose = { type: 'wait.ended', node: fact.path, op: fact.op };
    return fact.late && answer?.type !== 'wait.ended' ? ended : answer;
  }
  private askAwait(fact: Fact, { what }: AwaitNode): Loose | null {
    const ended: Loose = { type: 'wait.ended', node: fact.path, op: fact.op };
    if (what.kind === 'file') return null;
    if (what.kind === 'event') {
      for (const signal of this.signals) {
        if (signal.name !== what.name || (signal.isTaken && fact.op > signal.lastOp)) continue;
        this.event = signal.data;
        const holds = !what.match || this.evaluate(what.match.expr, fact, this.seen(fact), null, false);
        if (holds) return { ...ended, sent: signal.number };
      }
      return null;
    }
    const open = this.ops.get(fact.checkOp);
    if (open?.kind === 'timer') return null;
    if (open?.kind === 'check') {
      if (what.kind === 'probe') return null;
      const value = this.evaluate(what.until.expr, fact, this.seen(fact), null, false);
      if (isMissing(value)) return this.capture(fact, value);
      return { type: 'check.ended', node: fact.path, op: fact.checkOp, holds: Boolean(value) };
    }
    if (fact.isDue) {
      const work = what.kind === 'probe' ? this.probeWork(fact, what.with) : null;
      if (isMissing(work)) return this.capture(fact, work);
      return { type: 'check.started', node: fact.path, op: this.lastOp + 1, round: fact.checks + 1 };
    }
    if (fact.checked?.holds) {
      const waited = this.now - (this.ops.get(fact.op)?.since ?? 0);
      return { ...ended, outputs: { ...fact.checked.outputs, 'waited-ms': waited } };
    }
    return this.timer(fact, 'poll', what.everyMs);
  }
  private probeWork(fact: Fact, template: Template): Value {
    const env = this.env(fact);
    return isMissing(env) ? env : this.fill(template, fact, this.seen(fact));
  }
  private askBlocked(fact: Fact): Loose | 'start' | null {
    const { plan } = fact;
    if (fact.interruptions > 10) return settle(fact, 'failed', 'interruptions');
    if (fact.served && !this.isNeeded(fact)) return lacksClaim(fact) ? null : settle(fact, 'succeeded', 'attempt');
    if (fact.begun && this.join(fact) === 'wait') return null;
    if (!fact.begun) {
      const verdict = this.admit(fact);
      if (verdict !== 'go') return verdict;
    }
    if (plan.kind !== 'action' && ('bodies' in plan || !this.isLeftOut(fact))) {
      const claim = this.askClaim(fact);
      if (claim !== 'go') return claim;
    }
    const before = 'bodies' in plan ? this.askBefore(fact) : null;
    if (before !== null) return before;
    if (plan.kind === 'each') return this.openItems(fact, plan.each as EachSpec);
    if (plan.kind === 'workflow') return this.openChild(fact, plan.child as ChildSpec);
    if (plan.kind === 'compensate') return this.openCompensation(fact);
    if ('bodies' in plan) return { type: 'node.opened', node: fact.path };
    const leftOut = this.isLeftOut(fact);
    if (plan.kind === 'set') {
      const values = this.fill(plan.values, fact, this.seen(fact));
      return isMissing(values)
        ? this.capture(fact, values)
        : { ...settle(fact, 'succeeded', 'evaluated'), outputs: values };
    }
    if (plan.kind === 'fail')
      return leftOut ? settle(fact, 'skipped', 'not-selected') : settle(fact, 'failed', 'error');
    if (plan.kind === 'action' && fact.look?.about === 'verify' && fact.look.held === null)
      return this.askVerify(fact, plan.verify as Verify, fact.doubt?.why ?? '');
    if (plan.kind === 'wait' || plan.kind === 'await' || plan.kind === 'approve' || this.mayBeKept(fact)) {
      const kept = this.kept(fact);
      if (kept !== 'no') return kept;
    }
    if (leftOut) return settle(fact, 'skipped', 'not-selected');
    if (plan.kind === 'await') {
      const purpose = plan.what.kind === 'probe' ? 'condition' : plan.what.kind;
      return { type: 'wait.started', node: fact.path, op: this.lastOp + 1, purpose };
    }
    if (plan.kind === 'approve')
      return { type: 'wait.started', node: fact.path, purpose: 'approval', op: this.lastOp + 1 };
    if (plan.kind === 'wait') return { type: 'timer.started', node: fact.path, purpose: 'wait', op: this.lastOp + 1 };
    const claim = this.askClaim(fact);
    if (claim !== 'go') return claim;
    const doubt = isGuarded(plan) ? this.askGuarded(fact) : 'go';
    if (doubt !== 'go') return doubt;
    const cached = this.askCached(fact);
    return cached === 'start' ? (this.askBefore(fact) ?? 'start') : cached;
  }

  // ---------------------------------------------------------------- what is looked at, and what is in doubt
  private askBefore(fact: Fact): Loose | null {
    const missing = (fact.plan.ensures ?? [])
      .flatMap((one) => (one.kind === 'files-changed' ? [filesKey(one)] : one.kind === 'commit' ? ['before head'] : []))
      .find((key) => fact.captured[key] === undefined);
    return missing === undefined ? null : this.capture(fact, { missing, kind: '' });
  }
  /** `true` when all that a node ensures is so, `false` when something is not; else what is asked first, or that it is over. */
  private askEnsured(fact: Fact, from: readonly Fact[], outputs: Json): boolean | Loose | 'stopped' | null {
    const ensures: readonly Ensure[] = fact.plan.ensures ?? [];
    for (const one of ensures)
      if (one.kind === 'output' && !this.evaluate(one.holds.expr, fact, from, { outputs }, false)) return false;
    if (ensures.every(({ kind }) => kind === 'output')) return true;
    const look = fact.look?.about === 'ensures' ? fact.look : null;
    if (typeof look?.held === 'boolean') return look.held;
    if (fact.stop) return 'stopped';
    if (look !== null) return null;
    return { type: 'check.started', node: fact.path, op: this.lastOp + 1, about: 'ensures' };
  }
  private askGuarded(fact: Fact): Loose | 'go' | null {
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    const why = this.doubtBefore(fact);
    const answer = why === null ? 'again' : this.askDoubt(fact, why);
    return answer === 'again' || answer === 'not-done' ? 'go' : answer;
  }
  private doubtBefore(fact: Fact): string | null {
    const hasVerify = fact.plan.kind === 'action' && fact.plan.verify !== undefined;
    if (fact.doubt !== null) return fact.doubt.why === 'failed' && !hasVerify ? null : fact.doubt.why;
    const success = this.mayBeKept(fact) ? this.successAt(fact) : undefined;
    if (success === undefined) return null;
    const isStale = this.selection?.strict && this.drifts.some((at) => at > success.good) && this.hides(fact);
    return this.again(fact) || isStale || success.print !== this.leafPrint(fact) ? 'changed' : null;
  }
  private successAt(fact: Fact): Past | undefined {
    return this.layer?.find((one) => one.path === fact.path && !one.anonymous && one.print !== null);
  }
  private askDoubt(fact: Fact, why: string): Loose | 'again' | 'not-done' | null {
    const how = this.assumed.get(fact.path);
    if (how !== undefined) return how === 'retry' ? 'again' : this.verified(fact, why);
    const verify: Verify | undefined = fact.plan.kind === 'action' ? fact.plan.verify : undefined;
    const answer = fact.doubt?.answer ?? null;
    if (verify !== undefined && answer === null) return this.askVerify(fact, verify, why);
    if (answer === 'done') return this.verified(fact, why);
    if (answer === 'not-done' || answer === 'again') return answer;
    return { type: 'wait.started', node: fact.path, op: this.lastOp + 1, purpose: 'assume' };
  }
  private verified(fact: Fact, why: string): Loose | null {
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    const outputs = why === 'changed' ? (this.successAt(fact)?.outputs ?? {}) : (fact.doubt?.outputs ?? {});
    return { ...settle(fact, 'succeeded', 'verified'), outputs };
  }
  private askVerify(fact: Fact, verify: Verify, why: string): Loose | null {
    const look = fact.look?.about === 'verify' && fact.look.held === null ? fact.look : null;
    if (look === null)
      return { type: 'check.started', node: fact.path, op: this.lastOp + 1, about: 'verify', doubt: why };
    if (verify.kind === 'probe') return null;
    const value = this.evaluate(verify.holds.expr, fact, this.seen(fact), null, false);
    if (isMissing(value)) return this.capture(fact, value);
    return { type: 'check.ended', node: fact.path, op: look.op, holds: Boolean(value) };
  }

  // ---------------------------------------------------------------- results of other runs
  private askCached(fact: Fact): Loose | 'start' | null {
    if (fact.plan.kind !== 'action' || fact.plan.cache === undefined) return 'start';
    if (fact.lookup?.op) return null;
    if (fact.lookup) return fact.lookup.hit === null ? 'start' : this.takeHit(fact, fact.lookup.hit as JsonObject);
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    const anew = this.again(fact) || fact.sentBack ? true : undefined;
    return { type: 'cache.started', node: fact.path, op: this.lastOp + 1, ask: 'restore', anew };
  }
  /** What is computed from a result must hold now. */
  private takeHit(fact: Fact, hit: JsonObject): Loose | 'start' {
    const outputs: Record<string, Json> = {};
    for (const [name, spec] of Object.entries(fact.plan.outputs ?? {})) {
      const value = this.fill(spec.value, fact, this.seen(fact), { outputs: hit });
      if (isMissing(value) || isError(value)) throw new Error('outputs of tests read `self` only');
      if (spec.schema && value !== spec.schema.const) return 'start';
      outputs[name] = value;
    }
    return { ...settle(fact, 'kept', 'cached'), outputs: { ...hit, ...outputs } };
  }
  private whenSaved(fact: Fact, end: Loose): Loose | null {
    if (fact.lookup?.op) return null;
    if (!fact.lookup?.isKept) return end;
    return { type: 'cache.started', node: fact.path, op: this.lastOp + 1, ask: 'save' };
  }
  private isLeftOut(fact: Fact): boolean {
    const { only } = this.selection ?? { only: null };
    const isNew = this.selection?.downstream === true && this.again(fact);
    if (only === null || fact.plan.kind === 'set' || isService(fact.plan)) return false;
    return !this.isEnding(fact) && !fact.anew && !isNew && !isNamed(only, fact.path);
  }
  private askClaim(fact: Fact): Loose | 'go' | null {
    const once = fact.plan.kind === 'action' && fact.plan.once ? [{ of: 'once', name: fact.plan.once }] : [];
    const claim = [...(fact.plan.claim ? [fact.plan.claim] : []), ...once][fact.claims.length];
    for (const { done, held } of fact.claims) {
      if (done) return { ...settle(fact, 'kept', 'once'), outputs: done.outputs ?? {} };
      if (!held) return null;
    }
    if (claim === undefined) return 'go';
    const name = this.fill(claim.name, fact, this.seen(fact));
    if (isMissing(name)) return this.capture(fact, name);
    if (typeof name !== 'string') return settle(fact, 'failed', 'error');
    return { type: 'claim.started', node: fact.path, op: this.lastOp + 1, of: claim.of, name };
  }
  private askUnanswered(fact: Fact, plan: ApproveNode): Loose | null {
    if (plan.timeoutMs === undefined) return null;
    if (this.mayLimit(fact)) return this.timer(fact, 'timeout', plan.timeoutMs, { limit: 'timeout' });
    if (!fact.late) return null;
    return { type: 'wait.ended', node: fact.path, op: fact.op };
  }
  private askVerdict(fact: Fact, plan: ApproveNode): Loose | null {
    const { verdict, by } = fact.outputs as JsonObject;
    if (fact.outcome === 'failed')
      return isCut(fact) ? settle(fact, 'cancelled', 'cancelled') : settle(fact, 'failed', 'error');
    if (verdict !== 'reject') return settle(fact, 'succeeded', 'evaluated');
    if (isCut(fact)) return settle(fact, 'cancelled', 'cancelled');
    if (plan.onReject === 'skip') return settle(fact, 'skipped', 'rejected');
    const count = this.sent.get(fact.path) ?? 0;
    const { to, max } = plan.onReject ?? { to: '', max: 0 };
    const target = this.peers(fact).find((one) => one.plan.id === to);
    if (by === 'timeout' || count >= max || target === undefined || this.isLeftOut(target))
      return settle(fact, 'failed', 'rejected');
    const back = this.peers(fact).filter((one) => one === target || this.comesAfter(one, target));
    const serving = back.filter((one) => one.state === 'serving' && !one.released);
    if (back.some((one) => isUnfinished(one) && !serving.includes(one))) return null;
    const first = serving.find((one) => one === target) ?? serving[0];
    if (first !== undefined) return { type: 'service.released', node: first.path };
    const others = back.filter((one) => one !== target).map(({ path }) => path);
    return { type: 'scope.reworked', node: fact.path, count: count + 1, steps: [target.path, ...others] };
  }
  private comesAfter(fact: Fact, earlier: Fact): boolean {
    return [...this.needs(fact), ...this.before(fact)].some((one) => one === earlier || this.comesAfter(one, earlier));
  }
  private admit(fact: Fact): Loose | 'go' | null {
    const join = this.join(fact);
    const { if: condition } = fact.plan;
    if (join === 'wait') return null;
    const part = fact.parent === null ? 'body' : partIn(fact.parent, fact.slot);
    const atEnd = part === 'answer' || part === 'end';
    if (condition === undefined)
      return join === 'go' || atEnd ? 'go' : { ...settle(fact, 'skipped', join.kind), need: join.need };
    if (join !== 'go' && !condition.replacesJoin) return { ...settle(fact, 'skipped', join.kind), need: join.need };
    const value = this.evaluate(condition.expression.expr, fact, this.seen(fact), null, true);
    if (value) return 'go';
    if (join !== 'go' && mentions(condition.expression.expr, 'success')) {
      const wanted = this.evaluate(without(condition.expression.expr), fact, this.seen(fact), null, true);
      if (wanted) return { ...settle(fact, 'skipped', join.kind), need: join.need };
    }
    return settle(fact, 'skipped', 'condition-false');
  }
  private mayBeKept(fact: Fact): boolean {
    if (isWithin(this.undone, fact.path)) return false;
    if (this.layer === null || this.isEnding(fact) || fact.sentBack || fact.anew || isService(fact.plan)) return false;
    const known = this.layer.filter((one) => one.print !== null && one.anonymous === this.isAnonymous(fact));
    return this.isAnonymous(fact) ? this.hadAnonymous : known.some((one) => one.path === fact.path);
  }
  private kept(fact: Fact): Loose | 'no' | null {
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    if (fact.plan.kind === 'approve' && typeof (work as JsonObject).request !== 'string')
      return settle(fact, 'failed', 'error');
    if (!this.mayBeKept(fact) || this.again(fact)) return 'no';
    const print = this.leafPrint(fact);
    const named = this.layer?.find((one) => one.print === print && one.path === fact.path && !one.anonymous);
    const success = this.isAnonymous(fact) ? this.nameless(fact, print) : named;
    const isStale = success !== undefined && this.drifts.some((at) => at > success.good) && this.hides(fact);
    if (isStale && this.selection?.strict) return 'no';
    return success ? { ...settle(fact, 'kept', 'kept'), outputs: success.outputs } : 'no';
  }
  private start(fact: Fact): Loose | null {
    return this.beforeEnd(fact, this.startOf(fact)) as Loose | null;
  }
  private startOf(fact: Fact): Loose | null {
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    const saves = this.plan?.workspace?.save === true && !isService(fact.plan);
    if (saves && fact.captured[TREE] === undefined) return this.capture(fact, { missing: TREE, kind: 'tree' });
    return { type: 'attempt.started', node: fact.path, op: this.lastOp + 1, attempt: fact.attempts + 1 };
  }
  private capture(fact: Fact, missing: Missing): Loose | null {
    return this.pending.has(missing.missing) ? null : { type: 'capture.started', node: fact.path, op: this.lastOp + 1 };
  }
  /** A claim of something around it, or a service that this needs, was lost with the last writer. */
  private isWithheld({ parent }: Fact): boolean {
    if (parent === null) return false;
    const lacks = parent.result === null && (lacksClaim(parent) || this.join(parent) === 'wait');
    return (lacks && (parent.state !== 'blocked' || isUnderWay(parent))) || this.isWithheld(parent);
  }
  private askEnded(fact: Fact): Loose | 'start' | null {
    if (fact.released && !fact.stop) return settle(fact, 'succeeded', 'attempt');
    if (fact.outcome === 'cancelled' || (isCut(fact) && fact.outcome !== 'succeeded'))
      return settle(fact, 'cancelled', 'cancelled');
    let failures = fact.failures;
    let wrong = 'STEP_OUTPUT_INVALID';
    if (fact.outcome === 'succeeded') {
      const self = { outputs: fact.outputs ?? {} };
      const outputs: Record<string, Json> = {};
      let bad = false;
      for (const [name, spec] of Object.entries(fact.plan.outputs ?? {})) {
        const value = this.fill(spec.value, fact, this.seen(fact), self);
        if (isMissing(value) || isError(value)) throw new Error('outputs of tests read `self` only');
        outputs[name] = value;
        if (spec.schema && value !== spec.schema.const) bad = true;
      }
      const given = { ...(fact.outputs as JsonObject), ...outputs };
      const ensured = bad ? false : this.askEnsured(fact, this.seen(fact), given);
      if (ensured === 'stopped') return settle(fact, 'cancelled', 'cancelled');
      if (ensured === true) return this.whenSaved(fact, settle(fact, 'succeeded', 'attempt'));
      if (ensured !== false) return ensured;
      if (!bad) wrong = 'STEP_HOLLOW';
      failures++;
    }
    const { retry } = fact.plan;
    const mayRetry =
      retry !== undefined &&
      !(fact.served && fact.outcome !== 'succeeded') &&
      failures < retry.attempts &&
      isCovered(retry, fact, wrong);
    const isTried = mayRetry && this.isInTime(fact, failures);
    if (isGuarded(fact.plan) && fact.outcome === 'succeeded')
      return settle(fact, 'failed', failures > 1 ? 'retries-exhausted' : 'error');
    const isLate = fact.outcome === 'timed-out';
    if (isGuarded(fact.plan) && (isLate || (isTried && fact.plan.verify !== undefined))) {
      const doubt = this.askDoubt(fact, isLate ? 'timed-out' : 'failed');
      if (doubt === 'again') {
        const claim = this.askClaim(fact);
        return claim === 'go' ? 'start' : claim;
      }
      if (doubt !== 'not-done') return doubt;
    }
    if (mayRetry && !fact.stop && this.isInTime(fact, failures)) {
      if (delayOf(retry, failures, fact.path) === 0) {
        const claim = this.askClaim(fact);
        return claim === 'go' ? 'start' : claim;
      }
      return {
        type: 'timer.started',
        node: fact.path,
        purpose: 'retry',
        delayMs: delayOf(retry, failures, fact.path),
        op: this.lastOp + 1,
      };
    }
    return settle(
      fact,
      'failed',
      failures > 1 ? 'retries-exhausted' : fact.outcome === 'succeeded' ? 'error' : 'attempt',
    );
  }
  private askOpen(fact: Fact, plan: CompositeNode): Loose | null {
    if (plan.kind === 'each') return this.askItems(fact, plan.each as EachSpec);
    if (plan.kind === 'compensate') return this.askUndoings(fact);
    const slot = fact.opened.find((one) => fact.results[one] === undefined);
    if (slot !== undefined) {
      const members = this.inside(fact, slot);
      const won = members.filter((one) => one.result === 'succeeded' || one.result === 'kept');
      const first = won.toSorted((a, b) => a.settledAt - b.settledAt)[0];
      if (plan.kind === 'race' && fact.winner === null && first)
        return { type: 'race.won', node: fact.path, slot: first.index };
      if (members.every((one) => one.result !== null)) return this.closing(fact, slot, members);
      const failed = members.some(
        (one) => one.result === 'failed' && !one.plan.continueOnError && !one.plan.allowFailure,
      );
      if (plan.kind === 'group' && plan.failFast && failed && !fact.failingFast && !fact.stop) {
        return { type: 'cancel.requested', node: fact.path, cause: 'fail-fast' };
      }
      return null;
    }
    if (fact.opened.length === 0 && isCut(fact)) return settle(fact, 'cancelled', 'cancelled');
    const [body, , last] = fact.results;
    const catches = plan.bodies.flatMap((one, index) =>
      one !== null && partIn(fact, index) === 'answer' ? [index] : [],
    );
    const taken = catches.find((one) => fact.results[one] !== undefined);
    const openSlot = (one: number): Loose => ({ type: 'scope.opened', node: fact.path, slot: one });
    if (plan.kind === 'group' || plan.kind === 'race')
      return fact.opened.length === 0 ? openSlot(0) : this.conclude(fact, body as string);
    if (plan.kind === 'loop') return this.askLoop(fact, plan.loop as LoopSpec);
    if (plan.kind === 'workflow') return this.askChild(fact, plan, openSlot);
    if (plan.kind === 'choose') {
      if (fact.opened.length > 0) return this.conclude(fact, fact.results[fact.cursor] as string);
      const branch = (plan.conditions ?? []).findIndex(
        (one) => one === null || this.evaluate(one.expr, fact, this.seen(fact), null, true),
      );
      return branch < 0 ? settle(fact, 'skipped', 'no-branch') : openSlot(branch);
    }
    if (body === undefined) return openSlot(0);
    const mayCatch = !fact.stop && (!fact.timedOut || fact.parent === null);
    if (body === 'failed' && taken === undefined && last === undefined && mayCatch) {
      const holds = catches.find((one) => this.catches(fact, plan.conditions?.[one] ?? null));
      if (holds !== undefined) return openSlot(holds);
    }
    const follows = plan.rethrow && plan.bodies[3] ? fact.results[3] : null;
    if (follows === undefined && body === 'succeeded' && last === undefined && !fact.stop) return openSlot(3);
    if (plan.bodies[2] && last === undefined && !fact.killed) return openSlot(2);
    if (last === 'failed') return this.conclude(fact, 'failed');
    if (isCut(fact) || last === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    if (follows === 'failed' || follows === 'cancelled') return this.conclude(fact, follows);
    if (body !== 'failed' || plan.rethrow || taken === undefined) return this.conclude(fact, body);
    const answer = fact.results[taken] as string;
    return this.conclude(fact, answer === 'skipped' ? 'succeeded' : answer);
  }
  private askChild(fact: Fact, plan: CompositeNode, openSlot: (slot: number) => Loose): Loose | null {
    const base = fact.child * 4;
    const [body, answer, last, after] = [0, 1, 2, 3].map((part) => fact.results[base + part]);
    if (body === undefined) return openSlot(base);
    const isFresh = last === undefined && answer === undefined && after === undefined && !fact.stop;
    if (body === 'failed' && isFresh && plan.bodies[base + 1]) return openSlot(base + 1);
    if (body === 'succeeded' && isFresh && plan.bodies[base + 3]) return openSlot(base + 3);
    if (plan.bodies[base + 2] && last === undefined && !fact.killed) return openSlot(base + 2);
    if (last === 'failed') return this.conclude(fact, 'failed');
    if (isCut(fact) || last === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    return this.conclude(fact, after === 'failed' || after === 'cancelled' ? after : body);
  }
  private openChild(fact: Fact, { pick, files }: ChildSpec): Loose | null {
    const key = pick === undefined ? null : this.fill(pick, fact, this.seen(fact));
    if (isMissing(key)) return this.capture(fact, key);
    const which = pick === undefined ? 0 : files.findIndex((file) => file.key === key);
    const file = files[which];
    if (file === undefined) return settle(fact, 'failed', 'error');
    const given = this.fill(file.with, fact, this.seen(fact));
    if (isMissing(given)) return this.capture(fact, given);
    const inputs: Record<string, Json> = {};
    for (const [name, spec] of Object.entries(file.inputs)) {
      const value = (given as JsonObject)[name] ?? null;
      const isWrong = spec.schema.const !== undefined && value !== null && value !== spec.schema.const;
      if (isWrong || (value === null && spec.required && spec.default === undefined))
        return settle(fact, 'failed', 'error');
      inputs[name] = value ?? spec.default ?? null;
    }
    return { type: 'node.opened', node: fact.path, inputs, ...(which > 0 && { child: which }) };
  }
  private askItems(fact: Fact, spec: EachSpec): Loose | null {
    const live = fact.opened.filter((one) => fact.results[one] === undefined);
    const ended = live.find((one) => this.inside(fact, one).every((member) => member.result !== null));
    if (ended !== undefined) return this.closing(fact, ended, this.inside(fact, ended));
    const failed = fact.results.filter((result) => result === 'failed').length;
    const { maxFailures = 0 } = spec;
    const most =
      typeof maxFailures === 'number' ? maxFailures : Math.floor((fact.keys.length * maxFailures.percent) / 100);
    if (failed > most && spec.failFast && !fact.failingFast && !fact.timedOut && !fact.stop)
      return { type: 'cancel.requested', node: fact.path, cause: 'fail-fast' };
    const slot = fact.opened.length;
    const mayOpen =
      !fact.stop && !fact.failingFast && !fact.timedOut && slot < fact.keys.length && live.length < (spec.max ?? 1e9);
    if (mayOpen) return { type: 'scope.opened', node: fact.path, slot, key: fact.keys[slot] };
    if (live.length > 0) return null;
    const isBad = failed > most || slot < fact.keys.length || fact.results.includes('cancelled');
    if (fact.timedOut && isBad) return settle(fact, 'failed', 'error');
    if (slot > 0 && failed > most) return this.conclude(fact, 'failed');
    if (slot < fact.keys.length || fact.results.includes('cancelled')) return settle(fact, 'cancelled', 'cancelled');
    const worked = failed > 0 || fact.results.includes('succeeded');
    return this.conclude(fact, worked ? 'succeeded' : 'skipped');
  }
  private openItems(fact: Fact, spec: EachSpec): Loose | null {
    const asked = (test: Expression, item: Json, index: number): Json => {
      this.current = { item, index };
      const value = this.evaluate(test.expr, fact, this.seen(fact), null, false);
      this.current = null;
      return value;
    };
    const listed = (template: Template | undefined): Json[] =>
      template === undefined ? [] : (this.fill(template, fact, this.seen(fact)) as Json[]);
    let items = spec.from.kind === 'items' ? listed(spec.from.items) : combined(spec.from, listed);
    if (spec.filter) items = items.filter((item, index) => asked(spec.filter as Expression, item, index));
    if (spec.distinct) {
      const values = items.map((item, index) => JSON.stringify(asked(spec.distinct as Expression, item, index)));
      items = items.filter((_, index) => values.indexOf(values[index] as string) === index);
    }
    if (spec.sort) {
      const { by, desc } = spec.sort;
      const ranked = items.map((item, index) => ({ item, rank: asked(by, item, index) as number }));
      items = ranked.toSorted((a, b) => (desc ? b.rank - a.rank : a.rank - b.rank)).map(({ item }) => item);
    }
    if (spec.limit?.kind === 'literal') items = items.slice(0, spec.limit.value as number);
    if (items.length < (spec.min ?? 0)) return settle(fact, 'failed', 'error');
    if (items.length === 0) return settle(fact, 'skipped', 'no-items');
    const own = items.map((item) => (typeof item === 'string' || typeof item === 'number' ? String(item) : null));
    const areKeys = !own.includes(null) && new Set(own).size === own.length;
    let keys = items.map((_, index) => (areKeys ? (own[index] as string) : String(index)));
    if (spec.from.kind === 'matrix') keys = items.map((item) => keyIn(spec.from as Matrix, item as JsonObject));
    if (spec.key) keys = items.map((item, index) => String(asked(spec.key as Expression, item, index)));
    if (new Set(keys).size < keys.length) return settle(fact, 'failed', 'error');
    return { type: 'node.opened', node: fact.path, count: items.length, keys };
  }
  private askLoop(fact: Fact, spec: LoopSpec): Loose | null {
    const done = fact.opened.length;
    const open: Loose = { type: 'scope.opened', node: fact.path, slot: done };
    if (done === 0) {
      this.nextIteration = { iteration: 1, last: null };
      const goes = !spec.while || this.evaluate(spec.while.expr, fact, this.seen(fact), null, false);
      this.nextIteration = null;
      return goes ? open : settle(fact, 'skipped', 'condition-false');
    }
    const result = fact.results[done - 1];
    if (fact.timedOut && (result === 'failed' || result === 'cancelled')) return settle(fact, 'failed', 'error');
    if (result === 'failed') return this.conclude(fact, 'failed');
    const { until, while: again } = fact.found[done - 1] ?? {};
    const metrics = fact.found.slice(-(spec.plateau?.count ?? 1)).map(({ metric }) => metric);
    const plateau = spec.plateau && metrics.length === spec.plateau.count && new Set(metrics).size === 1;
    const why = until ? 'until' : plateau ? 'plateau' : again === false ? 'while' : done === spec.max ? 'max' : null;
    const isLate = (why === 'plateau' && spec.until) || (why === 'max' && (spec.until || spec.while));
    if (why !== null && !isLate && result !== 'cancelled') {
      const worked = fact.results.includes('succeeded');
      const outputs = { iterations: done, stopped: why };
      return { ...settle(fact, worked ? 'succeeded' : 'skipped', 'children'), outputs };
    }
    if (isCut(fact) || result === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    if (why !== null) return settle(fact, 'failed', 'error');
    if (fact.late) return settle(fact, 'failed', 'error');
    if (!spec.delayMs || fact.waited) return open;
    return { type: 'timer.started', node: fact.path, purpose: 'delay', delayMs: spec.delayMs, op: this.lastOp + 1 };
  }
  /** What is found inside an iteration that has ended. */
  private foundIn(fact: Fact, slot: number, result: string): LoopFacts | undefined {
    const spec = (fact.plan as CompositeNode).loop as LoopSpec;
    const member = this.inside(fact, slot)[0] as Fact;
    const sees = member.plan.kind === 'workflow' ? [] : member.opened;
    const inner = sees.toReversed().flatMap((one) => this.inside(member, one));
    const seen = [...inner, ...this.seen(member)];
    const self = { outputs: member.outputs ?? {} };
    const ask = (test: Expression) => this.evaluate(test.expr, member, seen, self, false);
    if (result === 'failed' || result === 'cancelled') return undefined;
    const found: { until?: boolean; while?: boolean; metric?: number } = {};
    if (spec.until) found.until = Boolean(ask(spec.until));
    if (spec.plateau) found.metric = ask(spec.plateau.metric) as number;
    if (spec.while) {
      this.nextIteration = { iteration: slot + 2, last: { outputs: member.outputs, result } };
      found.while = Boolean(ask(spec.while));
      this.nextIteration = null;
    }
    return Object.keys(found).length === 0 ? undefined : found;
  }
  private catches(fact: Fact, condition: Expression | null): boolean {
    if (condition === null) return true;
    this.failing = fact.codes[0] ?? null;
    const seen = [...this.inside(fact, 0), ...this.seen(fact)];
    const holds = this.evaluate(condition.expr, fact, seen, null, false) === true;
    this.failing = null;
    return holds;
  }
  private closing(fact: Fact, slot: number, members: readonly Fact[]): Loose | null {
    const result = fact.winner !== null ? 'succeeded' : this.cameTo(members);
    const isStopped = fact.timedOut && (result === 'failed' || result === 'cancelled') && isLimited(fact, slot);
    if (isStopped && fact.plan.kind !== 'loop' && fact.plan.kind !== 'each')
      return { type: 'scope.closed', node: fact.path, slot, result: 'failed' };
    const loop = fact.plan.kind === 'loop' ? { loop: this.foundIn(fact, slot, result) } : {};
    const given = fact.plan.kind === 'workflow' ? this.given(fact, slot, result) : {};
    if (mustHold(fact, slot, result)) {
      const isChild = fact.plan.kind === 'workflow';
      const from = isChild ? this.seen(fact) : [...members, ...this.seen(fact)];
      const ensured = this.askEnsured(fact, from, 'outputs' in given ? (given.outputs as Json) : {});
      const at = { type: 'scope.closed', node: fact.path, slot };
      if (ensured === 'stopped') return { ...at, result: 'cancelled' };
      if (ensured === false) return { ...at, result: 'failed', outputs: {} };
      if (ensured !== true) return ensured;
    }
    return { type: 'scope.closed', node: fact.path, slot, result, ...loop, ...given };
  }
  /** The outputs that a child workflow declares, where its steps succeeded. */
  private given(fact: Fact, slot: number, result: string): { readonly outputs: Value } {
    const specs = (fact.plan as CompositeNode).child?.files[fact.child]?.outputs ?? {};
    if (result !== 'succeeded' || slot % 4 !== 0) return { outputs: {} };
    const entries = Object.entries(specs).map(([name, { value }]) => [name, value] as const);
    return { outputs: this.fillObject(entries, fact, this.inside(fact, slot), null) };
  }
  private cameTo(members: readonly Fact[]): string {
    if (members.some(countsAsFailed)) return 'failed';
    if (members.some((one) => one.result === 'cancelled')) return 'cancelled';
    // What failed and may, neither worked nor was skipped.
    return members.every((one) => one.result === 'skipped') ? 'skipped' : 'succeeded';
  }
  private conclude(fact: Fact, result: string): Loose {
    if (result === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    if (result !== 'failed') return settle(fact, result, 'children');
    const { retry } = fact.plan;
    const failures = fact.failures + 1;
    const at = fact.results.lastIndexOf('failed');
    const isOver = fact.owns[at] === true && fact.codes[at] === 'STEP_TOTAL_TIMEOUT'; // not that of a step inside
    if (retry && !isOver && this.isInTime(fact, failures) && !fact.stop && failures < retry.attempts) {
      if (delayOf(retry, failures, fact.path) === 0) return { type: 'node.opened', node: fact.path };
      return {
        type: 'timer.started',
        node: fact.path,
        purpose: 'retry',
        delayMs: delayOf(retry, failures, fact.path),
        op: this.lastOp + 1,
      };
    }
    return settle(fact, 'failed', fact.owns[at] ? 'error' : failures > 1 ? 'retries-exhausted' : 'children');
  }
  /** Whether another attempt begins before the time for all of them is over. */
  private isInTime(fact: Fact, failures: number): boolean {
    const { retry } = fact.plan;
    const total = 'bodies' in fact.plan ? (fact.plan.totalTimeoutMs ?? 1e12) : 1e12;
    if (retry === undefined) return true;
    const limit = Math.min(total, retry.maxDurationMs ?? 1e12);
    return fact.until + delayOf(retry, failures, fact.path) < fact.since + limit;
  }
}

/** It was stopped, and has no hook: that answers to what its own work has come to before. */
function isCut({ stop, hook }: Fact): boolean {
  return stop !== null && hook === null;
}
function lacksClaim({ claims }: Fact): boolean {
  return claims.some(({ held }) => !held);
}

/** What takes a place among the members at once. */
const BEGINNINGS: readonly string[] = [
  'node.opened',
  'timer.started',
  'wait.started',
  'claim.started',
  'cache.started',
];

/** An end is not bounded by the time of what it ends, nor what a run does after its steps by that of the run. */
function isLimited(fact: Fact, slot: number): boolean {
  const part = partIn(fact, slot);
  return fact.parent === null ? part === 'body' : part !== 'end';
}

/** Whether there are steps inside of it that may be under way. */
function isUnderWay(fact: Fact): boolean {
  return fact.hook !== null && fact.hook.result === null;
}
/** Whether a rejection waits for it. Who waits for a verdict itself need not end. */
function isUnfinished({ result, hook, begun, plan }: Fact): boolean {
  return result === null && (hook !== null || (begun && plan.kind !== 'approve'));
}
/** It may send others back, which need again what they needed. */
function mayRework({ plan }: Fact): boolean {
  return plan.kind === 'approve' && typeof plan.onReject === 'object';
}
function uses(one: Fact, service: Fact): boolean {
  return (one.plan.after ?? 0) > service.index || one.plan.needs.includes(service.index);
}
function settle(fact: Fact, result: string, cause: string): Loose {
  return { type: 'step.settled', node: fact.path, result, cause };
}
function pathOf(owner: Fact, slot: number, id: string): string {
  if (slot === -4) return `${owner.path}/compensate/${id}`;
  if (slot < 0) return `${owner.path}/${slot === -1 ? 'on-success' : 'on-failure'}/${id}`;
  if (owner.plan.kind === 'each') return `${owner.path}[${owner.keys[slot]}]`;
  if (owner.plan.kind === 'loop') return `${owner.path}#${slot + 1}`;
  const answer = (owner.plan as CompositeNode).rethrow ? 'on-failure/' : 'catch/';
  const part = { body: '', answer, end: 'finally/', sequel: 'on-success/' }[partIn(owner, slot)];
  return `${owner.path === '' ? '' : `${owner.path}/`}${part}${id}`;
}
/** The combinations of a matrix, the slow and plain way. */
function combined(matrix: Matrix, listed: (template: Template | undefined) => Json[]): Json[] {
  let all: JsonObject[] = [{}];
  for (const [name, values] of matrix.axes)
    all = all.flatMap((one) => listed(values).map((value): JsonObject => ({ ...one, [name]: value })));
  const fits = (one: JsonObject, other: JsonObject): boolean =>
    Object.keys(other).every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
  const kept = all.filter((one) => !listed(matrix.exclude).some((other) => fits(one, other as JsonObject)));
  const made = kept.map((one) => ({ ...one }));
  const alone: JsonObject[] = [];
  for (const more of listed(matrix.include) as JsonObject[]) {
    const own = Object.fromEntries(
      Object.entries(more).filter(([name]) => matrix.axes.some(([axis]) => axis === name)),
    );
    const at = kept.flatMap((one, index) => (fits(one, own) ? [index] : []));
    for (const index of at) Object.assign(made[index] as object, more);
    if (at.length === 0) alone.push(more);
  }
  return [...made, ...alone];
}
function keyIn({ axes }: Matrix, item: JsonObject): string {
  const own = axes.map(([name]) => name).filter((name) => name in item);
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return (own.length > 0 ? own : Object.keys(item)).map((name) => `${name}=${text(item[name])}`).join(',');
}
/** What a slot is in a `try`, or in one of the files of a child workflow. */
function partIn({ plan }: Fact, slot: number): 'body' | 'answer' | 'end' | 'sequel' {
  if (slot < 0 || (plan.kind !== 'workflow' && plan.kind !== 'try')) return 'body';
  const at = plan.kind === 'workflow' ? slot % 4 : slot;
  if (at === 3 && plan.rethrow) return 'sequel';
  return at === 0 ? 'body' : at === 2 ? 'end' : 'answer';
}
/** Whether what a slot gives is what its node gives: of a child workflow that are its steps, whatever its on-failure does. */
function isGiving(fact: Fact, slot: number): boolean {
  const part = partIn(fact, slot);
  return part === 'body' || (part === 'answer' && fact.plan.kind === 'try');
}
/** A success of this slot is that of the node; that no step of the run succeeded is looked at, too. */
function mustHold(fact: Fact, slot: number, result: string): boolean {
  if (fact.plan.ensures === undefined) return false;
  const part = partIn(fact, slot);
  const isAnswer = part === 'answer' && fact.plan.kind === 'try' && fact.plan.rethrow !== true;
  if (part !== 'body' && !isAnswer) return false;
  return result === 'succeeded' || (fact.parent === null && result === 'skipped' && fact.stop === null);
}
function filesKey(one: Ensure): string {
  return one.kind === 'files-changed' && one.globs.kind === 'literal'
    ? `before ${JSON.stringify(one.globs.value)}`
    : '';
}
function withoutBefore(captured: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(captured).filter(([key]) => !key.startsWith('before ')));
}
function doubtFor(why: string): NonNullable<Fact['doubt']> {
  return { why, answer: null, outputs: {}, aside: null };
}
/** What a later plan must know of an effect. */
function doubtLeft({ plan, result, doubt, outcome }: Fact): string | null {
  if (!isGuarded(plan) || result === 'succeeded' || result === 'kept') return null;
  if (doubt !== null) return doubt.why;
  if (outcome === null) return null;
  return outcome === 'succeeded' ? 'unproven' : outcome === 'cancelled' ? 'cut-off' : 'failed';
}
function hasPrint({ plan }: Fact): boolean {
  return ['action', 'wait', 'await', 'approve'].includes(plan.kind);
}
function isIteration(fact: Fact): boolean {
  return fact.parent?.plan.kind === 'loop' && fact.slot >= 0;
}
function isWithin(paths: readonly string[], path: string): boolean {
  return paths.some((one) => path === one || (path.startsWith(one) && '/[#'.includes(path.charAt(one.length))));
}
function isNamed(paths: readonly string[], path: string): boolean {
  const everyTime = path.replaceAll(/\[[^\]]*\]|#\d+/g, '');
  return [path, everyTime].some((one) =>
    paths.some((named) => one === named || (one.startsWith(named) && '/[#'.includes(one.charAt(named.length)))),
  );
}
function countsAsFailed(fact: Fact): boolean {
  return fact.result === 'failed' && !fact.plan.continueOnError && !fact.plan.allowFailure;
}
function isGood(fact: Fact): boolean {
  return (
    fact.result === 'succeeded' ||
    fact.result === 'kept' ||
    (fact.result === null && fact.offered) ||
    (fact.result === 'failed' && fact.plan.continueOnError === true)
  );
}
function isBad(fact: Fact): boolean {
  return !isGood(fact) && (fact.result !== 'skipped' || fact.cause === 'need-failed' || fact.cause === 'rejected');
}
function classOf(fact: Fact): string {
  return fact.result === 'kept' || fact.served ? 'succeeded' : String(fact.result);
}
function isCovered(retry: NonNullable<PlanNode['retry']>, fact: Fact, wrong: string): boolean {
  if (fact.outcome === 'in-doubt') return false;
  const code = { 'timed-out': 'STEP_TIMEOUT', succeeded: wrong }[fact.outcome ?? ''] ?? 'STEP_FAILED';
  if (retry.neverOn?.errors?.includes(code)) return false;
  return retry.on === undefined || retry.on.errors?.includes(code) === true;
}
function delayOf(retry: NonNullable<PlanNode['retry']>, failures: number, path: string): number {
  let delay = retry.delayMs;
  for (let k = 1; k < failures; k++)
    delay =
      retry.backoff === 'exponential'
        ? delay * retry.factor
        : retry.backoff === 'linear'
          ? delay + retry.delayMs
          : delay;
  delay = Math.min(delay, retry.maxDelayMs ?? 1e12);
  if (retry.jitter === undefined) return delay;
  // A run of the random lives is called `r`.
  const digits = createHash('sha256').update(`r ${path} ${failures}`).digest('hex').slice(0, 12);
  const away = (delay * retry.jitter * Number(`0x${digits}`)) / 2 ** 48 / 100;
  return Math.round(delay - away);
}
function mentions(expr: Expr, name: string): boolean {
  return JSON.stringify(expr).includes(`"name":"${name}"`);
}
/** The condition with `success()` granted. */
function without(expr: Expr): Expr {
  if (expr.kind === 'call' && expr.name === 'success') return { kind: 'literal', at: 0, value: true };
  if (expr.kind === 'binary') return { ...expr, left: without(expr.left), right: without(expr.right) };
  return expr;
}
