import { describe, expect, it } from 'vitest';
import { stateOf, tellRun } from '../../../src/app/commands/run-history.ts';
import { explainStep } from '../../../src/app/commands/why.ts';
import { runStoryLines } from '../../../src/cli/render/run-lines.ts';
import { painter } from '../../../src/cli/render/text.ts';
import { whyLines } from '../../../src/cli/render/why-lines.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import {
  action,
  CREATED,
  ended,
  failed,
  OPENED,
  planOf,
  recordsOf,
  settled,
  started,
} from '../../cli/render/sample.ts';

process.env['TZ'] = 'UTC';

const PLAN = planOf([action('build'), action('test', { needs: [0] }), action('deploy', { needs: [1] })]);
const plain = painter(false);

function storyOf(...events: RunEvent[]) {
  const story = tellRun(recordsOf([CREATED, OPENED, ...events]));
  if (!story) throw new Error('the journal begins with run.created');
  return story;
}

function why(path: string, ...events: RunEvent[]): string {
  return whyLines(explainStep(storyOf(...events), path, PLAN), plain).join('\n');
}

const REPLANNED: RunEvent = { type: 'run.replanned', plan: 'p2' };

describe('why', () => {
  it('tells of a first success', () => {
    expect(why('build', started('build', 1), ended('build', 1), settled('build', 'succeeded'))).toMatchInlineSnapshot(`
      "✔ build succeeded in run 7f3c
        it ran because it had not run before in this run
        attempt 1 · 2026-03-09 12:00:02 · succeeded · 1.2s"
    `);
  });

  it('tells of a failure with its attempts and the end of its output', () => {
    const cause = { kind: 'retries-exhausted', attempts: 2 } as const;
    const error = {
      code: 'STEP_FAILED',
      severity: 'error',
      message: 'It ended with exit code 3.',
      hint: 'It wrote last: x',
    } as const;
    const events = [
      started('test', 1),
      failed('test', 1, 3, 'a'),
      started('test', 2, 2),
      failed('test', 2, 3, 'boom\n'),
      settled('test', 'failed', cause, error),
    ];
    expect(why('test', ...events)).toMatchInlineSnapshot(`
      "✘ test failed in run 7f3c
        because all 2 attempts failed
        = It ended with exit code 3.
        it ran because the attempt before it failed
        attempt 1 · 2026-03-09 12:00:02 · failed · exit 3 · 1.2s · /s/.giga/runs/7f3c/logs/test-1.out
        attempt 2 · 2026-03-09 12:00:04 · failed · exit 3 · 1.2s · /s/.giga/runs/7f3c/logs/test-1.out
        | boom"
    `);
  });

  it('names the operands of a condition', () => {
    const operands = [
      { source: 'inputs.env', value: 'prod' },
      { source: 'steps.build.outputs.x', value: null },
    ];
    expect(
      why(
        'build',
        settled('build', 'skipped', { kind: 'condition-false', condition: "inputs.env == 'test'", operands }),
      ),
    ).toMatchInlineSnapshot(`
      "○ build was skipped in run 7f3c
        its condition is false: inputs.env == 'test'
          inputs.env is "prod"
          steps.build.outputs.x is null"
    `);
  });

  it('follows needs to the one that failed first', () => {
    const events = [
      settled('build', 'failed'),
      settled('test', 'skipped', { kind: 'need-failed', need: 'build' }),
      settled('deploy', 'skipped', { kind: 'need-failed', need: 'test' }),
    ];
    expect(why('deploy', ...events)).toMatchInlineSnapshot(`
      "○ deploy was skipped in run 7f3c
        because it needs test, which failed
        the failure came from build, by way of test"
    `);
  });

  it('says what was kept, and what changed where it was not', () => {
    const first = [
      started('build', 1, 1, { run: 'aa', 'input n': '1' }),
      ended('build', 1),
      settled('build', 'succeeded'),
    ];
    expect(
      why(
        'build',
        ...first,
        REPLANNED,
        settled('build', 'kept', { kind: 'kept', attempt: 1, endedAt: Date.UTC(2026, 2, 9) }),
      ),
    ).toMatchInlineSnapshot(`
      "↺ build was kept in run 7f3c
        because its attempt 1 succeeded at 2026-03-09 00:00:00, and nothing that it depends on has changed since
        attempt 1 · 2026-03-09 12:00:02 · succeeded · 1.2s"
    `);
    const again = [
      REPLANNED,
      started('build', 2, 2, { run: 'bb', 'input n': '2' }),
      ended('build', 2),
      settled('build', 'succeeded'),
    ];
    expect(why('build', ...first, ...again)).toMatchInlineSnapshot(`
      "✔ build succeeded in run 7f3c
        it ran because the text of \`run\` changed; input n changed: 1 → 2
        attempt 1 · 2026-03-09 12:00:02 · succeeded · 1.2s
        attempt 2 · 2026-03-09 12:00:06 · succeeded · 1.2s"
    `);
  });

  it.each([
    ['cut off', [started('build', 1), OPENED, started('build', 2, 2)], 'the attempt before it was cut off'],
    [
      'a retry',
      [started('build', 1), failed('build', 1, 1, ''), started('build', 2, 2)],
      'the attempt before it failed',
    ],
    [
      'a resume after a failure',
      [started('build', 1), failed('build', 1, 1, ''), REPLANNED, started('build', 2, 2)],
      'it had failed, and the run was resumed',
    ],
    [
      '--from',
      [started('build', 1), ended('build', 1), { ...REPLANNED, rerun: ['build'] }, started('build', 2, 2)],
      'asked to run it again',
    ],
    [
      'the unknown',
      [started('build', 1), ended('build', 1), REPLANNED, started('build', 2, 2)],
      'something that it depends on changed',
    ],
  ] satisfies [string, RunEvent[], string][])('tells of %s', (_what, events, reason) => {
    expect(why('build', ...events)).toContain(reason);
  });

  it('says what a step waits for', () => {
    expect(why('test', started('build', 1))).toMatchInlineSnapshot(`
      "◷ test has not begun in run 7f3c
        it waits for build, which is running"
    `);
  });

  it('does not go round in circles', () => {
    const events = [
      settled('a', 'skipped', { kind: 'need-failed', need: 'b' }),
      settled('b', 'skipped', { kind: 'need-failed', need: 'a' }),
    ];
    expect(explainStep(storyOf(...events), 'a', null).chain).toEqual(['b', 'a']);
  });
});

