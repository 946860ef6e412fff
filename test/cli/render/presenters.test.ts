import { beforeAll, describe, expect, it } from 'vitest';
import type { RunEnd } from '../../../src/app/live-run.ts';
import type { Sink } from '../../../src/cli/io.ts';
import type { Dialect } from '../../../src/cli/render/plain-lines.ts';
import { indexPlan } from '../../../src/cli/render/plan-index.ts';
import { livePresenter, type PresenterOptions, plainPresenter } from '../../../src/cli/render/presenter.ts';
import type { Ticker } from '../../../src/cli/render/screen.ts';
import { widthOf } from '../../../src/cli/render/text.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import { action, ended, failed, group, planOf, recordsOf, settled, started } from './sample.ts';

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

/** Time that goes on only when told to. */
function virtualTicker(): Ticker & { advance(ms: number): void } {
  let now = 0;
  let timers: { due: number; call: () => void }[] = [];
  return {
    now: () => now,
    wall: () => Date.UTC(2026, 2, 9, 12, 0, 0) + now,
    after(delayMs, then) {
      const timer = { due: now + delayMs, call: then };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due);
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.due;
        next.call();
      }
      now = end;
    },
  };
}

function memorySink(columns = 70, rows = 10): Sink & { readonly writes: string[] } {
  const writes: string[] = [];
  return {
    writes,
    write: (text) => void writes.push(text),
    writeAll: async (data) => void writes.push(String(data)),
    closed: false,
    failure: undefined,
    isTerminal: true,
    size: () => ({ columns, rows }),
    onResize: () => {},
  };
}

