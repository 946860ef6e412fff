import { describe, expect, test } from 'vitest';
import type { Code } from '../../../src/core/diagnostic/catalog.ts';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import { captureKey } from '../../../src/core/expr/evaluate.ts';
import type { Plan, Retry } from '../../../src/core/plan/plan.ts';
import { retryDelay } from '../../../src/core/run/backoff.ts';
import type { AttemptError } from '../../../src/core/run/event.ts';
import { hashed } from '../../../src/core/run/retry.ts';
import { viewStep } from '../../../src/core/run/view.ts';
import { action, call, failing, group, lit, object, plain, plan, ref, set, value, wait, when } from './plans.ts';
import { type Reply, runOf, World, type WorldOptions } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const TWICE = { attempts: 3, delayMs: 100, backoff: 'exponential', factor: 2 } as const;

describe('a retry', () => {
  test.each([
    [{ backoff: 'constant' }, [100, 100, 100]],
    [{ backoff: 'linear' }, [100, 200, 300]],
    [{ backoff: 'exponential' }, [100, 200, 400]],
    [{ backoff: 'exponential', maxDelayMs: 150 }, [100, 150, 150]],
    [{ delayMs: 0 }, [0, 0, 0]],
  ] as const)('%j waits %j', (more, delays) => {
    expect([1, 2, 3].map((failure) => retryDelay({ ...TWICE, ...more }, failure))).toEqual(delays);
  });
  test('never waits beyond a month, however often it failed', () => {
    expect(retryDelay(TWICE, 5_000)).toBe(30 * 24 * 3_600_000);
    expect(retryDelay({ ...TWICE, delayMs: 0 }, 5_000)).toBe(0);
  });
  test('begins again after its delay, and says at last how often it tried', () => {
    const world = runOf(plan([action('a', { retry: TWICE })]), { a: { outcome: 'timed-out' } });
    expect(world.events('timer.started').map((one) => [one.purpose, one.delayMs])).toEqual([
      ['retry', 100],
      ['retry', 200],
    ]);
    expect(world.settled('a')).toMatchObject({
      cause: { kind: 'retries-exhausted', attempts: 3 },
      error: { code: 'STEP_TIMEOUT' },
    });
  });
  test('has its timer due by the clock of the journal, also after a crash', () => {
    const world = new World(plan([action('a', { retry: TWICE })]), { timers: false, reply: () => FAIL }).go();
    const due = (world.events('timer.started')[0]?.at ?? 0) + 100;
    expect(world.started.at(-1)).toMatchObject({ kind: 'timer', dueAt: due });
    expect(viewStep(world.run, 'a')?.dueAt).toBe(due);
    world.crash();
    expect(world.started.at(-1)).toMatchObject({ kind: 'timer', dueAt: due });
  });
  test('of a group runs all of it anew, and its steps count once', () => {
    let failures = 0;
    const reply: WorldOptions['reply'] = (work) => (work.node === 'g/b' && failures++ < 2 ? FAIL : {});
    const world = new World(
      plan([group('g', [action('a'), action('b', { needs: [0] })], { retry: { ...TWICE, attempts: 3 } })]),
      { reply },
    ).go();
    expect([world.attempts('g/a'), world.attempts('g/b')]).toEqual([3, 3]);
    expect(world.finished).toMatchObject({ verdict: 'succeeded', counts: { succeeded: 2, failed: 0 } });
  });
  test('of a group without a delay begins at once, and is exhausted', () => {
    const world = runOf(plan([group('g', [action('a')], { retry: { ...TWICE, delayMs: 0, attempts: 2 } })]), {
      'g/a': FAIL,
    });
    expect(world.settled('g')?.cause).toEqual({ kind: 'retries-exhausted', attempts: 2 });
    expect(world.events('timer.started')).toHaveLength(0);
  });
  test('is not made of an attempt in doubt', () => {
    expect(runOf(plan([action('a', { retry: TWICE })]), { a: { outcome: 'in-doubt' } }).attempts('a')).toBe(1);
  });
  test('covers outputs that are wrong', () => {
    const outputs = { n: { value: value('self.outputs.n'), schema: { type: 'number' } } };
    let tries = 0;
    const validate = (_: unknown, given: unknown) => (typeof given === 'number' ? null : 'it is no number');
    for (const delayMs of [0, 5]) {
      tries = 0;
      const world = new World(plan([action('a', { outputs, retry: { ...TWICE, delayMs } })]), {
        surroundings: { validate },
        reply: () => ({ outputs: { n: tries++ < 1 ? 'x' : 4 } }),
      }).go();
      expect([world.attempts('a'), world.result('a'), world.run.byPath.get('a')?.failures]).toEqual([
        2,
        'succeeded',
        1,
      ]);
    }
  });
});

