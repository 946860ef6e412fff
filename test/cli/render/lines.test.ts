import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/app/commands/plan-resume.ts';
import { findingLines } from '../../../src/cli/commands/doctor.ts';
import type { Sink } from '../../../src/cli/io.ts';
import { causeText } from '../../../src/cli/render/cause.ts';
import { eventLine } from '../../../src/cli/render/event-line.ts';
import { jobSummary } from '../../../src/cli/render/job-summary.ts';
import { logPrinter } from '../../../src/cli/render/log-printer.ts';
import { planLines } from '../../../src/cli/render/plan-lines.ts';
import { resumePlanLines } from '../../../src/cli/render/resume-plan-lines.ts';
import { runListLines } from '../../../src/cli/render/run-lines.ts';
import { painter } from '../../../src/cli/render/text.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import { action, CREATED, failed, group, planOf, recordsOf } from './sample.ts';

process.env['TZ'] = 'UTC';
const plain = painter(false);

function sink(isTerminal: boolean): Sink & { text(): string } {
  const parts: Buffer[] = [];
  return {
    text: () => Buffer.concat(parts).toString(),
    write: (text) => void parts.push(Buffer.from(text)),
    writeAll: async (data) => void parts.push(Buffer.from(data)),
    closed: false,
    failure: undefined,
    isTerminal,
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => {},
  };
}

describe('a log', () => {
  const bytes = Buffer.from('\u001B[31mréd\u001B[0m\nsecond');
  const print = async (isTerminal: boolean, json: boolean): Promise<string> => {
    const to = sink(isTerminal);
    const printer = logPrinter(to, { step: 'a', attempt: 1, stream: 'stdout' }, json);
    for (const byte of bytes) await printer.push(Uint8Array.of(byte)); // characters are cut apart
    await printer.end();
    return to.text();
  };

  it('goes as it is into a pipe', async () => {
    expect(await print(false, false)).toBe(bytes.toString());
  });

  it('is harmless at a terminal', async () => {
    expect(await print(true, false)).toBe('réd\nsecond\n');
  });

  it('is a line of JSON for each line', async () => {
    const lines = (await print(false, true)).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { type: 'log', step: 'a', attempt: 1, stream: 'stdout', line: '\u001B[31mréd\u001B[0m' },
      { type: 'log', step: 'a', attempt: 1, stream: 'stdout', line: 'second' },
    ]);
  });

  it('of one endless line is printed in pieces', async () => {
    const to = sink(true);
    const printer = logPrinter(to, { step: 'a', attempt: 1, stream: 'stdout' }, false);
    for (let i = 0; i < 10; i++) await printer.push(Buffer.alloc(64 * 1024, 'x'));
    expect(to.text().length).toBeGreaterThan(256 * 1024);
  });
});

it('a plan is told in words', () => {
  const condition = { source: "inputs.env == 'prod'", expr: { kind: 'literal', at: 0, value: true } } as const;
  const plan: Plan = planOf(
    [
      action('build', { timeoutMs: 60_000, retry: { attempts: 3, delayMs: 0, backoff: 'constant', factor: 1 } }),
      action('test', { needs: [0], join: 'all-done', allowFailure: true }),
      {
        ...group('pick', []),
        kind: 'choose',
        conditions: [condition, null],
        bodies: [{ nodes: [action('one')] }, { nodes: [action('two')] }],
      },
      group('deploy', [action('up'), action('check', { after: 1, continueOnError: true })], {
        if: { expression: condition, replacesJoin: false },
      }),
    ],
    {
      description: 'All of it.',
      inputs: {
        env: { type: 'string', required: true, description: 'Where to.', schema: {} },
        n: { type: 'integer', required: false, default: 3, schema: {} },
      },
      secrets: ['TOKEN'],
    },
  );
  expect(planLines(plan, '0123456789abcdef', plain).join('\n')).toMatchInlineSnapshot(`
    "Release · workflows/release.yaml · 8 at once · plan 0123456789ab
    All of it.
    input  env: string, required · Where to.
    input  n: integer, default 3
    secret TOKEN
    steps:
      build   run · 3 attempts · timeout 1m00s
      test    run · needs build (all-done) · may fail
      pick    choose
        if inputs.env == 'prod'
          one  run
        else
          two  run
      deploy  group · if inputs.env == 'prod'
        up     run
        check  run · after up · continues on error"
  `);
});

it('runs are listed', () => {
  const run = {
    name: 'CI',
    file: 'workflows/ci.yaml',
    startedAt: Date.UTC(2026, 2, 9, 12),
    endedAt: Date.UTC(2026, 2, 9, 12, 1, 12),
  };
  const runs = [
    { ...run, id: '7f3c', state: 'running', endedAt: null },
    { ...run, id: '9ab', state: 'failed' },
    { ...run, id: 'k2', state: 'damaged', startedAt: null },
  ] as const;
  expect(runListLines(runs, plain)).toEqual([
    '7f3c  running  2026-03-09 12:00:00           workflows/ci.yaml',
    '9ab   failed   2026-03-09 12:00:00    1m12s  workflows/ci.yaml',
    'k2    damaged  see `giga doctor`',
  ]);
  expect(runListLines([], plain)).toEqual([]);
});

