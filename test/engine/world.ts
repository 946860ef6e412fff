/** A world for the engine: plans from YAML, a journal in memory, a clock that only moves when told, and steps that end when told. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { problem } from '../../src/core/diagnostic/diagnostic.ts';
import type { Capture } from '../../src/core/expr/ast.ts';
import type { Json } from '../../src/core/json.ts';
import { type Plan, planHash } from '../../src/core/plan/plan.ts';
import {
  type Clock,
  type FileWatch,
  JournalFailure,
  type JournalWriter,
  type Mask,
  type StepAnswer,
  type StepContext,
  type StepType,
} from '../../src/core/ports.ts';
import type { Recorded, RunEvent } from '../../src/core/run/event.ts';
import { fold } from '../../src/core/run/fold.ts';
import { newRun, type Run } from '../../src/core/run/run.ts';
import { type Drive, drive } from '../../src/engine/drive.ts';
import { NO_MASK } from '../../src/host/mask/mask.ts';
import { compileWorkflow } from '../../src/lang/compile/index.ts';
import { readDocument } from '../../src/lang/read/document.ts';

export function planOf(yaml: string): Plan {
  const read = readDocument(yaml, 'w.yaml');
  const { value, diagnostics } = compileWorkflow(read.value as NonNullable<typeof read.value>); // the text is ours
  if (value === null) throw new Error(JSON.stringify(diagnostics));
  return value;
}

export interface MemoryJournal extends JournalWriter {
  readonly records: Recorded[];
  /** What `append` and `synced` do from now on. */
  mode: 'works' | 'append fails' | 'sync fails' | 'sync waits';
  /** Lets the syncs that wait go on. */
  release(): void;
  closed: boolean;
}

export function memoryJournal(before: readonly Recorded[] = []): MemoryJournal {
  const records = [...before];
  let waiting: (() => void)[] = [];
  const failure = new JournalFailure(problem('RUN_DISK_FULL', 'The disk is full.'));
  return {
    epoch: 1,
    records,
    mode: 'works',
    closed: false,
    durableUpTo: -1,
    append(events) {
      if (this.mode === 'append fails') throw failure;
      const made = events.map(
        (event, i): Recorded => ({ ...event, seq: records.length + i, epoch: 1, at: 0, durableUpTo: -1 }),
      );
      records.push(...made);
      return made;
    },
    async synced() {
      if (this.mode === 'sync fails') throw failure;
      if (this.mode === 'sync waits') await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async close() {
      this.closed = true;
    },
    release() {
      this.mode = 'works';
      for (const go of waiting) go();
      waiting = [];
    },
  };
}

export interface ManualClock extends Clock {
  /** Moves both clocks and rings what is due, in order. */
  move(ms: number): void;
  readonly pending: number;
}

export function manualClock(startMs = 1_000_000): ManualClock {
  let now = 0;
  let timers: { at: number; call: () => void }[] = [];
  return {
    wallMs: () => startMs + now,
    monotonicMs: () => now,
    after(delayMs, then) {
      const timer = { at: now + delayMs, call: then };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    move(ms) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
      timers = timers.filter(({ at }) => at > now);
      for (const { call } of due) call();
    },
    get pending() {
      return timers.length;
    },
  };
}

/** One attempt under way. */
export interface Attempt {
  readonly node: string;
  readonly context: StepContext;
  end(answer: StepAnswer): void;
}

export interface World {
  readonly engine: Drive;
  readonly journal: MemoryJournal;
  readonly clock: ManualClock;
  readonly published: Recorded[];
  readonly attempts: Map<string, Attempt>;
  readonly state: Run;
  /** How many records the journal had when each attempt began. */
  readonly begunAfter: Map<string, number>;
  readonly captures: { live: number; most: number; asked: Capture[] };
  /** Lets everything that can happen by itself happen. */
  settle(): Promise<void>;
  types(): string[];
}

export interface WorldOptions {
  readonly journal?: MemoryJournal;
  readonly clock?: ManualClock;
  /** Records of an earlier life; the run is opened again. */
  readonly before?: readonly Recorded[];
  readonly perform?: StepType['perform'];
  readonly mask?: Mask;
  readonly files?: FileWatch;
  readonly capture?: (capture: Capture, signal: AbortSignal) => Promise<Json>;
}

export function makeWorld(plan: Plan, options: WorldOptions = {}): World {
  const { before = [], journal = memoryJournal(before), clock = manualClock() } = options;
  const hash = planHash(plan);
  const surroundings = { plans: new Map([[hash, plan]]) };
  const state = before.length > 0 ? fold(surroundings, before) : newRun(surroundings);
  const published: Recorded[] = [];
  const attempts = new Map<string, Attempt>();
  const begunAfter = new Map<string, number>();
  const captures: World['captures'] = { live: 0, most: 0, asked: [] };
  const step: StepType = {
    name: 'run',
    perform:
      options.perform ??
      ((_request, context) =>
        new Promise((end) => {
          begunAfter.set(
            context.work.node,
            journal.records.findIndex((r) => r.type === 'attempt.started' && r.op === context.work.op),
          );
          attempts.set(context.work.node, { node: context.work.node, context, end });
        })),
  };
  const engine = drive({
    state,
    journal,
    clock,
    mask: options.mask ?? NO_MASK,
    steps: new Map([['run', step]]),
    files: options.files ?? { appears: () => new Promise(() => {}) },
    artifacts: { keep: async () => ({ ok: true, artifacts: [], warnings: [] }) },
    claims: { take: async () => ({}), release() {} },
    captures: {
      async capture(work, signal) {
        captures.live += 1;
        captures.most = Math.max(captures.most, captures.live);
        captures.asked.push(...work.captures);
        const answer = options.capture ?? (async () => 'captured');
        const values: Record<string, Json> = {};
        try {
          for (const one of work.captures) values[one.key] = await answer(one, signal);
        } finally {
          captures.live -= 1;
        }
        return { values };
      },
    },
    run: { id: 'r', folder: '/none', root: '/none' },
    publish: (record) => published.push(record),
    progress: () => {},
  });
  const opening: RunEvent[] =
    before.length > 0
      ? [{ type: 'run.opened', host: 'h', giga: '0', pid: 1 }]
      : [
          {
            type: 'run.created',
            run: 'r',
            plan: hash,
            inputs: {},
            trigger: 'test',
            workflow: { name: 'w', file: 'w.yaml' },
          },
          { type: 'run.opened', host: 'h', giga: '0', pid: 1 },
        ];
  for (const event of opening) engine.post(event);
  return {
    engine,
    journal,
    clock,
    published,
    attempts,
    state,
    begunAfter,
    captures,
    async settle() {
      for (let i = 0; i < 20; i++) await nextTick();
    },
    types: () =>
      journal.records.map((record) =>
        'node' in record && record.node !== '' ? `${record.type} ${record.node}` : record.type,
      ),
  };
}

export const OK: StepAnswer = { outcome: 'succeeded', outputs: { stdout: '', stderr: '', 'exit-code': 0 } };
export const BAD: StepAnswer = { outcome: 'failed', error: problem('STEP_FAILED', 'It failed.') };