/* oxlint-disable no-control-regex -- escapes are what is looked for */
/** What a terminal shows after the writes: lines, where `ESC[nA` goes up and `ESC[J` clears. */
function screenOf(writes: readonly string[]): string {
  const lines: string[] = [''];
  for (const part of writes.join('').split(/(\u001B\[\d+A\r\u001B\[J)/)) {
    const up = /^\u001B\[(\d+)A/.exec(part)?.[1];
    if (up === undefined) {
      const [first = '', ...rest] = part.split('\n');
      lines[lines.length - 1] += first;
      lines.push(...rest);
    } else lines.splice(lines.length - 1 - Number(up), Number(up) + 1, '');
  }
  return lines.join('\n');
}

const PLAN = planOf([
  action('lint'),
  action('build', { retry: { attempts: 3, delayMs: 4000, backoff: 'constant', factor: 1 } }),
  action('test', { needs: [1] }),
  group('deploy', [action('upload'), action('announce', { after: 1 })], { needs: [2] }),
]);

const FINISHED: RunEnd = {
  kind: 'finished',
  verdict: 'failed',
  outputs: { title: 'Two\nlines', n: 3 },
  counts: { succeeded: 1, kept: 1, failed: 1, skipped: 2, cancelled: 0, allowed: 0 },
};

function setUp(plan: Plan = PLAN, more: Partial<PresenterOptions> & { dialect?: Dialect; live?: boolean } = {}) {
  const sink = memorySink();
  const ticker = virtualTicker();
  const index = indexPlan(plan);
  const facts = { id: '7f3c', file: plan.file, steps: index.leaves, resumed: false };
  const options = { sink, ticker, index, facts, color: false, verbose: false, where: '', ...more };
  const presenter = more.live
    ? livePresenter(options)
    : plainPresenter({ ...options, dialect: more.dialect ?? { kind: 'plain' } });
  const show = (...events: RunEvent[]) => {
    for (const record of recordsOf(events)) presenter.record(record);
  };
  return { presenter, ticker, sink, show, text: () => screenOf(sink.writes) };
}

const FAILING: readonly RunEvent[] = [
  settled('lint', 'kept', { kind: 'kept', attempt: 1, endedAt: 0 }),
  started('build', 1),
  failed('build', 1, 1, 'first\n'),
  { type: 'timer.started', node: 'build', op: 2, purpose: 'retry', delayMs: 4000 },
];

describe('the live log', () => {
  it('makes room for the names of items, which the plan does not know', () => {
    const each = group('ship', [action('ship')], { kind: 'each' });
    const { show, ticker, text } = setUp(planOf([each]), { live: true });
    show(started('ship[europe]', 1), ended('ship[europe]', 1), settled('ship[europe]', 'succeeded'));
    show(started('ship[asia]', 2));
    ticker.advance(100);
    expect(text()).toContain('✔ ship[europe]  ok');
    expect(text()).toContain('ship[asia]    running');
  });

  it('leaves the terminal to a question, and tells afterwards what came meanwhile', () => {
    const { show, ticker, sink, presenter, text } = setUp(PLAN, { live: true });
    show(...FAILING.slice(0, 2));
    ticker.advance(100);
    expect(text()).toContain('build');
    const release = presenter.hold();
    expect(text()).not.toContain('running');
    const writes = sink.writes.length;
    show(...FAILING.slice(2));
    presenter.note('remark');
    ticker.advance(1_000);
    expect(sink.writes).toHaveLength(writes);
    release();
    ticker.advance(100);
    expect(text()).toContain('remark');
  });

  const WAITING: readonly RunEvent[] = [
    { type: 'wait.started', node: 'lint', op: 1, purpose: 'event', data: { event: 'deployed' } },
    { type: 'timer.started', node: 'lint', op: 2, purpose: 'timeout', delayMs: 240_000 },
    { type: 'wait.started', node: 'build', op: 3, purpose: 'condition', data: { probe: './rea\u001Bdy' } },
    { type: 'timer.started', node: 'build', op: 4, purpose: 'poll', delayMs: 5_000 },
    { type: 'timer.started', node: 'deploy', op: 5, purpose: 'timeout', delayMs: 5_000 },
  ];

  it('says what a step waits for, and how long still', () => {
    const { show, ticker, text } = setUp(PLAN, { live: true });
    show(...WAITING);
    ticker.advance(30_000);
    expect(text()).toContain('lint             waiting           for event `deployed`, 3m30s left');
    expect(text()).toContain('build            waiting           for `./reay`');
    expect(text()).not.toContain('\u001Bdy');
    expect(text()).not.toContain('deploy           waiting');
  });

  it('says so in a log too, and of what an earlier process waited for', () => {
    const { presenter, ticker, text } = setUp(PLAN);
    const before = recordsOf(WAITING).map((record) => ({ ...record, at: Date.UTC(2026, 2, 9, 11, 59, 0) }));
    presenter.stands(before);
    ticker.advance(30_500);
    expect(text()).toContain('12:00:30 lint waiting for event `deployed`, 2m30s left');
  });

  it('shows settled steps above a footer of what is running and waiting', () => {
    const { show, ticker, presenter, text } = setUp(PLAN, { live: true });
    show(...FAILING);
    presenter.progress('build', 'late');
    ticker.advance(100);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      ↺ lint             kept              inputs unchanged
      ✘ build            failed      1.2s  exit 1 · attempt 1/3 · retry in…
        | first
      ── 1/5 · 00:00 ──
      ◷ build            waiting           retry in 3.9s
      ◷ test             blocked           needs build
      ◷ deploy           blocked           needs test
      "
    `);
    show(started('build', 3, 2));
    presenter.progress('build', '\u001B[32m14 passed');
    ticker.advance(60_000);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      ↺ lint             kept              inputs unchanged
      ✘ build            failed      1.2s  exit 1 · attempt 1/3 · retry in…
        | first
      ── 1/5 · 1 running · 01:00 ──
      ⠋ build            running    1m00s  attempt 2 · › 14 passed
      ◷ test             blocked           needs build
      ◷ deploy           blocked           needs test
      "
    `);
    show(ended('build', 3), settled('build', 'succeeded'));
    show(started('test', 4), failed('test', 4, 2, 'expected 200,\ngot 500\n'), settled('test', 'failed'));
    show(settled('deploy', 'skipped', { kind: 'need-failed', need: 'test' }));
    presenter.end(FINISHED, ['.giga/runs/7f3c/logs/test-1.err']);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      ↺ lint             kept              inputs unchanged
      ✘ build            failed      1.2s  exit 1 · attempt 1/3 · retry in…
        | first
      ✔ build            ok          1.2s  attempt 2/3
      ✘ test             failed      1.2s  exit 2
        | expected 200,
        | got 500
      ○ deploy           skipped           needs test, which failed
      RESULT failed · 2 ok (1 kept) · 1 failed · 2 skipped · 1m00s
      output title = Two⏎ lines
      output n = 3
      log    .giga/runs/7f3c/logs/test-1.err
      resume giga resume 7f3c
      "
    `);
  });

  it('paints ten frames a second at most, and none after the end', () => {
    const { show, ticker, presenter, sink } = setUp(PLAN, { live: true });
    for (let i = 0; i < 1000; i++) show(started('build', i), ended('build', i));
    ticker.advance(1000);
    expect(sink.writes.length).toBeLessThanOrEqual(11);
    presenter.end(FINISHED, []);
    const count = sink.writes.length;
    ticker.advance(10_000);
    expect(sink.writes).toHaveLength(count);
  });

  it('never paints a footer that is higher than the screen or wider', () => {
    const plan = planOf(Array.from({ length: 40 }, (_, i) => action(`step-with-a-very-long-name-that-goes-on-${i}`)));
    const small = memorySink(40, 6);
    const { show, ticker } = setUp(plan, { live: true, sink: small });
    show(...Array.from({ length: 40 }, (_, i) => started(`step-with-a-very-long-name-that-goes-on-${i}`, i)));
    ticker.advance(100);
    const footer = screenOf(small.writes).split('\n').slice(1, -1);
    expect(footer).toMatchInlineSnapshot(`
      [
        "── 0/40 · 40 running · 00:00 ──",
        "⠋ step-with-a-…  running     0.1s",
        "⠋ step-with-a-…  running     0.1s",
        "⠋ step-with-a-…  running     0.1s",
        "⠋ step-with-a-…  running     0.1s",
      ]
    `);
    for (const line of footer) expect(widthOf(line)).toBeLessThan(40);
    expect(footer.length).toBeLessThan(6);
  });

  it('says what a signal does', () => {
    const { presenter, text } = setUp(PLAN, { live: true, where: ' -C x' });
    presenter.note('SIGINT: stopping; press Ctrl-C again to kill');
    presenter.end({ kind: 'paused', signal: 'SIGINT' }, []);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      SIGINT: stopping; press Ctrl-C again to kill
      RESULT stopped by SIGINT · 0ms
      resume giga resume 7f3c -C x
      cancel giga runs cancel 7f3c -C x
      "
    `);
  });
});

describe('the plain log', () => {
  it('has a line with the time for each step, failures with their output', () => {
    const { show, presenter, text } = setUp();
    show(
      ...FAILING,
      started('build', 3, 2),
      ended('build', 3, { outputs: { stdout: 'hidden' } }),
      settled('build', 'succeeded'),
    );
    show(
      started('test', 4),
      failed('test', 4, 2, Array.from({ length: 12 }, (_, i) => `line ${i}`).join('\n')),
      settled('test', 'failed'),
    );
    show(
      settled('deploy', 'skipped', {
        kind: 'condition-false',
        condition: 'inputs.n > 5',
        operands: [{ source: 'inputs.n', value: 2 }],
      }),
    );
    presenter.end(FINISHED, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      12:00:00 lint kept inputs unchanged
      12:00:03 build FAILED exit 1 1.2s attempt 1/3 retry in 4.0s
        | first
      12:00:06 build ok 1.2s attempt 2/3
      12:00:02 test FAILED exit 2 1.2s
        | … 2 more lines above
        | line 2
        | line 3
        | line 4
        | line 5
        | line 6
        | line 7
        | line 8
        | line 9
        | line 10
        | line 11
      12:00:00 deploy skipped if: inputs.n > 5 · inputs.n is 2
      RESULT failed · 2 ok (1 kept) · 1 failed · 2 skipped · 0ms
      output title = Two⏎ lines
      output n = 3
      log    a
      log    b
      log    c
      log    d
      log    e
      log    2 more: giga logs 7f3c
      resume giga resume 7f3c
      "
    `);
  });

  it('gives a sign of life every 30 s', () => {
    const { show, ticker, presenter, sink } = setUp();
    show(started('build', 1), started('test', 2));
    presenter.progress('test', 'x');
    ticker.advance(1000);
    sink.writes.length = 0;
    ticker.advance(60_000);
    expect(sink.writes.join('')).toMatchInlineSnapshot(`
      "12:00:30 build running 30s, no output yet
      12:00:30 test running 30s, last output 30s ago
      12:01:00 build running 60s, no output yet
      12:01:00 test running 60s, last output 60s ago
      "
    `);
  });

  it('groups and annotates for GitHub, which must not obey what a step prints', () => {
    const { show, presenter, text } = setUp(PLAN, { dialect: { kind: 'github', token: 'T0KEN' } });
    show(
      started('lint', 1),
      ended('lint', 1, { outputs: { stdout: '::set-env name=X::y\nfine' } }),
      settled('lint', 'succeeded'),
    );
    show(started('build', 2), ended('build', 2, { outputs: { stdout: 'quiet' } }), settled('build', 'succeeded'));
    show(started('test', 3), failed('test', 3, 1, '##[error]no, 100%\n::stop-commands::x'), settled('test', 'failed'));
    presenter.end(FINISHED, []);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      ::group::lint ok 1.2s
      ::stop-commands::T0KEN
        | ::set-env name=X::y
        | fine
      ::T0KEN::
      ::endgroup::
      ::group::build ok 1.2s
        | quiet
      ::endgroup::
      ::stop-commands::T0KEN
      12:00:02 test FAILED exit 1 1.2s
        | ##[error]no, 100%
        | ::stop-commands::x
      ::T0KEN::
      ::error file=workflows/release.yaml,line=14,col=3,title=test::exit 1
      RESULT failed · 2 ok (1 kept) · 1 failed · 2 skipped · 0ms
      output title = Two⏎ lines
      output n = 3
      resume giga resume 7f3c
      "
    `);
  });

  it('caps annotations', () => {
    const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
    const { show, presenter, text } = setUp(planOf(names.map((name) => action(name))), {
      dialect: { kind: 'github', token: 'T' },
    });
    for (const name of names) show(settled(name, 'failed', { kind: 'error' }));
    presenter.end(FINISHED, []);
    expect(text().match(/^::error /gm)).toHaveLength(10);
    expect(text()).toContain('2 more failures are not annotated');
  });

  it('annotates what is allowed and what should be known as warnings, up to as many', () => {
    const names = Array.from({ length: 11 }, (_, i) => `s${i}`);
    const { show, presenter, text } = setUp(planOf(names.map((name) => action(name, { allowFailure: true }))), {
      dialect: { kind: 'github', token: 'T' },
    });
    const warnings = [{ code: 'STEP_LEFTOVERS', severity: 'warning', message: `left: ${'x'.repeat(9_000)}` }] as const;
    for (const [op, name] of names.entries()) {
      show(started(name, op + 1));
      show(ended(name, op + 1, op === 0 ? { warnings } : {}));
      show(settled(name, 'failed', { kind: 'error' }));
    }
    presenter.end(FINISHED, []);
    const annotations = text().match(/^::(?:error|warning) .*$/gm) ?? [];
    expect(annotations.filter((line) => line.startsWith('::warning '))).toHaveLength(10);
    expect(annotations).toHaveLength(10);
    expect(Math.max(...annotations.map((line) => line.length))).toBeLessThan(4_200);
    expect(text()).toContain('2 more warnings are not annotated');
  });

  it('says how errors of giga and warnings go on', () => {
    const { show, text, presenter } = setUp();
    const error = {
      code: 'STEP_NULL_VALUE',
      severity: 'error',
      message: '`steps.a.outputs.x` is null.',
      hint: "write `?? ''`\nor set it",
    } as const;
    show(settled('lint', 'failed', { kind: 'error' }, error));
    const warnings = [{ code: 'STEP_FAILED', severity: 'warning', message: '2 processes were left behind.' }] as const;
    show(started('build', 1), ended('build', 1, { warnings }), settled('build', 'succeeded'));
    presenter.end({ kind: 'broken', diagnostic: error }, []);
    expect(text()).toMatchInlineSnapshot(`
      "giga workflows/release.yaml · run 7f3c · 5 steps
      12:00:00 lint FAILED STEP_NULL_VALUE
        = \`steps.a.outputs.x\` is null.
        = help: write \`?? ''\`
                or set it
      12:00:02 build ok 1.2s
        = warning: 2 processes were left behind.
      RESULT stopped · the journal cannot be written · 0ms
      resume giga resume 7f3c
      "
    `);
  });

  it.each([
    [
      'nothing ran',
      { skipped: 2 },
      ['RESULT nothing ran · 2 skipped · 0ms', 'warning: no step succeeded; see why with `giga why STEP`'],
    ],
    [
      'succeeded with allowed failures',
      { succeeded: 2, allowed: 1 },
      ['RESULT succeeded with allowed failures · 2 ok · 1 failed (1 allowed) · 0ms'],
    ],
    ['cancelled', { cancelled: 3 }, ['RESULT cancelled · 3 cancelled · 0ms', 'resume giga resume 7f3c']],
    ['succeeded', { kept: 3 }, ['RESULT succeeded · 3 ok (3 kept) · 0ms']],
    ['succeeded', {}, ['RESULT succeeded · no steps · 0ms']],
  ] as const)('ends with the verdict: %s %j', (verdict, counted, lines) => {
    const { presenter, sink } = setUp();
    const counts = { succeeded: 0, kept: 0, failed: 0, skipped: 0, cancelled: 0, allowed: 0, ...counted };
    presenter.end({ kind: 'finished', verdict, outputs: {}, counts }, []);
    expect(sink.writes.join('').trimEnd().split('\n').slice(1)).toEqual(lines);
  });

  it('keeps GitHub from obeying outputs of the run', () => {
    const { presenter, sink } = setUp(PLAN, { dialect: { kind: 'github', token: 'T' } });
    presenter.end({ ...FINISHED, outputs: { x: '##[set-env name=A]b' } }, []);
    const lines = sink.writes.join('').split('\n');
    expect(lines.indexOf('::stop-commands::T')).toBeLessThan(lines.indexOf('output x = ##[set-env name=A]b'));
    expect(lines.indexOf('::T::')).toBeGreaterThan(lines.indexOf('output x = ##[set-env name=A]b'));
  });

  it('shows what steps sum up above the result, harmless and bounded', () => {
    const { presenter, sink } = setUp();
    const long = Array.from({ length: 300 }, (_, i) => `row ${i}`).join('\n');
    presenter.end(
      FINISHED,
      [],
      [
        { path: 'sum', text: '| \u001b[2Jcheck |\n| ok |\n' },
        { path: 'more', text: long },
      ],
    );
    const lines = sink.writes.join('').split('\n').slice(1);
    expect(lines.slice(0, 4)).toEqual(['── summary · sum', '| check |', '| ok |', '── summary · more']);
    expect(lines[200]).toBe('… and 104 more lines');
    expect(lines[201]).toContain('RESULT');
  });
});