it('a resume is planned', () => {
  const decisions = [
    { path: 'build', decision: 'keep', reasons: ['inputs unchanged'] },
    { path: 'deploy/up', decision: 'run', reasons: ['the text of `run`', 'input n: 1 → 2'] },
  ] as const;
  expect(resumePlanLines('7f3c', decisions, plain)).toEqual([
    'run 7f3c · 1 keep · 1 run',
    '↺ keep  build      inputs unchanged',
    '▶ run   deploy/up  the text of `run`; input n: 1 → 2',
  ]);
  const many = Array.from({ length: 12 }, (_, n) => `a[${n}]`);
  const items = many.map((path): Decision => ({ path, decision: 'run', reasons: ['has not run'] }));
  const kept: Decision = { path: 'a[x]', decision: 'keep', reasons: ['inputs unchanged'] };
  expect(resumePlanLines('7f3c', [...items, kept], plain)).toEqual([
    'run 7f3c · 1 keep · 12 run',
    '▶ run   a[0]      has not run',
    '▶ run   a[1]      has not run',
    '▶ run   a[2]      has not run',
    '▶ run   … 9 more  has not run',
    '↺ keep  a[x]      inputs unchanged',
  ]);
  expect(resumePlanLines('7f3c', [], plain)).toEqual(['run 7f3c · nothing to do']);
});

it('an event is one line', () => {
  const [created, ended] = recordsOf([CREATED, failed('a', 1, 2, 'x\ny')]);
  if (!created || !ended) throw new Error('two records');
  expect(eventLine(created)).toMatch(/^ {4}0 12:00:00 run\.created run=7f3c plan=p1/);
  expect(eventLine(ended)).toMatch(/^ {4}1 12:00:01 attempt\.ended a op=1 outcome=failed/);
  expect(eventLine(ended)).not.toContain('\n');
});

it('a finding of the doctor has its help', () => {
  expect(
    findingLines({ check: 'git', state: 'warning', found: 'no git was found', hint: 'install it' }, plain),
  ).toEqual(['! warning  git         no git was found', '  = help: install it']);
});

it.each([
  [{ kind: 'need-skipped', need: 'a' }, 'needs a, which was skipped'],
  [{ kind: 'no-branch' }, 'no branch holds'],
  [{ kind: 'no-items' }, 'no items'],
  [{ kind: 'not-selected' }, 'not selected by --only'],
  [{ kind: 'cancelled', by: 'fail-fast' }, 'another step failed'],
  [{ kind: 'interruptions', count: 3 }, 'cut off 3 times'],
  [{ kind: 'children' }, ''],
] as const)('the cause %j is said', (cause, text) => {
  expect(causeText(cause)).toBe(text);
});

it('the summary of a job shows failures first, and is plain text to Markdown', () => {
  const facts = { id: '7f3c', file: 'w_1.yaml', steps: 2, resumed: false };
  const line = { remarks: [], output: [], hidden: 0, warnings: [] };
  const steps = [
    { ...line, path: 'a', state: 'ok', durationMs: 1200 },
    { ...line, path: 'b', state: 'failed', durationMs: 50, remarks: ['exit 1'], output: ['```', '<img src=x>'] },
    { ...line, path: 'c', state: 'skipped', remarks: ['if: inputs.a | b'] },
  ] as const;
  const counts = { succeeded: 1, kept: 0, failed: 1, skipped: 1, cancelled: 0, allowed: 0 };
  expect(
    jobSummary({
      facts,
      end: { kind: 'finished', verdict: 'failed', outputs: {}, counts },
      steps,
      summaries: [{ path: 'sum', text: '**all** of it\n' }],
      elapsedMs: 2000,
    }),
  ).toMatchInlineSnapshot(`
    "### ✘ w\\_1.yaml: failed

    Run \`7f3c\`, 2.0s.

    **b** exit 1

    \`\`\`\`
    \`\`\`
    <img src=x>
    \`\`\`\`

    **all** of it

    | | step | result | time | |
    | --- | --- | --- | --- | --- |
    | ✔ | a | ok | 1.2s |  |
    | ✘ | b | failed | 50ms | exit 1 |
    | ○ | c | skipped |  | if: inputs.a \\| b |
    "
  `);
  const many = Array.from({ length: 5000 }, () => ({ ...steps[1], output: ['x'.repeat(500)] }));
  expect(
    jobSummary({
      facts,
      end: { kind: 'paused', signal: 'SIGTERM' },
      steps: many,
      summaries: [],
      elapsedMs: 0,
    }).length,
  ).toBeLessThan(900_000);
});