const ANY = { attempts: 3, delayMs: 0, backoff: 'constant', factor: 2 } as const;

/** How often an action is tried that always fails of this. */
function attemptsAt(more: Partial<Retry>, reply: Reply): number {
  return runOf(plan([action('a', { retry: { ...ANY, ...more } })]), { a: reply }).attempts('a');
}
const failed = (code: Code, more: Partial<AttemptError> = {}, outputs: Reply['outputs'] = {}): Reply => ({
  outcome: 'failed',
  error: { ...problem(code, 'cannot connect to db-7'), ...more },
  outputs,
});

describe('a retry with classes', () => {
  const exit75 = failed('STEP_FAILED', { exitCode: 75 }, { stdout: 'all well', stderr: 'lock held' });
  test.each<[Partial<Retry>, Reply, number]>([
    [{}, exit75, 3],
    [{ on: { exitCodes: [75] } }, exit75, 3],
    [{ on: { exitCodes: [1, 2] } }, exit75, 1],
    [{ on: { exitCodes: [] } }, exit75, 1],
    [{ on: { exitCodes: [0] } }, failed('STEP_FAILED'), 1],
    [{ on: { errors: ['STEP_TIMEOUT'] } }, { outcome: 'timed-out' }, 3],
    [{ on: { errors: ['STEP_TIMEOUT'] } }, exit75, 1],
    [{ on: { errors: ['STEP_TIMEOUT'], exitCodes: [75] } }, exit75, 3],
    [{ on: { matches: 'db-[0-9]' } }, exit75, 3],
    [{ on: { matches: '^lock' } }, exit75, 3],
    [{ on: { matches: 'well$' } }, exit75, 3],
    [{ on: { matches: 'well.*lock' } }, exit75, 1],
    [{ on: { matches: '(' } }, exit75, 1],
    [{ on: { matches: 'busy' } }, failed('STEP_FAILED', {}, { body: 'so busy' }), 3],
    [{ on: { matches: 'early' } }, failed('STEP_FAILED', {}, { stdout: `early${'x'.repeat(70_000)}late` }), 1],
    [{ on: { matches: 'late' } }, failed('STEP_FAILED', {}, { stdout: `early${'x'.repeat(70_000)}late` }), 3],
    [{ neverOn: { exitCodes: [75] } }, exit75, 1],
    [{ neverOn: { exitCodes: [74] } }, exit75, 3],
    [{ on: { exitCodes: [75] }, neverOn: { matches: 'lock' } }, exit75, 1],
    [{}, failed('STEP_FAILED', { retryable: false }), 1],
    [{}, failed('STEP_FAILED', { retryable: true }), 3],
    [{ on: { errors: ['STEP_FAILED'] } }, failed('STEP_FAILED', { retryable: false }), 3],
    [{ neverOn: { errors: ['STEP_FAILED'] } }, failed('STEP_FAILED', { retryable: true }), 1],
    [{ on: { errors: ['STEP_TOTAL_TIMEOUT'] } }, failed('STEP_TOTAL_TIMEOUT'), 1],
  ])('%j', (more, reply, attempts) => {
    expect(attemptsAt(more, reply)).toBe(attempts);
  });
  test.each([
    [{ exitCodes: [75] }, 2],
    [{ errors: ['STEP_FAILED'] }, 2],
    [{ errors: ['STEP_TIMEOUT'] }, 1],
  ])('of a group looks at what failed inside: %j', (on, attempts) => {
    const made = plan([group('g', [action('a')], { retry: { ...ANY, attempts: 2, on } })]);
    expect(runOf(made, { 'g/a': exit75 }).attempts('g/a')).toBe(attempts);
  });
});

