import { describe, expect, test } from 'vitest';
import type { DoubtCause, WaitPurpose } from '../../../src/core/run/event.ts';
import { isTimeLimit, timeoutProblem } from '../../../src/core/run/time-limits.ts';
import { doubtText, waitedFor } from '../../../src/core/run/waited.ts';

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
