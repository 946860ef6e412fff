import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planHash } from '../../../src/core/plan/plan.ts';
import { type Command, decide } from '../../../src/core/run/decide.ts';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { evolve } from '../../../src/core/run/evolve.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { next } from '../../../src/core/run/next.ts';
import { OrdSet } from '../../../src/core/run/ord-set.ts';
import { planPaths } from '../../../src/core/run/plan-paths.ts';
import { addNode, newRun, planOf, rootOf } from '../../../src/core/run/run.ts';
import { type ReadRecord, upcast } from '../../../src/core/run/upcast.ts';
import { viewRun, viewStep, viewSteps } from '../../../src/core/run/view.ts';
import { action, composite, group, plan, set, wait } from './plans.ts';
import { runOf, World } from './world.ts';

const ENVELOPE = { seq: 4, epoch: 1, at: 0, durableUpTo: -1 };

describe('upcast', () => {
  const lift = (record: object) => upcast({ ...ENVELOPE, ...record } as ReadRecord);
  test.each([
    { type: 'run.opened' },
    { type: 'run.opened', v: 1 },
    { type: 'attempt.noted', v: 9 },
    { type: 'x-trial' },
  ])('takes %j', (record) => {
    expect(lift(record)).toMatchObject({ ok: true, record });
  });
  test.each([
    { type: 'run.exploded' },
    { type: 'run.opened', v: 2 },
    { type: 'run.opened', v: 0 },
    { type: 'constructor' },
  ])('refuses %j', (record) => {
    expect(lift(record)).toMatchObject({ ok: false, diagnostic: { code: 'RUN_UNKNOWN_EVENT' } });
  });
  test('knows every event that a run makes', () => {
    const world = new World(plan([action('a'), wait('w'), group('g', [set('s')])]), { reply: () => ({}) }).go();
    expect(world.journal.every((record) => upcast(record as ReadRecord).ok)).toBe(true);
  });
});

describe('decide', () => {
  const made = plan([action('build'), group('deploy', [action('upload')])]);
  const refusal = (world: World, command: Command | object) => {
    const decision = decide(world.run, command as Command);
    return decision.ok ? null : decision.diagnostic;
  };
  test('refuses what is not there, with what may be meant', () => {
    const world = new World(made).rest();
    expect(refusal(world, { kind: 'cancel', node: 'biuld' })).toMatchObject({
      code: 'RUN_UNKNOWN_STEP',
      hint: expect.stringContaining('`build`'),
    });
    expect(refusal(world, { kind: 'cancel', node: 'entirely else' })?.hint).toBeUndefined();
    expect(refusal(world, { kind: 'explode' })?.code).toBe('RUN_UNKNOWN_COMMAND');
    expect(refusal(world, { kind: 'start', run: 'x', plan: '', inputs: {}, trigger: '', workflow: {} })?.code).toBe(
      'RUN_GOES_ON',
    );
    expect(refusal(world, { kind: 'resume', only: ['build'] })?.code).toBe('RUN_GOES_ON');
  });
  test('refuses to stop what is over', () => {
    const world = runOf(made);
    expect(refusal(world, { kind: 'cancel', node: '' })?.code).toBe('RUN_OVER');
    expect(refusal(world, { kind: 'pause', cause: 'user' })?.code).toBe('RUN_OVER');
    const half = new World(made).rest().end('build');
    expect(refusal(half, { kind: 'cancel', node: 'build' })?.code).toBe('RUN_OVER');
  });
  test('resume: nothing to do, an unknown step, an unknown plan, a run that never began', () => {
    const world = runOf(made).crash();
    expect(refusal(world, { kind: 'resume' })?.code).toBe('RUN_NOTHING_TO_RESUME');
    expect(refusal(world, { kind: 'resume', rerun: ['deploy/uplaod'] })).toMatchObject({
      code: 'RUN_UNKNOWN_STEP',
      hint: expect.stringContaining('deploy/upload'),
    });
    expect(refusal(world, { kind: 'resume', plan: 'nowhere' })?.code).toBe('RUN_UNKNOWN_COMMAND');
    const decision = decide(newRun({ plans: new Map() }), { kind: 'resume' });
    expect(decision.ok).toBe(false);
  });
  test('resume and pause of what already is so ask for nothing', () => {
    const world = new World(made).rest();
    expect(decide(world.run, { kind: 'resume' })).toEqual({ ok: true, events: [] });
    world.command({ kind: 'pause', cause: 'signal', signal: 'SIGTERM' });
    expect(world.journal.at(-1)).toMatchObject({ type: 'run.paused', signal: 'SIGTERM' });
    expect(decide(world.run, { kind: 'pause', cause: 'user' })).toEqual({ ok: true, events: [] });
    expect(decide(world.run, { kind: 'cancel', node: '', by: 'ann', cause: 'budget' })).toMatchObject({
      events: [{ by: 'ann', cause: 'budget' }],
    });
  });
});