describe('the delay of a retry', () => {
  const delays = (more: Partial<Retry>, reply: Reply = FAIL): readonly number[] => {
    const retry = { ...ANY, attempts: 4, delayMs: 1_000, ...more };
    return runOf(plan([action('a', { retry })]), { a: reply })
      .events('timer.started')
      .map((one) => one.delayMs);
  };
  test('has jitter that takes away at most its share, and the same each time', () => {
    const some = delays({ jitter: 20 });
    expect(delays({ jitter: 20 })).toEqual(some);
    expect(new Set(some).size).toBe(3);
    for (const delay of some) expect(delay).toBeGreaterThan(800);
    for (const delay of some) expect(delay).toBeLessThanOrEqual(1_000);
  });
  test('is spread evenly over many steps', () => {
    const shares = Array.from({ length: 2_000 }, (_, index) => hashed(`run step-${index} 1`));
    const quarters = [0, 1, 2, 3].map((quarter) => shares.filter((share) => Math.floor(share * 4) === quarter).length);
    expect(Math.min(...quarters)).toBeGreaterThan(420);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shares)).toBeLessThan(1);
  });
  test.each<[Partial<Retry>, number, number]>([
    [{}, 5_000, 5_000],
    [{}, 10, 1_000],
    [{ jitter: 100 }, 1_000, 1_000],
    [{ maxDelayMs: 2_000 }, 60_000, 2_000],
    [{}, 1e12, 3_600_000],
    [{ delayMs: 0 }, 7, 7],
  ])('%j is at least what the other side asked for: %d ms', (more, retryAfterMs, delayMs) => {
    expect(delays(more, failed('STEP_FAILED', { retryAfterMs }))[0]).toBe(delayMs);
  });
  test.each([
    [{ maxDurationMs: 10_000 }, 3],
    [{ maxDurationMs: 2_500 }, 2],
    [{ maxDurationMs: 1_000 }, 0],
  ])('ends with %j', (more, retries) => {
    expect(delays(more)).toHaveLength(retries);
  });
});

describe('the time of all attempts', () => {
  const limited = (more: Partial<Parameters<typeof action>[1]> = {}): Plan =>
    plan([action('a', { totalTimeoutMs: 2_500, timeoutMs: 1_000, idleTimeoutMs: 500, ...more })]);
  test('goes down from attempt to attempt, and ends the retries', () => {
    const world = runOf(limited({ retry: { ...ANY, attempts: 9, delayMs: 1_000 } }), { a: FAIL });
    const works = world.started.filter((work) => work.kind === 'attempt');
    expect(works.map((work) => work.totalTimeoutMs)).toEqual([2_500, expect.any(Number), expect.any(Number)]);
    expect(works[1]?.totalTimeoutMs).toBeLessThanOrEqual(1_500);
    expect(works[0]).toMatchObject({ timeoutMs: 1_000, idleTimeoutMs: 500 });
    expect(world.settled('a')?.cause).toEqual({ kind: 'retries-exhausted', attempts: 3 });
  });
  test('counts also while giga does not run', () => {
    const world = new World(limited()).rest();
    world.pass(10_000);
    world.crash().rest();
    expect(world.settled('a')).toMatchObject({ result: 'failed', error: { code: 'STEP_TOTAL_TIMEOUT' } });
    expect(world.attempts('a')).toBe(1);
  });
  test('is none of another step', () => {
    const world = new World(limited({ retry: ANY })).rest();
    world.crash().rest();
    expect(world.attempts('a')).toBe(2);
  });
});

describe('an interruption', () => {
  test('spends no retry, and the step starts again', () => {
    const world = new World(plan([action('a')])).rest();
    for (let crash = 1; crash <= 3; crash++) world.crash().rest();
    expect(world.events('attempt.started').map((one) => one.attempt)).toEqual([1, 2, 3, 4]);
    expect(world.end('a').finished?.verdict).toBe('succeeded');
  });
  test('is bounded, apart from failures', () => {
    const world = runOf(plan([action('a', { retry: TWICE })]), { a: { outcome: 'interrupted' } });
    expect(world.attempts('a')).toBe(11);
    expect(world.settled('a')).toMatchObject({
      cause: { kind: 'interruptions', count: 11 },
      error: { code: 'RUN_INTERRUPTIONS' },
    });
  });
  test('of a step that is to stop is its cancel', () => {
    const world = new World(plan([action('a')])).rest();
    world.command({ kind: 'cancel', node: 'a' });
    world.crash().rest();
    expect(world.settled('a')?.cause).toEqual({ kind: 'cancelled', by: 'user' });
  });
});

