/** One random life of a run: before every event `next` must say what the naive oracle says, and the invariants must hold. */
import assert from 'node:assert/strict';
import { canonical, type Json } from '../../../src/core/json.ts';
import { isService, type Plan, planHash } from '../../../src/core/plan/plan.ts';
import type { Command } from '../../../src/core/run/decide.ts';
import type { Effect } from '../../../src/core/run/effect.ts';
import type { OnceDone, Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { triedFrom } from '../../../src/core/run/rewind.ts';
import type { Run, Surroundings } from '../../../src/core/run/run.ts';
import { counting, voidsOf, withRange } from '../../../src/core/run/voids.ts';
import { type Fact, type Loose, Oracle } from './oracle.ts';
import type { Move } from './random-plans.ts';

/** The functions under test: the real ones, or those of a planted bug. */
export interface Core {
  readonly newRun: (surroundings: Surroundings) => Run;
  readonly evolve: (run: Run, event: RunEvent) => readonly Effect[];
  readonly next: (run: Run) => RunEvent | null;
  readonly fold: (surroundings: Surroundings, records: readonly Recorded[]) => Run;
  readonly decide: (
    run: Run,
    command: Command,
  ) => { readonly ok: true; readonly events: readonly RunEvent[] } | { readonly ok: false };
  readonly viewRun: (run: Run) => unknown;
  readonly viewSteps: (run: Run) => Iterable<unknown>;
}
export interface Stats {
  events: number;
  crashes: number;
  replans: number;
  rewinds: number;
  readonly seen: Map<string, number>;
}
export function newStats(): Stats {
  return { events: 0, crashes: 0, replans: 0, rewinds: 0, seen: new Map() };
}

export class Life {
  readonly core: Core;
  readonly plans: Map<string, Plan>;
  readonly edited: Plan;
  readonly stats: Stats;
  readonly surroundings: Surroundings;
  run: Run;
  oracle: Oracle;
  journal: Recorded[] = [];
  now = 0;
  /** What giga was asked to start and has not been answered, by op. */
  readonly open = new Map<number, string>();
  readonly answered: RunEvent[] = [];
  /** Since the last fresh fold: paths that settled and were not reopened. */
  terminal = new Map<string, string>();
  replanned = 0;
  rewinds = 0;
  /** A rejection has just sent others back. */
  sentBack = false;

  constructor(core: Core, plan: Plan, edited: Plan, stats: Stats) {
    this.core = core;
    this.stats = stats;
    this.edited = edited;
    this.plans = new Map([plan, edited].map((one) => [planHash(one), one]));
    const validate = (schema: { readonly [key: string]: Json }, value: Json) =>
      schema.const === undefined || value === schema.const ? null : 'it is another';
    this.surroundings = { plans: this.plans, validate };
    this.run = core.newRun(this.surroundings);
    this.oracle = new Oracle(this.plans);
    const workflow = { name: 'w', file: 'w.yaml' };
    this.apply({ type: 'run.created', run: 'r', plan: planHash(plan), inputs: {}, trigger: 'cli', workflow });
    this.apply({ type: 'run.opened', host: 'h', giga: '0', pid: 1 });
  }

  apply(event: RunEvent): void {
    this.now += 7;
    const record: Recorded = JSON.parse(
      JSON.stringify({ ...event, seq: this.journal.length, epoch: 1, at: this.now, durableUpTo: -1 }),
    );
    for (const [key, value] of Object.entries(event))
      assert.equal(textOf(record[key as keyof Recorded]), textOf(value), 'equals its JSON');
    this.check(record);
    this.settleOnce(record);
    this.journal.push(record);
    const stopping = new Set(
      this.oracle.facts.filter((fact) => fact.stop !== null && fact.state === 'running').map((fact) => fact.op),
    );
    const probing = new Set(
      this.oracle.facts
        .filter((fact) => (fact.stop !== null || fact.late !== null) && this.oracle.isProbing(fact))
        .map((fact) => fact.checkOp),
    );
    this.oracle.apply(record);
    const effects = this.core.evolve(this.run, record);
    for (const effect of effects) {
      if (effect.type === 'start') this.open.set(effect.work.op, effect.work.kind);
      else if (!HEARD_OUT.includes(this.open.get(effect.op) ?? '')) this.open.delete(effect.op);
    }
    for (const fact of this.oracle.facts)
      if (this.oracle.isProbing(fact) && (fact.stop !== null || fact.late !== null) && !probing.has(fact.checkOp))
        assert.ok(
          effects.some((effect) => effect.type === 'stop' && effect.op === fact.checkOp),
          `the probe of ${fact.path} was not stopped`,
        );
    // Every attempt that is to stop heard of it, once.
    for (const fact of this.oracle.facts) {
      if (fact.state !== 'running' || fact.stop === null || stopping.has(fact.op)) continue;
      assert.ok(
        effects.some((effect) => effect.type === 'stop' && effect.op === fact.op),
        `${fact.path} was not stopped`,
      );
    }
    if (record.type === 'wait.ended') this.open.delete(record.op);
    if (record.type === 'scope.reworked') this.sentBack = true;
    this.stats.events++;
    this.count(record);
  }

  /** What must be true of an event whatever the oracle says. */
  private check(record: Recorded): void {
    const { facts, plan } = this.oracle;
    if (record.type === 'attempt.started') {
      const fact = this.oracle.find(record.node);
      assert.ok(
        fact && !facts.some((one) => one.path === record.node && one.state === 'running'),
        'one live attempt a step',
      );
      assert.ok(facts.filter((one) => one.state === 'running').length < (plan?.concurrency ?? 0), 'over the limit');
      assert.ok(fact.stop === null, 'started after a stop');
      assert.ok(!this.oracle.paused, 'started while paused');
    }
    if (record.type === 'run.finished') {
      assert.equal(facts.filter((one) => one.state === 'running').length, 0, 'finished with live children');
      assert.equal(this.oracle.status, 'running', 'finished twice');
    }
  }

  /** Nothing settles twice, unless it was opened anew. */
  private settleOnce(record: Recorded): void {
    if (record.type === 'run.replanned') this.terminal.clear();
    if (record.type === 'scope.reworked') for (const step of record.steps) this.reopened(step);
    if (record.type === 'step.settled') {
      assert.ok(!this.terminal.has(record.node), `${record.node} settled twice`);
      this.terminal.set(record.node, record.result);
      assert.ok(record.result !== 'skipped' || record.cause !== undefined, 'skipped without a cause');
    }
    if (record.type === 'node.opened') {
      // What undoes a step has its place in the step, which may be done and undone again.
      if (this.oracle.find(record.node)?.plan.kind === 'compensate')
        for (const key of record.keys ?? []) this.reopened(`${key}/compensate`);
      for (const path of this.terminal.keys())
        if (record.node !== '' && path.startsWith(record.node) && '/[#'.includes(path.charAt(record.node.length)))
          this.terminal.delete(path);
    }
  }

  /** What stood in it, and itself, may settle again. */
  private reopened(path: string): void {
    for (const one of this.terminal.keys())
      if (one === path || (one.startsWith(path) && '/[#'.includes(one.charAt(path.length)))) this.terminal.delete(one);
  }

  private count(record: Recorded): void {
    const detail =
      record.type === 'step.settled'
        ? ` ${record.result} ${record.cause.kind}`
        : record.type === 'run.finished'
          ? ` ${record.verdict}`
          : '';
    const key = `${record.type}${detail}`;
    this.stats.seen.set(key, (this.stats.seen.get(key) ?? 0) + 1);
  }

  rest(): void {
    for (let guard = 0; ; guard++) {
      assert.ok(guard < 5_000, 'next never rests');
      const wanted = this.oracle.next();
      const event = this.core.next(this.run);
      assert.deepEqual(this.core.next(this.run), event, 'asking changes nothing');
      compare(event, wanted);
      if (event === null) return;
      this.apply(event);
    }
  }

  command(command: Command): boolean {
    const decision = this.core.decide(this.run, command);
    if (decision.ok) for (const event of decision.events) this.apply(event);
    return decision.ok;
  }

  crash(): void {
    const before = this.seen();
    const folded = this.core.fold(this.surroundings, this.journal);
    this.run = folded;
    assert.deepEqual(this.seen(), before, 'the fold differs');
    this.stats.crashes++;
    this.open.clear();
  }
  private seen(): unknown {
    return JSON.parse(JSON.stringify([this.core.viewRun(this.run), [...this.core.viewSteps(this.run)]]));
  }

  /** Another process takes it; now and then the workspace is another by then. */
  private reopen(move: Move): void {
    this.crash();
    const changed = { count: 1, files: [`f${move.out}`] };
    this.apply({ type: 'run.opened', host: 'h', giga: '0', pid: 2, ...(move.pick % 3 === 0 && { changed }) });
  }

  /** From one of its records on everything is void; another process goes on from there. */
  rewind(move: Move): void {
    const { length } = this.journal;
    const from = 2 + (move.pick % (length - 2)); // it stays created and opened
    const voids = withRange(voidsOf(this.journal), from, length - 1);
    const tried = triedFrom(this.journal, from, this.run.asked);
    this.now += 7;
    const rewound = {
      type: 'run.rewound',
      voids,
      tried,
      seq: length,
      epoch: 1,
      at: this.now,
      durableUpTo: -1,
    } as const;
    this.journal.push(rewound);
    this.oracle = new Oracle(this.plans);
    this.terminal.clear();
    this.answered.length = 0; // whose work it was is not there any more
    for (const record of counting(this.journal)) {
      this.settleOnce(record);
      this.oracle.apply(record);
    }
    this.run = this.core.fold(this.surroundings, this.journal);
    this.open.clear();
    this.stats.rewinds++;
    this.apply({ type: 'run.opened', host: 'h', giga: '0', pid: 2 });
    if (this.oracle.paused) this.command({ kind: 'resume' });
    this.rest();
  }

  replan(move: Move): void {
    this.reopen(move);
    const hash = move.out < 2 ? planHash(this.edited) : this.oracle.plan === null ? '' : planHash(this.oracle.plan);
    const nodes = this.plans.get(hash)?.root.bodies[0]?.nodes ?? [];
    const paths = nodes.flatMap((node) => {
      const { id, kind } = node;
      if (kind !== 'loop' && kind !== 'each') return [id];
      const [once] = node.bodies[0]?.nodes ?? [];
      // Without an item or iteration a member of a group is meant in all of them.
      const inner = once && 'bodies' in once && once.kind === 'group' ? (once.bodies[0]?.nodes ?? []) : [];
      const times = kind === 'loop' ? [`${id}#1`, `${id}#2`] : [`${id}[a]`, `${id}[1]`];
      return [id, ...times, ...inner.slice(0, 1).map((member) => `${id}/${member.id}`)];
    });
    const path = paths[move.pick % paths.length] ?? '';
    const choice = [
      {},
      {},
      { rerun: [path] },
      { rerun: [path], downstream: true },
      { only: [path] },
      { only: [path], rerun: [path], downstream: true },
      { rerun: [], downstream: true, strict: true },
    ][move.pick % 7];
    if (this.command({ kind: 'resume', plan: hash, ...choice })) this.stats.replans++;
    if (this.oracle.paused) this.command({ kind: 'resume' });
    this.rest();
  }

  move(move: Move): void {
    const { sentBack } = this;
    this.sentBack = false;
    if (sentBack && move.pick % 3 > 0 && this.replanned++ < 3) return this.replan(move); // before it has run again
    const unsettled = this.oracle.facts.filter((fact) => fact.result === null && !fact.closed);
    const [op, kind] = [...this.open][move.pick % Math.max(1, this.open.size)] ?? [0, ''];
    if (move.k >= 97 || (this.oracle.paused && this.open.size === 0)) {
      this.command(this.oracle.paused ? { kind: 'resume' } : { kind: 'pause', cause: 'user' });
    } else if (move.k === 80 && this.rewinds++ < 3) this.rewind(move);
    else if (move.k === 81) this.command({ kind: 'signal', name: `e${move.pick % 2}`, data: move.out, by: 'x' });
    else if (move.k >= 93) this.command({ kind: 'cancel', node: unsettled[move.pick % unsettled.length]?.path ?? '' });
    else if (move.k >= 88) {
      this.reopen(move);
    } else if (move.k >= 86 && this.replanned++ < 3) this.replan(move);
    else if (move.k >= 82 && this.answered.length > 0)
      this.apply(this.answered[move.pick % this.answered.length] as RunEvent); // late, or twice
    else if (op !== 0) this.answer(op, kind, move);
    this.rest();
  }

  private assume({ path }: Fact, move: Move): void {
    this.command({ kind: 'assume', node: path, how: move.out % 2 === 0 ? 'done' : 'retry', by: 'p' });
  }

  /** Something waits for an event, or for a check that comes by itself. */
  private nudge(fact: Fact | undefined, move: Move): void {
    const { plan } = fact ?? {};
    if (plan?.kind !== 'await' || plan.what.kind !== 'event') return;
    const match = plan.what.match?.expr; // `event == a literal`
    const wanted = match?.kind === 'binary' && match.right.kind === 'literal' ? match.right.value : null;
    this.command({ kind: 'signal', name: plan.what.name, data: move.out < 3 ? wanted : move.out, by: 'x' });
  }

  /** On what is asked now, or on something else, which is refused. */
  private giveVerdict(op: number, move: Move): void {
    const fact = this.oracle.ops.get(op)?.fact;
    const node = fact?.path ?? 'gone';
    const isStale = move.k >= 70 && move.k < 75;
    const digest = isStale ? `${digestOf(this.journal, op)}0` : digestOf(this.journal, op);
    const verdict = move.out < 2 ? 'approve' : 'reject';
    const isTaken = this.command({ kind: 'answer', node, digest, verdict, by: 'p', form: null, comment: null, at: 0 });
    assert.equal(isTaken, !isStale, 'a verdict counts for what was shown, and for nothing else');
    if (isTaken) this.answered.push({ type: 'wait.ended', node, op, outputs: { verdict, by: 'p' } });
  }

  /** A key that another run, or this one, has done: as long as the step itself has not. */
  private doneBefore(op: number, move: Move): { readonly done?: OnceDone } {
    const asked = this.journal.find((record) => record.type === 'claim.started' && record.op === op);
    const fact = this.oracle.ops.get(op)?.fact;
    const mayBe = fact?.state === 'blocked' || (fact?.state === 'ended' && fact.outcome === 'failed');
    if (asked?.type !== 'claim.started' || asked.of !== 'once' || !mayBe || move.out !== 3 || fact.hook) return {};
    return { done: { run: move.pick % 2 === 0 ? 'r' : 'other', node: 'x', endedAt: 1, outputs: { v: 'v1' } } };
  }

  private answer(op: number, kind: string, move: Move): void {
    const open = this.oracle.ops.get(op);
    if (kind === 'wait' && open?.purpose === 'approval') return this.giveVerdict(op, move);
    if (kind === 'wait' && open?.purpose === 'assume') return this.assume(open.fact, move);
    if (kind === 'wait' && open?.purpose !== 'file') return this.nudge(open?.fact, move);
    if (open && isService(open.fact.plan) && this.serve(open.fact, op, move)) return;
    this.open.delete(op);
    const node = open?.fact.path ?? 'gone';
    const event: RunEvent =
      kind === 'timer'
        ? { type: 'timer.ended', node, op }
        : kind === 'ensure'
          ? { type: 'check.ended', node, op, holds: move.k < 60, outputs: {} }
          : kind === 'check' && open?.purpose === 'verify'
            ? { type: 'check.ended', node, op, holds: move.out === 0, outputs: { 'exit-code': move.out, v: 'v1' } }
            : kind === 'check'
              ? { type: 'check.ended', node, op, holds: move.out === 1, outputs: { v: `v${move.out}` } }
              : kind === 'wait'
                ? { type: 'wait.ended', node, op, outputs: { path: 'x' } }
                : kind === 'claim'
                  ? { type: 'claim.ended', node, op, ...this.doneBefore(op, move) }
                  : kind === 'cache'
                    ? cacheEnd(node, op, move, open?.purpose === 'save' || this.isAnew(op))
                    : kind === 'capture'
                      ? {
                          type: 'capture.ended',
                          node,
                          op,
                          values: Object.fromEntries((open?.keys ?? []).map((key) => [key, captured(key, move)])),
                        }
                      : attemptEnd(node, op, move, open?.fact.stop != null);
    this.answered.push(event);
    this.apply(event);
  }

  private isAnew(op: number): boolean {
    return this.journal.some((record) => record.type === 'cache.started' && record.op === op && record.anew === true);
  }

  /** A service becomes ready more often than not; while it is needed it mostly lets others end. */
  private serve(fact: Fact, op: number, move: Move): boolean {
    if (fact.state === 'running' && fact.stop === null && move.k < 55) {
      this.apply({ type: 'attempt.serving', node: fact.path, op, outputs: { v: `v${move.out}` } });
      return true;
    }
    if (fact.state !== 'serving' || fact.stop !== null || fact.released || move.k >= 50) return false;
    const [other, kind] =
      [...this.open].find(([one]) => one !== op && this.oracle.ops.get(one)?.fact.state !== 'serving') ?? [];
    if (other !== undefined && kind !== undefined) this.answer(other, kind, move);
    return other !== undefined;
  }
}

/** Files change now and then. */
function captured(key: string, { out, pick }: Move): Json {
  const digest = `files ${pick % 4 === 0 ? out : 0}`;
  return key.startsWith('files[') ? { digest, of: { a: digest } } : `value ${out}`;
}

/** Work that answers also when it was told to stop. */
const HEARD_OUT: readonly string[] = ['attempt', 'check'];
function digestOf(journal: readonly Recorded[], op: number): string {
  const asked = journal.findLast((record) => record.type === 'wait.started' && record.op === op);
  return asked?.type === 'wait.started' ? String(asked.data.digest) : '';
}

function isOver(life: Life): boolean {
  return life.oracle.status === 'finished';
}

/** A result is there, or is not and may be kept, or cannot even be that. */
function cacheEnd(node: string, op: number, { out, pick }: Move, isNoHit: boolean): RunEvent {
  const hit = { key: 'k', run: 'other', step: 's', endedAt: pick, durationMs: 1, outputs: { v: `v${out}` } };
  const isKept = pick % 4 > 0 ? { key: 'k' } : {};
  return { type: 'cache.ended', node, op, ...isKept, ...(!isNoHit && pick % 2 === 0 && { hit }) };
}

function attemptEnd(node: string, op: number, move: Move, stopping: boolean): RunEvent {
  const outcome =
    move.k < 50
      ? 'succeeded'
      : stopping && move.k < 65
        ? 'cancelled'
        : move.k < 54
          ? 'interrupted'
          : move.k < 58
            ? 'timed-out'
            : move.k < 60
              ? 'in-doubt'
              : 'failed';
  return { type: 'attempt.ended', node, op, outcome, outputs: { v: `v${move.out}` }, durationMs: move.pick };
}

/** Lives a run to its end; a script that is used up lets everything succeed. */
export function live(core: Core, plan: Plan, edited: Plan, script: readonly Move[], stats: Stats): Life {
  const life = new Life(core, plan, edited, stats);
  life.rest();
  let used = 0;
  for (; !isOver(life); used++) {
    assert.ok(used < 2_000, 'the run never ends');
    assert.ok(life.open.size > 0 || life.oracle.paused, 'stuck: nothing runs and nothing waits');
    life.move(script[used] ?? { k: 0, pick: used, out: Math.floor(used / 7) % 4 });
  }
  const rest = script.slice(used);
  if (rest[0] && rest[0].pick % 3 === 0) {
    life.rewind(rest[0]);
    for (used = 1; !isOver(life); used++) {
      assert.ok(used < 2_000, 'the end after a rewind never comes');
      life.move(rest[used] ?? { k: 0, pick: used, out: Math.floor(used / 7) % 4 });
    }
  }
  if (rest[0] && rest[0].pick % 2 === 0) {
    life.replan(rest[0]);
    for (used = 1; !isOver(life); used++) {
      assert.ok(used < 2_000, 'the second end never comes');
      life.move(rest[used] ?? { k: 0, pick: used, out: Math.floor(used / 7) % 4 });
    }
  }
  life.crash();
  assert.equal(life.core.next(life.run), null, 'after its end a run says nothing');
  return life;
}

function textOf(value: unknown): string {
  return value === undefined ? 'undefined' : canonical(value as Json); // events are JSON
}

/** The two must agree on everything that the oracle says. */
function compare(event: RunEvent | null, wanted: Loose | null): void {
  if (event === null || wanted === null) return assert.deepEqual(event, wanted);
  const seen: Record<string, unknown> = { ...event };
  if (event.type === 'step.settled') {
    seen.cause = event.cause.kind;
    if ('need' in event.cause) seen.need = event.cause.need;
  }
  if (event.type === 'run.finished') {
    seen.bad = event.verdict === 'failed' || event.verdict === 'cancelled' ? event.verdict : null;
    const worked = event.counts.succeeded + event.counts.kept > 0;
    assert.ok(event.verdict !== 'succeeded' || worked, 'nothing succeeded, and the run says it did');
    assert.ok(
      event.verdict !== 'nothing ran' || wanted.ran === false || !worked,
      'something ran, and the run says nothing did',
    );
    seen.ran = wanted.ran;
    seen.over = event.keptOver?.steps ?? 0;
  }
  for (const [key, value] of Object.entries(wanted))
    assert.equal(
      textOf(seen[key]),
      textOf(value),
      `${key} of ${JSON.stringify(event)} is not that of ${JSON.stringify(wanted)}`,
    );
}