describe('the story of a run', () => {
  it('leaves out what was rewound', () => {
    const rewound: RunEvent = { type: 'run.rewound', voids: [[2, 4]] };
    expect([...storyOf(started('build', 1), ended('build', 1), settled('build', 'succeeded'), rewound).steps]).toEqual(
      [],
    );
  });

  it('is running, stopped, or what the verdict says', () => {
    const story = storyOf(started('build', 1));
    expect([stateOf(story, true), stateOf(story, false)]).toEqual(['running', 'stopped']);
    const counts = { succeeded: 1, kept: 0, failed: 0, skipped: 0, cancelled: 0, allowed: 0 };
    const over = storyOf({ type: 'run.finished', verdict: 'succeeded', outputs: {}, counts });
    expect(stateOf(over, false)).toBe('succeeded');
  });

  it('is none for a journal that begins otherwise', () => {
    expect(tellRun(recordsOf([OPENED]))).toBeNull();
    expect(tellRun([])).toBeNull();
  });

  it('is shown step by step', () => {
    const story = storyOf(
      started('build', 1),
      ended('build', 1),
      settled('build', 'succeeded'),
      started('test', 2),
      failed('test', 2, 1, ''),
      { type: 'timer.started', node: 'test', op: 3, purpose: 'retry', delayMs: 1 },
    );
    expect(runStoryLines(story, 'running', ['build', 'test', 'deploy'], plain).join('\n')).toMatchInlineSnapshot(`
      "run 7f3c · workflows/release.yaml · running
      started 2026-03-09 12:00:00 · 7.0s
      input  n = 2
      ✔ build     ok          1.2s
      ◷ test      waiting     1.2s  exit 1 · until 2026-03-09 12:00:07
      ◷ deploy    pending"
    `);
  });
});
