/** Drives a run without an engine: what the world says comes from a script. Every event goes through JSON first. */

import type { JsonObject } from '../../../src/core/json.ts';
import { type Plan, planHash } from '../../../src/core/plan/plan.ts';
import { type Command, decide } from '../../../src/core/run/decide.ts';
import type { Effect, Work } from '../../../src/core/run/effect.ts';
import type { AttemptEnded, CaptureEnded, OnceDone, Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { evolve } from '../../../src/core/run/evolve.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { next } from '../../../src/core/run/next.ts';
import { newRun, type Run, type Surroundings } from '../../../src/core/run/run.ts';

export type Reply = Partial<Pick<AttemptEnded, 'outcome' | 'outputs' | 'error' | 'log' | 'durationMs'>>;
export interface WorldOptions {
  readonly inputs?: JsonObject;
  readonly surroundings?: Partial<Surroundings>;
  /** How attempts end; absent or undefined: they stay open. */
  readonly reply?: (work: Extract<Work, { kind: 'attempt' }>) => Reply | undefined;
  readonly capture?: (work: Extract<Work, { kind: 'capture' }>) => Pick<CaptureEnded, 'values' | 'error'> | undefined;
  /** Timers end when they are asked for. Default true. */
  readonly timers?: boolean;
  /** Claims are held when they are asked for. Default true. */
  readonly claims?: boolean;
}

export class World {
  run: Run;
  readonly journal: Recorded[] = [];
  readonly plans = new Map<string, Plan>();
  readonly started: Work[] = [];
  readonly stopped: number[] = [];
  now = 1_000;
  readonly options: WorldOptions;
  readonly #queue: RunEvent[] = [];
  readonly #due = new Map<number, number>();
  readonly #done = new Map<string, OnceDone>();

  constructor(plan: Plan, options: WorldOptions = {}) {
    this.options = options;
    this.plans.set(planHash(plan), plan);
    this.run = newRun(this.surroundings);
    const start = { run: 'r1', plan: planHash(plan), inputs: options.inputs ?? {}, trigger: 'cli' };
    this.command({ kind: 'start', ...start, workflow: { name: plan.name, file: plan.file } });
    this.apply({ type: 'run.opened', host: 'h', giga: '0', pid: 1 });
  }
  get surroundings(): Surroundings {
    return { plans: this.plans, ...this.options.surroundings };
  }

  /** Folds one event, as the journal would give it back, and lets the script answer. */
  apply(event: RunEvent): readonly Effect[] {
    this.now += 10;
    const record = JSON.parse(
      JSON.stringify({ ...event, seq: this.journal.length, epoch: 1, at: this.now, durableUpTo: -1 }),
    );
    this.journal.push(record);
    const effects = evolve(this.run, record);
    for (const effect of effects) this.#perform(effect);
    return effects;
  }
  command(command: Command): void {
    const decision = decide(this.run, command);
    if (!decision.ok) throw new Error(`refused: ${decision.diagnostic.code} ${decision.diagnostic.message}`);
    for (const event of decision.events) this.apply(event);
  }
  /** Asks until the core rests, then lets the world answer, until neither has anything to say. */
  go(): this {
    for (;;) {
      const event = next(this.run) ?? this.#queue.shift();
      if (event === undefined) return this;
      if (event.type === 'timer.ended') this.now = Math.max(this.now, (this.#due.get(event.op) ?? 0) - 10);
      this.apply(event);
    }
  }
  /** Time goes by. */
  pass(ms: number): this {
    this.now += ms;
    return this;
  }
  /** Only what the core decides by itself. */
  rest(): this {
    for (let event = next(this.run); event !== null; event = next(this.run)) this.apply(event);
    return this;
  }
  /** Until an event of a step was written, and no further. */
  until(type: RunEvent['type'], path: string): this {
    for (let event = next(this.run); event !== null; event = next(this.run)) {
      this.apply(event);
      if (event.type === type && 'node' in event && event.node === path) return this;
    }
    throw new Error(`${path} never came to ${type}`);
  }
  /** Ends the open attempt of a step. */
  end(path: string, reply: Reply = {}): this {
    const work = this.started.findLast((one) => one.kind === 'attempt' && one.node === path);
    if (work === undefined) throw new Error(`${path} is not running`);
    this.apply(ended(work, reply));
    return this.rest();
  }
  /** The success that a step told when it gave up its key. */
  doneBy(path: string): OnceDone | undefined {
    return this.#done.get(path);
  }
  /** The last timer of a step is over. */
  ring(path: string): this {
    const work = this.started.findLast((one) => one.kind === 'timer' && one.node === path);
    if (work?.kind !== 'timer') throw new Error(`${path} has no timer`);
    this.now = Math.max(this.now, work.dueAt - 10);
    this.apply({ type: 'timer.ended', node: path, op: work.op });
    return this.rest();
  }
  /** The process dies and another takes over. */
  crash(): this {
    this.#queue.length = 0;
    this.run = fold(this.surroundings, this.journal);
    this.apply({ type: 'run.opened', host: 'h', giga: '0', pid: 2 });
    return this;
  }
  /** The process ended; another goes on with a plan. */
  resume(plan?: Plan, more: Omit<Extract<Command, { kind: 'resume' }>, 'kind' | 'plan'> = {}): this {
    this.crash();
    if (plan !== undefined) this.plans.set(planHash(plan), plan);
    this.command({ kind: 'resume', ...(plan && { plan: planHash(plan) }), ...more });
    return this;
  }
  events<T extends RunEvent['type']>(type: T): readonly Extract<Recorded, { type: T }>[] {
    return this.journal.filter((record): record is Extract<Recorded, { type: T }> => record.type === type);
  }
  /** The last settlement of a step. */
  settled(path: string) {
    return this.events('step.settled').findLast((record) => record.node === path);
  }
  result(path: string): string | undefined {
    return this.settled(path)?.result;
  }
  get finished() {
    return this.events('run.finished').at(-1);
  }
  attempts(path: string): number {
    return this.events('attempt.started').filter((record) => record.node === path).length;
  }

  #perform(effect: Effect): void {
    if (effect.type === 'stop') {
      this.stopped.push(effect.op);
      if (effect.done) this.#done.set(effect.node, effect.done);
      return;
    }
    const { work } = effect;
    this.started.push(work);
    if (work.kind === 'attempt') {
      const reply = this.options.reply?.(work);
      if (reply !== undefined) this.#queue.push(ended(work, reply));
    } else if (work.kind === 'capture') {
      const answer = this.options.capture?.(work);
      if (answer !== undefined) this.#queue.push({ type: 'capture.ended', node: work.node, op: work.op, ...answer });
    } else if (work.kind === 'claim') {
      if (this.options.claims !== false) this.#queue.push({ type: 'claim.ended', node: work.node, op: work.op });
    } else if (work.kind === 'cache') {
      this.#queue.push({ type: 'cache.ended', node: work.node, op: work.op }); // nothing is there
    } else if (work.kind === 'timer' && this.options.timers !== false) {
      this.#due.set(work.op, work.dueAt);
      this.#queue.push({ type: 'timer.ended', node: work.node, op: work.op });
    }
  }
}

function ended(work: Work, reply: Reply): RunEvent {
  return {
    type: 'attempt.ended',
    node: work.node,
    op: work.op,
    outcome: 'succeeded',
    durationMs: 5,
    outputs: {},
    ...reply,
  };
}

/** A world in which every attempt succeeds, but for what the table says. */
export function runOf(plan: Plan, replies: Readonly<Record<string, Reply>> = {}, options: WorldOptions = {}): World {
  return new World(plan, { reply: (work) => replies[work.node] ?? {}, ...options }).go();
}

/** Whatever is taken from outside is "noon". */
export const NOON: WorldOptions = {
  capture: ({ captures }) => ({ values: Object.fromEntries(captures.map(({ key }) => [key, 'noon'])) }),
};

/** The op under which something of a node was started last; 0 for none. */
export function opOf(world: World, node: string): number {
  return world.started.findLast((one) => one.node === node)?.op ?? 0;
}