describe('a fold', () => {
  const made = plan([action('a'), action('b')]);
  test('is what was, record by record', () => {
    const world = new World(made).rest().end('a');
    const folded = fold(world.surroundings, world.journal);
    expect([viewRun(folded), [...viewSteps(folded)]]).toEqual([viewRun(world.run), [...viewSteps(world.run)]]);
  });
  test('leaves out what the last rewind makes void', () => {
    const world = new World(made).rest().end('a').end('b');
    const from = world.journal.findIndex((record) => record.type === 'attempt.ended' && record.node === 'b');
    const seq = world.journal.length;
    const rewound: Recorded = { ...ENVELOPE, seq, type: 'run.rewound', voids: [[from, seq - 1]] };
    const run = fold(world.surroundings, [...world.journal, rewound]);
    expect([viewStep(run, 'a')?.result, viewStep(run, 'b')?.state, run.status]).toEqual([
      'succeeded',
      'running',
      'running',
    ]);
    const redone = fold(world.surroundings, [...world.journal, rewound, { ...rewound, seq: seq + 1, voids: [] }]);
    expect(redone.status).toBe('finished');
    const two: Recorded = {
      ...rewound,
      voids: [
        [from, from],
        [from + 1, seq],
      ],
    };
    expect(fold(world.surroundings, [...world.journal, two]).status).toBe('running');
  });
  test('takes plans by a function as well', () => {
    const world = new World(made).rest();
    const run = fold({ plans: (hash) => (hash === planHash(made) ? made : undefined) }, world.journal);
    expect(run.running).toBe(2);
    expect(decide(run, { kind: 'resume', plan: 'other' }).ok).toBe(false);
  });
  test('ignores news, experiments and what concerns no node', () => {
    const world = new World(plan([action('a'), set('s')])).rest();
    const before = viewRun(world.run);
    const news = [
      { type: 'attempt.noted', node: 'a', op: 1, data: 1 },
      { type: 'x-trial', node: 'a' },
      { type: 'command.received', command: 'cancel', by: 'ann', accepted: false },
      { type: 'cancel.requested', node: 'nowhere', cause: 'user' },
      { type: 'cancel.requested', node: 's', cause: 'user' },
      { type: 'timer.ended', node: 'a', op: 1 },
      { type: 'attempt.ended', node: 'a', op: 99, outcome: 'failed', durationMs: 0 },
      { type: 'capture.ended', node: 'a', op: 1, values: {} },
      { type: 'scope.closed', node: '', slot: 2, result: 'succeeded', outputs: {} },
    ] as unknown as readonly RunEvent[];
    for (const event of news) expect(evolve(world.run, event)).toEqual([]);
    expect(viewRun(world.run)).toEqual(before);
    expect(evolve(newRun({ plans: new Map() }), { type: 'run.opened', host: '', giga: '', pid: 1 })).toEqual([]);
  });
  test('takes the time of an event that is not recorded yet', () => {
    const run = newRun({ plans: new Map([['p', plan([wait('w')])]]) });
    evolve(
      run,
      { type: 'run.created', run: 'r', plan: 'p', inputs: {}, trigger: '', workflow: { name: '', file: '' } },
      500,
    );
    let effects: readonly unknown[] = [];
    for (let event = next(run); event !== null; event = next(run)) effects = evolve(run, event, 700);
    expect(effects).toMatchObject([{ work: { dueAt: 1_700 } }]);
  });
  test('meets bugs of its user with an error', () => {
    expect(() => fold({ plans: new Map() }, new World(made).journal)).toThrow('Bug: the plan');
    const empty = newRun({ plans: new Map() });
    expect(next(empty)).toBeNull();
    expect(() => planOf(empty)).toThrow('Bug');
    expect(() => rootOf(empty)).toThrow('Bug');
    expect(() => evolve(empty, { type: 'run.exploded' } as unknown as RunEvent)).toThrow('was not refused on reading');
    const world = new World(made).rest();
    const lost = { type: 'race.lost', node: 'a', slot: 1 } as unknown as RunEvent; // no event of this version
    expect(() => evolve(world.run, lost)).toThrow('was not refused on reading');
    expect(() => evolve(world.run, { type: 'run.replanned', plan: planHash(made) })).toThrow('right after the journal');
    expect(() => evolve(world.run, { type: 'scope.opened', node: '', slot: 7 })).toThrow('has no slot 7');
    expect(() => evolve(world.run, { type: 'scope.opened', node: 'a', slot: 0 })).toThrow('has no slots');
    void addNode;
  });
});

describe('views and paths', () => {
  test('a view tells what a screen needs', () => {
    const world = new World(plan([action('a', { continueOnError: true }), wait('w'), action('b')]), {
      timers: false,
    }).rest();
    world.end('a', { outcome: 'failed' });
    world.command({ kind: 'cancel', node: 'b' });
    expect(viewRun(world.run)).toMatchObject({ running: 1, waiting: 1, counts: { allowed: 1 }, isCancelling: false });
    expect(viewStep(world.run, 'a')).toMatchObject({ isAllowed: true, result: 'failed', failedAt: 'a', attempts: 1 });
    expect(viewStep(world.run, 'b')).toMatchObject({ isStopping: true, state: 'running' });
    expect(viewStep(world.run, 'gone')).toBeNull();
    expect([...viewSteps(world.run)].map((step) => step.path)).toEqual(['a', 'w', 'b']);
  });
  test('planPaths names all that a run would', () => {
    const tried = composite('try', 't', [{ nodes: [action('x')] }, { nodes: [action('c')] }, { nodes: [action('f')] }]);
    const made = plan([group('g', [tried])], { onFailure: [action('o')], finally: [action('z')] });
    expect([...planPaths(made).keys()]).toEqual([
      'g',
      'g/t',
      'g/t/x',
      'g/t/catch/c',
      'g/t/finally/f',
      'on-failure/o',
      'finally/z',
    ]);
  });
});

test('an ordered set is a set, in order', () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 70_000 })), { maxLength: 200 });
  fc.assert(
    fc.property(moves, (script) => {
      const set = new OrdSet();
      const naive = new Set<number>();
      for (const [adds, member] of script) {
        if (adds) set.add(member);
        else set.delete(member);
        if (adds) naive.add(member);
        else naive.delete(member);
        if (
          set.size !== naive.size ||
          set.first() !== (naive.size === 0 ? -1 : Math.min(...naive)) ||
          set.has(member) !== adds
        )
          return false;
      }
      return true;
    }),
  );
});
