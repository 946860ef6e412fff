import { describe, expect, test } from 'vitest';
import type { Awaited } from '../../../src/core/plan/plan.ts';
import type { DoubtCause, WaitPurpose } from '../../../src/core/run/event.ts';
import { isTimeLimit, timeoutProblem } from '../../../src/core/run/time-limits.ts';
import { doubtText, waitedFor } from '../../../src/core/run/waited.ts';
import { action, awaiting, both, equal, expression, lit, plain, plan, ref } from './plans.ts';
import { opOf, World } from './world.ts';

describe('what a step waits for', () => {
  test.each<[WaitPurpose, object, string]>([
    ['event', { event: 'deployed' }, 'event `deployed`'],
    ['file', { file: 'out/ready' }, 'file `out/ready`'],
    ['condition', { until: 'now() > x' }, '`now() > x`'],
    ['condition', { probe: './ready' }, '`./ready`'],
    ['assume', { why: 'cut-off' }, 'someone who knows: its attempt was cut off'],
    ['approval', {}, 'approval'],
  ])('%s is said by its question: %j', (purpose, data, text) => {
    expect(waitedFor(purpose, { ...data })).toBe(text);
  });

  test.each<[DoubtCause, string]>([
    ['cut-off', 'its attempt was cut off'],
    ['timed-out', 'its attempt took too long'],
    ['failed', 'its attempt failed'],
    ['unproven', 'its attempt succeeded, and what came of it is wrong'],
    ['changed', 'it has succeeded, and is not the same any more'],
  ])('of an effect in doubt it is said why: %s', (why, text) => {
    expect(doubtText(why)).toBe(text);
  });
});

describe('the limit that an attempt was stopped by', () => {
  test.each([
    ['timed-out', { timeoutMs: 1500 }, 'STEP_TIMEOUT', 'The step was stopped after 1.5 s.'],
    ['timed-out', {}, 'STEP_TIMEOUT', 'The step was stopped after its timeout.'],
    ['idle-timed-out', { idleTimeoutMs: 2000 }, 'STEP_IDLE_TIMEOUT', 'The step was stopped: it was silent for 2 s.'],
    ['idle-timed-out', {}, 'STEP_IDLE_TIMEOUT', 'The step was stopped: it was silent for too long.'],
    [
      'total-timed-out',
      { totalTimeoutMs: 2000 }, // what is left of it for this attempt is not what the author wrote
      'STEP_TOTAL_TIMEOUT',
      'All attempts of the step together took longer than `total-timeout`.',
    ],
  ] as const)('%s with %j', (limit, work, code, message) => {
    expect(isTimeLimit(limit)).toBe(true);
    expect(timeoutProblem(limit, work)).toMatchObject({ code, message });
  });

  test.each([['cancelled'], [undefined], [new Error('x')]])('is none: %s', (reason) => {
    expect(isTimeLimit(reason)).toBe(false);
  });
});

const FAILED = { error: { code: 'STEP_FAILED', severity: 'error', message: 'connection refused' } } as const;

describe('what is said of a step that waited in vain', () => {
  const ready = expression(
    both(equal(ref('steps.a.outcome'), lit('success')), equal(ref('steps.a.outputs.v'), lit('up'))),
    "steps.a.outputs.v == 'up'",
  );
  const probe = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: './ready', everyMs: 5 } as const;
  const event = { kind: 'event', name: 'go' } as const;
  const RAISE = 'Raise `wait.timeout`.';
  const LATER = 'or raise `wait.timeout`.';

  test.each<[string, Awaited, string, string]>([
    ['an event', event, 'for event `go`, and none came.', `\`giga runs send RUN go\` sends one; ${LATER}`],
    [
      'an event that must match',
      { ...event, match: expression(lit(true)) },
      'for event `go`, and none came that its `match` lets through.',
      `\`giga runs send RUN go\` sends one; ${LATER}`,
    ],
    [
      'a file',
      { kind: 'file', path: plain('out/x') },
      'for file `out/x`, which is not there.',
      `See what should make it, ${LATER}`,
    ],
    [
      'a condition',
      { kind: 'condition', until: ready, everyMs: 5_000 },
      "for `steps.a.outputs.v == 'up'`, which does not hold.",
      'At the last look: steps.a.outcome is "success", steps.a.outputs.v is "down"',
    ],
    [
      'a condition of nothing that could be told',
      { kind: 'condition', until: expression(lit(false), 'false'), everyMs: 5_000 },
      'for `false`, which does not hold.',
      RAISE,
    ],
  ])('for %s', (_, what, message, hint) => {
    const nodes = [action('a'), awaiting('w', what, { timeoutMs: 60_000, needs: [0] })];
    const world = new World(plan(nodes), { timers: false }).rest().end('a', { outputs: { v: 'down' } });
    const limit = world.events('timer.started').find(({ purpose }) => purpose === 'timeout');
    world.pass(60_000).apply({ type: 'timer.ended', node: 'w', op: limit?.op ?? 0 });
    expect(world.rest().settled('w')?.error).toMatchObject({
      code: 'STEP_WAIT_TIMEOUT',
      message: `Step \`w\` waited 1m ${message}`,
      hint,
    });
  });

  test.each([
    ['with how it did', 'At the last look: connection refused', FAILED],
    ['where nothing is known of that', RAISE, {}],
  ])('for what failed, %s', (_, hint, more) => {
    const world = new World(plan([awaiting('w', probe, { timeoutMs: 60_000 })]), { timers: false }).rest();
    const op = opOf(world, 'w');
    const limit = world.events('timer.started').find(({ purpose }) => purpose === 'timeout');
    world.pass(60_000).apply({ type: 'timer.ended', node: 'w', op: limit?.op ?? 0 });
    world.rest().apply({ type: 'check.ended', node: 'w', op, holds: false, ...more });
    const message = 'Step `w` waited 1m for `./ready` to succeed.';
    expect(world.rest().settled('w')?.error).toMatchObject({ code: 'STEP_WAIT_TIMEOUT', message, hint });
  });
});
