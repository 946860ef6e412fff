/**
 * The naive oracle: no counters, no frontier, no indexes. It keeps a plain list of what is open, and for every single
 * question it scans all of it again, straight from the rules of the language. O(n²) and proud of it.
 */
import { createHash } from 'node:crypto';
import type { Expr, Template } from '../../../src/core/expr/ast.ts';
import { digest, type Json, type JsonObject } from '../../../src/core/json.ts';
import type { CompositeNode, Plan, PlanNode } from '../../../src/core/plan/plan.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';

/** One node that is open, or that a `try` still shows. */
export interface Fact {
  readonly path: string;
  readonly plan: PlanNode;
  readonly parent: Fact | null;
  readonly slot: number;
  readonly index: number;
  closed: boolean;
  state: 'blocked' | 'running' | 'ended' | 'delayed' | 'waiting' | 'open' | 'settled';
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
  capturing: boolean;
  captured: Record<string, Json>;
  outcome: string | null;
  outputs: Json;
  result: string | null;
  cause: string | null;
  opened: number[];
  cursor: number;
  results: (string | undefined)[];
  own: boolean;
  failingFast: boolean;
  print: string | null;
  /** Of a composite: what each slot came to. */
  prints: (string | null)[];
}
interface Past {
  readonly path: string;
  readonly anonymous: boolean;
  readonly attempts: number;
  readonly interruptions: number;
  readonly captured: Record<string, Json>;
  readonly print: string | null;
  readonly outputs: Json;
}
type Missing = { readonly missing: string; readonly kind: string };
type Value = Json | Missing | { readonly error: true };
const isMissing = (value: Value): value is Missing => typeof value === 'object' && value !== null && 'missing' in value;
const isError = (value: Value): value is { error: true } =>
  typeof value === 'object' && value !== null && 'error' in value;

export type Loose = Record<string, unknown> & { readonly type: string };
const NOW = 'now[]';