describe('a stop', () => {
  test('that comes too late changes nothing: the work is done', () => {
    const world = new World(plan([action('a', { outputs: { v: { value: value('self.outputs.v') } } })])).rest();
    world.command({ kind: 'cancel', node: 'a' });
    world.end('a', { outputs: { v: 1 } });
    expect(world.settled('a')).toMatchObject({ result: 'succeeded', outputs: { v: 1 } });
  });
  test('of a step that failed in the meantime is a cancel, without a retry', () => {
    const world = new World(plan([action('a', { retry: TWICE })])).rest();
    world.command({ kind: 'cancel', node: 'a' });
    expect(world.end('a', FAIL).result('a')).toBe('cancelled');
  });
  test('of a timer or a capture takes it back', () => {
    const made = plan([wait('w'), action('c', { with: object({ at: value(call('now')) }) })]);
    const world = new World(made, { timers: false }).rest();
    world.command({ kind: 'cancel', node: '' });
    world.rest();
    expect(world.stopped.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(world.finished?.verdict).toBe('cancelled');
  });
  test('by the world itself is a cancel', () => {
    expect(runOf(plan([action('a')]), { a: { outcome: 'cancelled' } }).settled('a')?.cause).toEqual({
      kind: 'cancelled',
      by: 'user',
    });
  });
});

describe('a pause', () => {
  test('lets what runs end, and begins nothing', () => {
    const world = new World(plan([action('a'), action('b', { needs: [0] }), set('s', {}, { needs: [0] })])).rest();
    world.command({ kind: 'pause', cause: 'signal', signal: 'SIGINT' });
    world.end('a');
    expect([world.attempts('b'), world.result('s'), world.result('a')]).toEqual([0, undefined, 'succeeded']);
    world.command({ kind: 'resume' });
    world.rest().end('b');
    expect(world.finished?.verdict).toBe('succeeded');
  });
  test('still lets a cancel through', () => {
    const world = new World(plan([action('a'), action('b', { needs: [0] })])).rest();
    world.command({ kind: 'pause', cause: 'user' });
    world.command({ kind: 'cancel', node: 'b' });
    expect(world.rest().result('b')).toBe('cancelled');
  });
});

describe('captures', () => {
  const now = captureKey('now', []);
  const env = (command: string) => ({ env: { E: value(call('__envRun', lit(command))) } });
  test('are asked for once, and kept by the step', () => {
    const made = plan([
      action('a', { if: when(call('now')), with: object({ at: value(call('now')) }), retry: { ...TWICE, delayMs: 0 } }),
    ]);
    const world = new World(made, {
      capture: () => ({ values: { [now]: '2026-01-01T00:00:00.000Z' } }),
      reply: () => FAIL,
    }).go();
    expect(world.events('capture.started')).toHaveLength(1);
    expect(world.started.at(-1)).toMatchObject({ request: { at: '2026-01-01T00:00:00.000Z' } });
  });
  test('that are refused fail the step', () => {
    const error = { code: 'STEP_CAPTURE_FAILED', severity: 'error', message: 'no' } as const;
    const world = new World(plan([set('a', { at: value(call('now')) })]), {
      capture: () => ({ values: {}, error }),
    }).go();
    expect(world.settled('a')).toMatchObject({
      result: 'failed',
      error: { code: 'STEP_CAPTURE_FAILED', message: 'no' },
    });
  });
  test('that come without a value are null, and are not asked for again', () => {
    const world = new World(plan([set('a', { at: value(call('now')) }), action('b', env('x'))]), {
      capture: () => ({ values: {} }),
    }).go();
    world.rest();
    expect(world.settled('a')?.outputs).toEqual({ at: null });
    expect(world.started.at(-1)).toMatchObject({ env: { E: '' } });
    expect(world.events('capture.started')).toHaveLength(2);
  });
  test('of a command are made once for the whole run', () => {
    const world = new World(plan([action('a', env('x')), action('b', env('x')), action('c', env('y'))])).rest();
    expect(world.events('capture.started').map((one) => one.node)).toEqual(['a', 'c']);
    const [first] = world.events('capture.started');
    world.apply({
      type: 'capture.ended',
      node: 'a',
      op: first?.op ?? 0,
      values: { [captureKey('env-run', ['x'])]: 'out' },
    });
    world.rest();
    expect(world.events('attempt.started').map((one) => one.node)).toEqual(['a', 'b']);
    expect(world.started.at(-1)).toMatchObject({ env: { E: 'out' } });
  });
  test('of a command that was stopped are asked for by the next who needs them', () => {
    const world = new World(plan([action('a', env('x')), action('b', env('x'))])).rest();
    world.command({ kind: 'cancel', node: 'a' });
    world.rest();
    expect(world.events('capture.started').map((one) => one.node)).toEqual(['a', 'b']);
  });
  test('are asked for again after a crash', () => {
    const world = new World(plan([set('a', { at: value(call('now')) })])).rest().crash();
    expect(world.started.map((work) => work.op)).toEqual([1, 1]);
  });
  test('that outputs of the run need come before its end', () => {
    const made = plan([set('a')], { outputs: { at: { value: value(call('now')) } } });
    const world = new World(made, { capture: () => ({ values: { [now]: 'then' } }) }).go();
    expect(world.finished?.outputs).toEqual({ at: 'then' });
  });
  test('that a group or a step needs for its outputs come before it settles', () => {
    const outputs = { at: { value: value(call('now')) } };
    const world = new World(plan([group('g', [set('x')], { outputs }), action('a', { outputs })]), {
      capture: () => ({ values: { [now]: 'then' } }),
      reply: () => ({}),
    }).go();
    expect(world.events('scope.closed')[0]?.outputs).toEqual({ at: 'then' });
    expect(world.settled('a')?.outputs).toEqual({ at: 'then' });
  });
  test('show git', () => {
    const git = captureKey('git', []);
    const world = new World(plan([set('a', { sha: value('git.sha') })]), {
      capture: () => ({ values: { [git]: { sha: 'abc' } } }),
    }).go();
    expect(world.settled('a')?.outputs).toEqual({ sha: 'abc' });
  });
});

describe('the work of an attempt', () => {
  test('has the environment of all layers, the inner over the outer, each seeing those around it', () => {
    const inner = action('a', {
      env: { C: value('env.B'), N: plain(1), Z: plain(null) },
      with: object({ c: value('env.C'), up: value('env.A') }),
      secrets: ['S'],
      timeoutMs: 5,
      graceMs: 6,
    });
    const made = plan([group('g', [inner, action('b')], { env: { B: plain('b'), A: plain('inner') } })], {
      env: { A: plain('outer') },
      secrets: ['S'],
    });
    const world = new World(made).rest();
    expect(world.started[0]).toEqual({
      kind: 'attempt',
      node: 'g/a',
      op: 1,
      attempt: 1,
      action: 'run',
      request: { c: 'b', up: 'inner' },
      env: { A: 'inner', B: 'b', C: 'b', N: '1', Z: '' },
      secrets: ['S'],
      clearEnv: false,
      timeoutMs: 5,
      graceMs: 6,
      stepKey: 'r1/g/a/1',
    }); // prettier-ignore
    expect(world.started[1]).toMatchObject({ env: { A: 'inner', B: 'b' }, graceMs: 10_000 });
  });
  test('has only its own environment where it says so', () => {
    const world = new World(
      plan([action('a', { clearEnv: true, env: { B: plain('b') } }), action('b', { clearEnv: true })], {
        env: { A: plain('a') },
      }),
    );
    world.rest();
    expect(world.started).toMatchObject([
      { env: { B: 'b' }, clearEnv: true },
      { env: {}, clearEnv: true },
    ]);
    expect(Object.keys((world.started[1] as { env: object }).env)).toEqual([]);
  });
  test('has secrets by name only', () => {
    const world = new World(plan([action('a', { env: { T: value('secrets.s') } })], { secrets: ['S'] })).rest();
    expect(world.started[0]).toMatchObject({ env: { T: { secretText: [{ secret: 'S' }] } } });
  });
  test('fails of a variable that is no text, of an unknown secret and of a bad request', () => {
    const bad = plan([
      action('a', { env: { L: plain(['x']) } }),
      action('b', { with: object({ x: value('nothing.here') }) }),
      action('c', { with: object({ x: value('env.L') }), env: { L: value('nothing.here') } }),
      action('d', { if: when(ref('env.L')), env: { L: value('nothing.here') } }),
    ]);
    const codes = ['a', 'b', 'c', 'd'].map((id) => runOf(bad).settled(id)?.error?.code);
    expect(codes).toEqual([
      'STEP_ENV_NOT_TEXT',
      'EXPR_UNKNOWN_CONTEXT',
      'EXPR_UNKNOWN_CONTEXT',
      'EXPR_UNKNOWN_CONTEXT',
    ]);
  });
  test('is not begun while as many run as may', () => {
    const world = new World(plan([action('a'), action('b'), wait('w'), action('c')], { concurrency: 2 }), {
      timers: false,
    }).rest();
    expect(world.run.running).toBe(2);
    world.end('a');
    expect(world.attempts('c')).toBe(1);
  });
});

describe('leaves that giga does itself', () => {
  test('wait says how long, and fails of what is no duration', () => {
    expect(runOf(plan([wait('w', '1h30m')])).settled('w')?.outputs).toEqual({ 'waited-ms': 5_400_000 });
    for (const bad of [plain('soon'), plain(5)]) {
      expect(runOf(plan([wait('w', bad)])).settled('w')?.error?.code).toBe('STEP_WAIT_DURATION');
    }
    expect(runOf(plan([wait('w', value('nothing.here'))])).result('w')).toBe('failed');
  });
  test('set gives its values, and more by outputs', () => {
    const outputs = { w: { value: value('self.outputs.v') } };
    expect(runOf(plan([set('s', { v: plain(1) }, { outputs })])).settled('s')?.outputs).toEqual({ v: 1, w: 1 });
    const bad = { w: { value: value('nothing.here') } };
    expect(runOf(plan([set('s', { v: plain(1) }, { outputs: bad })])).result('s')).toBe('failed');
  });
  test('set fails of values that are no object', () => {
    const odd = { ...set('s'), values: plain([1]) };
    expect(runOf(plan([odd])).settled('s')?.error?.code).toBe('STEP_OUTPUT_INVALID');
  });
  test('fail says its message, whatever it evaluates to', () => {
    expect(
      runOf(plan([{ ...failing('f'), message: value('inputs.n') }]), {}, { inputs: { n: 3 } }).settled('f')?.error
        ?.message,
    ).toBe('3');
    expect(runOf(plan([{ ...failing('f'), message: value('nothing.here') }])).settled('f')?.error?.code).toBe(
      'EXPR_UNKNOWN_CONTEXT',
    );
  });
});

describe('computed outputs', () => {
  const self = (path: string, reply: Reply) =>
    runOf(plan([action('a', { outputs: { o: { value: value(path) } } })]), { a: reply }).settled('a');
  test.each([
    ['self.stdout', { outputs: { stdout: 'x' } }, 'x'],
    ['self.outputs.stdout', { outputs: { stdout: 'x' } }, 'x'],
    ['self.outputs.STDOUT', { outputs: { stdout: 'x' } }, 'x'],
    ['self.stderr', { outputs: { stderr: 'e' } }, 'e'],
    ['self.stderr', {}, null],
    ['self.exit-code', { outputs: { 'exit-code': 0 } }, 0],
    ['self.result', {}, 'succeeded'],
    ['self.lines', { outputs: { stdout: 'a\r\nb' } }, ['a', 'b']],
    ['self.lines', { outputs: { stdout: '' } }, []],
    ['self.lines', {}, []],
    ['self.json.k', { outputs: { stdout: '{"k":[1]}' } }, [1]],
    ['self.json', {}, null],
    ['self.log', { log: '/l' }, '/l'],
    ['self.log', { outputs: { log: '/m' } }, '/m'],
    ['self.log', {}, null],
    ['self.attempt', {}, 1],
    ['self.duration-ms', { durationMs: 9 }, 9],
    ['self.other', {}, null],
    ['self.outputs.EXIT-CODE', { outputs: { 'stdout-truncated': true, 'exit-code': 1 } }, 1],
  ] as const)('%s of %j is %j', (path, reply, expected) => {
    expect(self(path, reply as Reply)?.outputs).toEqual({ o: expected });
  });
  test.each([
    ['self.json', { stdout: 'no' }, 'STEP_NOT_JSON'],
    ['self.stdout', { stdout: 'x', 'stdout-truncated': true }, 'STEP_OUTPUT_TRUNCATED'],
    ['self.lines', { stdout: 'x', 'stdout-truncated': true }, 'STEP_OUTPUT_TRUNCATED'],
    ['self.outputs.stdout', { stdout: 'x', 'stdout-truncated': true }, 'STEP_OUTPUT_TRUNCATED'],
  ] as const)('%s of %j fails as %3$s', (path, outputs, code) => {
    expect(self(path, { outputs })?.error?.code).toBe(code);
  });
  test('that do not fit their schema fail the step', () => {
    const outputs = { o: { value: value('self.stdout'), schema: { type: 'number' } } };
    const world = runOf(
      plan([action('a', { outputs })]),
      {},
      { surroundings: { validate: () => 'it is not a number' } },
    );
    expect(world.settled('a')).toMatchObject({ cause: { kind: 'error' }, error: { code: 'STEP_OUTPUT_INVALID' } });
  });
  test('stand beside the raw ones, which a failure has too', () => {
    const outputs = { o: { value: plain(1) } };
    const made = plan([action('a', { outputs }), action('b', { outputs })]);
    const world = runOf(made, { a: { outputs: { stdout: 'x' } }, b: { ...FAIL, outputs: { stdout: 'y' } } });
    expect([world.run.byPath.get('a')?.outputs, world.run.byPath.get('b')?.outputs]).toEqual([
      { stdout: 'x', o: 1 },
      { stdout: 'y' },
    ]);
  });
});

describe('contexts', () => {
  const read = (path: string, more: Parameters<typeof plan>[1] = {}, options: WorldOptions = {}) =>
    runOf(plan([set('r', { v: value(path) })], more), {}, options).settled('r')?.outputs?.v;
  test.each([
    ['run.id', 'r1'],
    ['run.trigger', 'cli'],
    ['run.attempt', 1],
    ['run.resumed', false],
    ['run.dir', '/state'],
    ['run.started-at', '1970-01-01T00:00:01.010Z'],
    ['run.nothing', null],
    ['workflow.name', 'test'],
    ['workflow.file', 'test.yaml'],
    ['vars.x', 2],
    ['project.kind', 'node'],
    ['env.A', 'a'],
    ['env.B', null],
    ['steps.nothing', null],
    ['error.code', null],
    ['inputs.n', 3],
  ])('%s is %j', (path, expected) => {
    const surroundings = { runContext: { dir: '/state' }, contexts: { project: { kind: 'node' } } };
    expect(read(path, { vars: { x: 2 }, env: { A: plain('a') } }, { inputs: { n: 3 }, surroundings })).toEqual(
      expected,
    );
  });
  test('`steps` tells all of a step', () => {
    const keys = [
      'result',
      'conclusion',
      'outcome',
      'cause',
      'error.exit-code',
      'attempts',
      'duration-ms',
      'outputs.stdout',
    ];
    const all = object(Object.fromEntries(keys.map((key) => [key, value(`steps.a.${key}`)])));
    const reader = { ...set('r', {}, { needs: [0], join: 'all-done' }), values: all };
    const error = { code: 'STEP_FAILED', severity: 'error', message: 'm', exitCode: 7 } as const;
    const world = runOf(plan([action('a', { continueOnError: true }), reader]), {
      a: { ...FAIL, error, outputs: { stdout: 'x' } },
    });
    expect(Object.values(world.settled('r')?.outputs ?? {})).toEqual([
      'failed',
      'success',
      'failure',
      'attempt',
      7,
      1,
      5,
      'x',
    ]);
  });
  test('`env` and `secrets` know what is declared, and no more', () => {
    const request = object({
      names: value(call('keys', ref('env'))),
      none: value('env.NONE'),
      secret: value('secrets.none'),
    });
    const world = new World(plan([action('a', { with: request })], { env: { A: plain('a') }, secrets: ['S'] })).rest();
    expect(world.started[0]).toMatchObject({ request: { names: ['A'], none: null, secret: null } });
  });
  test('`env` in a condition may need a value from outside first', () => {
    const made = action('a', { if: when(ref('env.AT')), env: { AT: value(call('now')) } });
    const world = new World(plan([made]), {
      capture: () => ({ values: { [captureKey('now', [])]: 'then' } }),
      reply: () => ({}),
    }).go();
    expect(world.events('capture.started')).toHaveLength(1);
    expect(world.result('a')).toBe('succeeded');
  });
  test('whole contexts can be listed', () => {
    const names = ['steps', 'env', 'run', 'error'].map((name) => value(call('keys', ref(name))));
    const reader = {
      ...set('r', {}, { needs: [0] }),
      values: object(Object.fromEntries(names.map((template, k) => [`k${k}`, template]))),
    };
    const world = runOf(plan([set('a'), reader], { env: { A: plain('a') } }));
    expect(world.settled('r')?.outputs).toMatchObject({ k0: ['a', 'r'], k1: ['A'], k3: [] });
  });
});