export class Oracle {
  facts: Fact[] = [];
  status: 'new' | 'running' | 'finished' = 'new';
  paused = false;
  plan: Plan | null = null;
  lastOp = 0;
  now = 0;
  inputs: JsonObject = {};
  /** Commands captured for the whole run, and those under way. */
  shared: Record<string, Json> = {};
  pending = new Set<string>();
  ops = new Map<number, { kind: string; fact: Fact; keys: readonly string[]; purpose: string; ms: number }>();
  past: Past[] = [];
  layer: Past[] | null = null;
  /** A step without a name had succeeded when the plan was taken: only then are such steps looked at early. */
  hadAnonymous = false;
  selection: { rerun: readonly string[]; downstream: boolean; only: readonly string[] | null } | null = null;
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
            ? { rerun: event.rerun ?? [], downstream: event.downstream === true, only: event.only ?? null }
            : null;
        return this.begin(event.plan);
      case 'run.opened':
        for (const [op, open] of this.ops) if (open.kind === 'attempt') this.interrupt(op, open.fact);
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
      case 'attempt.ended':
      case 'timer.ended':
      case 'capture.ended':
        return this.answer(event);
      default:
        if (fact && (fact.result === null || event.type === 'capture.started')) this.applyTo(fact, event);
    }
  }

  private begin(hash: string): void {
    this.plan = this.plans.get(hash) as Plan;
    this.facts = [];
    this.ops.clear();
    this.pending.clear();
    this.paused = false;
    this.status = 'running';
    this.facts.push(this.fact('', this.plan.root, null, 0, 0));
  }

  private fact(path: string, plan: PlanNode, parent: Fact | null, slot: number, index: number): Fact {
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
      attempts: past?.attempts ?? 0,
      failures: 0,
      interruptions: past?.interruptions ?? 0,
      op: 0,
      capturing: false,
      captured: { ...past?.captured },
      since: 0,
      until: 0,
      outcome: null,
      outputs: null,
      result: null,
      cause: null,
      opened: [],
      cursor: -1,
      results: [],
      own: false,
      failingFast: false,
      print: null,
      prints: [],
    }; // prettier-ignore
  }

  isAnonymous(at: { readonly plan: PlanNode; readonly parent: Fact | null }): boolean {
    return at.plan.anonymous === true || (at.parent !== null && this.isAnonymous(at.parent));
  }
  private isEnding(fact: Fact): boolean {
    return fact.parent !== null && ((fact.parent.parent === null && fact.slot > 0) || this.isEnding(fact.parent));
  }

  private applyTo(fact: Fact, event: RunEvent): void {
    switch (event.type) {
      case 'attempt.started':
        if (!fact.begun) fact.since = this.now;
        if (fact.state === 'ended' && fact.outcome === 'succeeded') fact.failures++;
        Object.assign(fact, {
          state: 'running',
          begun: true,
          op: event.op,
          attempts: event.attempt,
          print: this.leafPrint(fact),
        });
        this.past = this.past.filter((one) => one.anonymous || one.path !== fact.path);
        if (this.isAnonymous(fact)) this.consume(fact.print);
        this.open(event.op, { kind: 'attempt', fact, keys: [], purpose: '', ms: 0 });
        return;
      case 'timer.started':
        if (event.purpose === 'wait') {
          fact.begun = true;
          fact.print = this.leafPrint(fact);
        } else if ('bodies' in fact.plan) this.failComposite(fact);
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
      case 'node.opened':
        if (!fact.begun) fact.since = this.now;
        if (fact.state === 'open') this.failComposite(fact);
        Object.assign(fact, {
          state: 'open',
          begun: true,
          opened: [],
          cursor: -1,
          results: [],
          prints: [],
          failingFast: false,
        });
        return;
      case 'scope.opened': {
        const nodes = (fact.plan as CompositeNode).bodies[event.slot]?.nodes ?? [];
        fact.opened.push(event.slot);
        fact.cursor = event.slot;
        for (const [index, plan] of nodes.entries()) {
          this.facts.push(this.fact(pathOf(fact, event.slot, plan.id), plan, fact, event.slot, index));
        }
        return;
      }
      case 'scope.closed':
        fact.until = this.now;
        fact.results[event.slot] = event.result;
        fact.own = event.error !== undefined;
        fact.outputs = event.slot === 0 || fact.plan.kind === 'choose' ? event.outputs : fact.outputs;
        fact.prints[event.slot] = digest(
          this.inside(fact, event.slot).map((member) => [member.print ?? this.ownPrint(member), classOf(member)]),
        );
        for (const member of this.inside(fact, event.slot)) member.closed = true;
        if (fact.plan.kind !== 'try') this.forget(fact, event.slot);
        return;
      case 'cancel.requested':
        if (event.cause === 'fail-fast') {
          fact.failingFast = true;
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

  /** A success of a step without a name stands for one step only. */
  private consume(print: string | null): void {
    const at = this.layer?.findIndex((one) => one.anonymous && one.print === print) ?? -1;
    if (at < 0) return;
    const [used] = this.layer?.splice(at, 1) ?? [];
    this.past = this.past.filter((one) => one !== used);
  }

  private settle(fact: Fact, event: Extract<RunEvent, { type: 'step.settled' }>): void {
    for (const [op, open] of this.ops) {
      if (open.fact !== fact) continue;
      this.ops.delete(op);
      for (const key of open.keys) this.pending.delete(key);
    }
    Object.assign(fact, { state: 'settled', result: event.result, cause: event.cause.kind, capturing: false });
    if (event.outputs) fact.outputs = Object.assign({}, event.result === 'kept' ? {} : fact.outputs, event.outputs);
    if (event.result === 'skipped') fact.outputs = event.outputs ?? null;
    if (event.cause.kind === 'kept') {
      fact.attempts = event.cause.attempt;
      fact.print = this.leafPrint(fact);
      if (this.isAnonymous(fact)) this.consume(fact.print);
      else this.past = this.past.filter((one) => one.anonymous || one.path !== fact.path);
    }
    this.pastOf(fact, fact.print);
    if (fact.parent !== null && fact.plan.kind === 'try') for (const slot of fact.opened) this.forget(fact, slot);
  }

  /** What a later plan would find of a leaf. */
  private pastOf(fact: Fact, print: string | null): void {
    const settled = fact.result !== null;
    const worked = settled ? fact.begun || fact.result === 'kept' : fact.begun;
    const hasCaptured = Object.keys(fact.captured).length > 0;
    if ('bodies' in fact.plan || (settled && this.isEnding(fact))) return;
    if (settled ? !worked && !hasCaptured : fact.attempts === 0 && !hasCaptured) return;
    const isLeaf = fact.plan.kind === 'action' || fact.plan.kind === 'wait';
    const good = isLeaf && (fact.result === 'succeeded' || fact.result === 'kept');
    const { path, attempts, captured } = fact;
    const anonymous = this.isAnonymous(fact);
    const at = this.past.findIndex((one) => one.path === path && (!anonymous || one.print === (good ? print : null)));
    const old = at < 0 ? undefined : this.past[at];
    const kept = good
      ? { print, outputs: fact.outputs ?? {} }
      : worked
        ? { print: null, outputs: {} }
        : { print: old?.print ?? null, outputs: old?.outputs ?? {} };
    const entry: Past = {
      path,
      anonymous,
      attempts,
      captured: { ...captured },
      interruptions: settled ? 0 : fact.interruptions,
      ...kept,
    };
    if (at < 0) this.past.push(entry);
    else this.past[at] = entry;
  }

  private answer(event: Extract<RunEvent, { type: 'attempt.ended' | 'timer.ended' | 'capture.ended' }>): void {
    const open = this.ops.get(event.op);
    if (open === undefined || !event.type.startsWith(open.kind)) return;
    const { fact } = open;
    if (event.type === 'attempt.ended' && event.outcome === 'interrupted') return this.interrupt(event.op, fact);
    this.ops.delete(event.op);
    if (event.type === 'attempt.ended') {
      fact.until = this.now;
      Object.assign(fact, { state: 'ended', outcome: event.outcome, outputs: event.outputs ?? null });
      if (event.outcome !== 'succeeded' && event.outcome !== 'cancelled') fact.failures++;
    } else if (event.type === 'timer.ended') {
      if (open.purpose === 'wait')
        Object.assign(fact, { state: 'ended', outcome: 'succeeded', outputs: { 'waited-ms': open.ms } });
      else fact.state = 'blocked';
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
    fact.state = 'blocked';
    fact.interruptions++;
  }
  private open(
    op: number,
    work: { kind: string; fact: Fact; keys: readonly string[]; purpose: string; ms: number },
  ): void {
    this.ops.set(op, work);
    this.lastOp = Math.max(this.lastOp, op);
  }
  private failComposite(fact: Fact): void {
    fact.failures++;
    for (const slot of fact.opened) this.forget(fact, slot);
    Object.assign(fact, { opened: [], cursor: -1, results: [], prints: [], failingFast: false });
  }
  private forget(fact: Fact, slot: number): void {
    this.facts = this.facts.filter((one) => !(one.parent === fact && one.slot === slot));
  }
  private stop(fact: Fact, cause: string): void {
    if (fact.result !== null || fact.stop !== null) return;
    fact.stop = cause;
    if (fact.state === 'open') this.stopInside(fact, cause);
  }
  private stopInside(fact: Fact, cause: string): void {
    for (const member of this.facts) {
      if (member.parent !== fact || member.closed) continue;
      if (fact.plan.kind === 'try' && member.slot === 2 && !fact.killed) continue;
      this.stop(member, cause);
    }
  }

  // ---------------------------------------------------------------- the rules, from scratch
  inside(fact: Fact, slot: number): Fact[] {
    return this.facts.filter((one) => one.parent === fact && one.slot === slot).toSorted((a, b) => a.index - b.index);
  }
  peers(fact: Fact): Fact[] {
    return fact.parent === null ? [fact] : this.inside(fact.parent, fact.slot);
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
    if ([...needs, ...before].some((one) => one.result === null)) return 'wait';
    const good = needs.filter(isGood).length;
    const bad = needs.find(isBad);
    const rule = fact.plan.join ?? 'all-succeeded';
    const holds = {
      'all-succeeded': good === needs.length,
      'all-done': true,
      'any-succeeded': good > 0 || needs.length === 0,
      'none-failed': bad === undefined,
    }[rule];
    if (!holds && bad) return { kind: 'need-failed', need: bad.plan.id };
    const earlier = before.find(isBad);
    if (earlier) return { kind: 'need-failed', need: earlier.plan.id };
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
    if (selection.rerun.some((path) => fact.path === path || fact.path.startsWith(`${path}/`))) return true;
    if (!selection.downstream) return false;
    const before = [...this.needs(fact), ...this.before(fact)];
    return (
      before.some((one) => this.spreads(one)) ||
      (fact.parent !== null && fact.parent.parent !== null && this.againByEdges(fact.parent))
    );
  }
  private againByEdges(fact: Fact): boolean {
    const before = [...this.needs(fact), ...this.before(fact)];
    return (
      before.some((one) => this.spreads(one)) ||
      (fact.parent !== null && fact.parent.parent !== null && this.againByEdges(fact.parent))
    );
  }
  spreads(fact: Fact): boolean {
    const below = this.selection?.rerun.some((path) => path.startsWith(`${fact.path}/`)) && this.planHolds(fact);
    return this.again(fact) || below === true;
  }
  /** Whether a named step inside a composite was opened in it, as far as paths can say. */
  private planHolds(fact: Fact): boolean {
    return 'bodies' in fact.plan && fact.begun;
  }

  evaluate(expr: Expr, fact: Fact, from: readonly Fact[], self: Json, status: boolean): Value {
    const on = (inner: Expr): Value => this.evaluate(inner, fact, from, self, status);
    switch (expr.kind) {
      case 'literal':
        return expr.value;
      case 'name':
        return expr.name === 'inputs' ? this.inputs : expr.name === 'self' ? self : { error: true };
      case 'member': {
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
  private step(id: string, from: readonly Fact[]): Json {
    const fact = from.find((one) => one.plan.id === id);
    if (!fact) return null;
    const result = fact.result === 'kept' ? 'succeeded' : fact.result;
    return { outputs: fact.outputs ?? {}, result };
  }
  /** The steps that the texts of a node see, the nearest first. */
  seen(fact: Fact): Fact[] {
    const seen = [...this.peers(fact)];
    if (fact.parent !== null) {
      for (const slot of [2, 1, 0])
        if (slot !== fact.slot && fact.parent.plan.kind === 'try')
          seen.push(...this.inside(fact.parent, slot).filter((one) => one.closed));
      seen.push(...this.seen(fact.parent));
    }
    return fact.parent === null ? [] : seen;
  }
  fill(template: Template, fact: Fact, from: readonly Fact[], self: Json = null): Value {
    if (template.kind === 'literal') return template.value;
    if (template.kind === 'value') return this.evaluate(template.expression.expr, fact, from, self, false);
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
    const outer = fact.parent === null ? {} : this.env(fact.parent);
    if (isMissing(outer) || isError(outer)) return outer;
    return isMissing(own) || isError(own) ? own : { ...(outer as JsonObject), ...(own as JsonObject) };
  }
  request(fact: Fact): Value {
    const env = this.env(fact);
    if (isMissing(env) || isError(env)) return env;
    const { plan } = fact;
    const template = plan.kind === 'action' ? plan.with : plan.kind === 'wait' ? plan.for : null;
    const request = template === null ? null : this.fill(template, fact, this.seen(fact));
    return isMissing(request) || isError(request) ? request : { request, env: plan.kind === 'wait' ? {} : env };
  }

  // ---------------------------------------------------------------- fingerprints, from scratch
  private edges(fact: Fact): Json {
    const names = [...this.needs(fact), ...this.before(fact)].map((one) => [one.plan.id, this.nodePrint(one)]);
    const around = fact.parent !== null && fact.parent.parent !== null ? this.edges(fact.parent) : null;
    return names.length === 0 && around === null ? null : [names, around]; // where it stands says nothing by itself
  }
  private leafPrint(fact: Fact): string | null {
    const clock = fact.captured[NOW];
    if (clock !== undefined) fact.captured[NOW] = 'any time';
    const work = this.request(fact);
    if (clock !== undefined) fact.captured[NOW] = clock;
    return digest([fact.plan.digest, work, this.edges(fact)]);
  }
  private ownPrint(fact: Fact): Json {
    return 'bodies' in fact.plan ? Array.from(fact.prints, (print) => print ?? null) : [fact.plan.digest, fact.outputs];
  }
  private nodePrint(fact: Fact): string {
    const isLeaf = fact.plan.kind === 'action' || fact.plan.kind === 'wait';
    const own = isLeaf && fact.print !== null ? fact.print : [this.ownPrint(fact), this.edges(fact)];
    return digest([own, classOf(fact)] as Json);
  }

  // ---------------------------------------------------------------- next, by asking everyone
  next(): Loose | null {
    if (this.status !== 'running') return null;
    const asks = this.facts.filter((fact) => !fact.closed).map((fact) => ({ fact, wish: this.ask(fact) }));
    for (const { fact, wish } of asks) {
      if (wish === null || wish === 'start') continue;
      if (!fact.begun && (wish.type === 'node.opened' || wish.type === 'timer.started') && !this.hasRoom(fact))
        continue;
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
    const max = fact.parent?.plan.kind === 'group' ? (fact.parent.plan.max ?? 1e9) : 1e9;
    return fact.begun || this.peers(fact).filter((one) => one.begun && one.result === null).length < max;
  }
  private finish(root: Fact): Loose {
    const verdict = root.result === 'failed' || root.result === 'cancelled' ? root.result : null;
    return { type: 'run.finished', bad: verdict, ran: root.result !== 'skipped' };
  }
  private ask(fact: Fact): Loose | 'start' | null {
    const { plan } = fact;
    if (fact.result !== null || fact.state === 'running') return null;
    if (fact.state === 'delayed' || fact.state === 'waiting')
      return fact.stop ? settle(fact, 'cancelled', 'cancelled') : null;
    if (fact.state === 'blocked') {
      if (fact.stop) return settle(fact, 'cancelled', 'cancelled');
      return fact.capturing || this.paused ? null : this.askBlocked(fact);
    }
    if (fact.capturing) return null;
    if (fact.state === 'ended') return this.askEnded(fact);
    return this.askOpen(fact, plan as CompositeNode);
  }
  private askBlocked(fact: Fact): Loose | 'start' | null {
    const { plan } = fact;
    if (fact.interruptions > 10) return settle(fact, 'failed', 'interruptions');
    if (!fact.begun) {
      const verdict = this.admit(fact);
      if (verdict !== 'go') return verdict;
    }
    if ('bodies' in plan) return { type: 'node.opened', node: fact.path };
    const { only } = this.selection ?? { only: null };
    const leftOut =
      only !== null &&
      !this.isEnding(fact) &&
      !(this.selection?.downstream === true && this.again(fact)) &&
      !only.some((path) => fact.path === path || fact.path.startsWith(`${path}/`));
    if (plan.kind === 'set') {
      const values = this.fill(plan.values, fact, this.seen(fact));
      return isMissing(values)
        ? this.capture(fact, values)
        : { ...settle(fact, 'succeeded', 'evaluated'), outputs: values };
    }
    if (plan.kind === 'fail')
      return leftOut ? settle(fact, 'skipped', 'not-selected') : settle(fact, 'failed', 'error');
    if (plan.kind === 'wait' || this.mayBeKept(fact)) {
      const kept = this.kept(fact);
      if (kept !== 'no') return kept;
    }
    if (leftOut) return settle(fact, 'skipped', 'not-selected');
    return plan.kind === 'wait'
      ? { type: 'timer.started', node: fact.path, purpose: 'wait', op: this.lastOp + 1 }
      : 'start';
  }
  private admit(fact: Fact): Loose | 'go' | null {
    const join = this.join(fact);
    const { if: condition } = fact.plan;
    if (join === 'wait') return null;
    const atEnd = fact.parent?.plan.kind === 'try' && fact.slot > 0;
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
    if (this.layer === null || this.isEnding(fact)) return false;
    const known = this.layer.filter((one) => one.print !== null && one.anonymous === this.isAnonymous(fact));
    return this.isAnonymous(fact) ? this.hadAnonymous : known.some((one) => one.path === fact.path);
  }
  private kept(fact: Fact): Loose | 'no' | null {
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    if (!this.mayBeKept(fact) || this.again(fact)) return 'no';
    const print = this.leafPrint(fact);
    const success = this.layer?.find(
      (one) =>
        one.print === print && (this.isAnonymous(fact) ? one.anonymous : one.path === fact.path && !one.anonymous),
    );
    return success ? { ...settle(fact, 'kept', 'kept'), outputs: success.outputs } : 'no';
  }
  private start(fact: Fact): Loose | null {
    const work = this.request(fact);
    if (isMissing(work)) return this.capture(fact, work);
    return { type: 'attempt.started', node: fact.path, op: this.lastOp + 1, attempt: fact.attempts + 1 };
  }
  private capture(fact: Fact, missing: Missing): Loose | null {
    return this.pending.has(missing.missing) ? null : { type: 'capture.started', node: fact.path, op: this.lastOp + 1 };
  }
  private askEnded(fact: Fact): Loose | 'start' {
    if (fact.outcome === 'cancelled' || (fact.stop && fact.outcome !== 'succeeded'))
      return settle(fact, 'cancelled', 'cancelled');
    let failures = fact.failures;
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
      if (!bad) return settle(fact, 'succeeded', 'attempt');
      failures++;
    }
    const { retry } = fact.plan;
    const mayRetry = retry !== undefined && failures < retry.attempts && isCovered(retry, fact);
    if (mayRetry && !fact.stop && this.isInTime(fact, failures)) {
      if (delayOf(retry, failures, fact.path) === 0) return 'start';
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
    const slot = fact.opened.find((one) => fact.results[one] === undefined);
    if (slot !== undefined) {
      const members = this.inside(fact, slot);
      if (members.every((one) => one.result !== null)) return this.closing(fact, slot, members);
      const failed = members.some(
        (one) => one.result === 'failed' && !one.plan.continueOnError && !one.plan.allowFailure,
      );
      if (plan.kind === 'group' && plan.failFast && failed && !fact.failingFast && !fact.stop) {
        return { type: 'cancel.requested', node: fact.path, cause: 'fail-fast' };
      }
      return null;
    }
    if (fact.opened.length === 0 && fact.stop) return settle(fact, 'cancelled', 'cancelled');
    const [body, caught, last] = fact.results;
    const openSlot = (one: number): Loose => ({ type: 'scope.opened', node: fact.path, slot: one });
    if (plan.kind === 'group') return fact.opened.length === 0 ? openSlot(0) : this.conclude(fact, body as string);
    if (plan.kind === 'choose') {
      if (fact.opened.length > 0) return this.conclude(fact, fact.results[fact.cursor] as string);
      const branch = (plan.conditions ?? []).findIndex(
        (one) => one === null || this.evaluate(one.expr, fact, this.seen(fact), null, true),
      );
      return branch < 0 ? settle(fact, 'skipped', 'no-branch') : openSlot(branch);
    }
    if (body === undefined) return openSlot(0);
    if (body === 'failed' && plan.bodies[1] && caught === undefined && last === undefined && !fact.stop)
      return openSlot(1);
    if (plan.bodies[2] && last === undefined && !fact.killed) return openSlot(2);
    if (last === 'failed') return this.conclude(fact, 'failed');
    if (fact.stop || last === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    return this.conclude(
      fact,
      body === 'failed' && caught !== undefined && caught !== 'failed' && !plan.rethrow ? 'succeeded' : body,
    );
  }
  private closing(fact: Fact, slot: number, members: readonly Fact[]): Loose {
    const has = (result: string) =>
      members.some((one) => one.result === result && !(one.plan.continueOnError || one.plan.allowFailure));
    const failed = has('failed');
    const cancelled = members.some((one) => one.result === 'cancelled');
    const skipped = members.every((one) => one.result === 'skipped');
    return {
      type: 'scope.closed',
      node: fact.path,
      slot,
      result: failed ? 'failed' : cancelled ? 'cancelled' : skipped ? 'skipped' : 'succeeded',
    };
  }
  private conclude(fact: Fact, result: string): Loose {
    if (result === 'cancelled') return settle(fact, 'cancelled', 'cancelled');
    if (result !== 'failed') return settle(fact, result, 'children');
    const { retry } = fact.plan;
    const failures = fact.failures + 1;
    if (retry && this.isInTime(fact, failures) && !fact.stop && failures < retry.attempts) {
      if (delayOf(retry, failures, fact.path) === 0) return { type: 'node.opened', node: fact.path };
      return {
        type: 'timer.started',
        node: fact.path,
        purpose: 'retry',
        delayMs: delayOf(retry, failures, fact.path),
        op: this.lastOp + 1,
      };
    }
    return settle(fact, 'failed', failures > 1 ? 'retries-exhausted' : 'children');
  }
  /** Whether another attempt begins before the time for all of them is over. */
  private isInTime(fact: Fact, failures: number): boolean {
    const { retry } = fact.plan;
    if (retry?.maxDurationMs === undefined) return true;
    return fact.until + delayOf(retry, failures, fact.path) < fact.since + retry.maxDurationMs;
  }
}

function settle(fact: Fact, result: string, cause: string): Loose {
  return { type: 'step.settled', node: fact.path, result, cause };
}
function pathOf(owner: Fact, slot: number, id: string): string {
  const part =
    owner.plan.kind === 'try' && slot > 0
      ? slot === 2
        ? 'finally/'
        : owner.path === ''
          ? 'on-failure/'
          : 'catch/'
      : '';
  return `${owner.path === '' ? '' : `${owner.path}/`}${part}${id}`;
}
function isGood(fact: Fact): boolean {
  return (
    fact.result === 'succeeded' ||
    fact.result === 'kept' ||
    (fact.result === 'failed' && fact.plan.continueOnError === true)
  );
}
function isBad(fact: Fact): boolean {
  return !isGood(fact) && (fact.result !== 'skipped' || fact.cause === 'need-failed');
}
function classOf(fact: Fact): string {
  return fact.result === 'kept' ? 'succeeded' : String(fact.result);
}
function isCovered(retry: NonNullable<PlanNode['retry']>, fact: Fact): boolean {
  if (fact.outcome === 'in-doubt') return false;
  const code = { 'timed-out': 'STEP_TIMEOUT', succeeded: 'STEP_OUTPUT_INVALID' }[fact.outcome ?? ''] ?? 'STEP_FAILED';
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
