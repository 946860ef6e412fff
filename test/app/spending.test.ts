/** Steps that spend, on real runs with real journals: what a budget lets through, waits for and refuses, also across crashes and runs. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ResumeOptions, resumeRun } from '../../src/app/commands/resume.ts';
import { startRun } from '../../src/app/commands/run.ts';
import type { RunEnd } from '../../src/app/live-run.ts';
import { loadWorkflow } from '../../src/app/load.ts';
import { openProject, type Project } from '../../src/app/project.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Spender } from '../../src/core/money/spender.ts';
import type { StepAnswer, StepContext, StepType } from '../../src/core/ports.ts';
import type { Recorded } from '../../src/core/run/event.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-spending-'));
  mkdirSync(join(folder, '.git'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function projectIn(at: string): Promise<Project> {
  const opened = await openProject({ cwd: at, env: process.env });
  if (!opened.ok) throw new Error(opened.diagnostics[0]?.message);
  return opened.value;
}

/** Calls of a model that nobody makes: `http://model/?worst=0.5&real=0.2` stands for one. */
interface Model {
  readonly through: (types: ReadonlyMap<string, StepType>, spender: Spender) => ReadonlyMap<string, StepType>;
  /** Worst cases under way and what is spent, in whole cents: the most at any time, and at the end. */
  readonly most: () => number;
  readonly spent: () => number;
  readonly sent: () => number;
  /** Those that hang are under way. */
  readonly hanging: Promise<void>;
}

function model(before = 0): Model {
  let [open, spent, most, sent] = [0, before, before, 0];
  let hangs = (): void => {};
  const hanging = new Promise<void>((resolve) => {
    hangs = resolve;
  });
  const call = async (request: JsonObject, context: StepContext, spender: Spender): Promise<StepAnswer> => {
    const asked = new URL(String(request.url)).searchParams;
    const amount = (name: string): number => Math.round(Number(asked.get(name)) * 100);
    const [worst, real] = [amount('worst'), amount('real')];
    const priced = (cents: number): number | null => (asked.has('unpriced') ? null : cents / 100);
    const { node } = context.work;
    const reserved = await spender.reserve(
      { node, model: 'some-model', tokens: worst, usd: priced(worst) },
      context.signal,
    );
    if (reserved === null) return { outcome: 'cancelled' };
    if (!reserved.ok) {
      const [error] = reserved.diagnostics;
      return { outcome: 'failed', ...(error && { error: { ...error, retryable: false } }) };
    }
    sent++;
    open += worst;
    most = Math.max(most, open + spent);
    await context.note({ kind: 'call-reserved', call: 1, model: 'some-model', usd: priced(worst), tokens: worst });
    if (asked.has('hang')) {
      hangs();
      await new Promise(() => {});
    }
    // Long enough for all of them to have asked.
    await new Promise((resolve) => setImmediate(resolve));
    open -= worst;
    spent += real;
    await context.note({
      kind: 'call-ended',
      call: 1,
      model: 'some-model',
      usd: priced(real),
      usage: { input: real, output: 0, 'cache-read': 0, 'cache-write': 0 },
      stop: 'end_turn',
    });
    if (!asked.has('forgets')) reserved.value.settle({ tokens: real, usd: priced(real) });
    return { outcome: 'succeeded', outputs: {} };
  };
  return {
    through: (types, spender) =>
      new Map(types).set('http', {
        name: 'http',
        perform: (request, context) => call(request, context, spender),
      }),
    most: () => most,
    spent: () => spent,
    sent: () => sent,
    hanging,
  };
}

async function start(text: string, calls: Model, at = folder) {
  const project = await projectIn(at);
  writeFileSync(join(at, 'w.yaml'), text);
  const { value, diagnostics } = await loadWorkflow(project, join(at, 'w.yaml'));
  if (value === null) throw new Error(diagnostics[0]?.message);
  const live = await startRun(project, value, new Map(), { through: calls.through });
  if (!live.ok) throw new Error(live.diagnostics[0]?.message);
  return live.value;
}

async function run(text: string, calls: Model, at = folder): Promise<RunEnd> {
  return (await start(text, calls, at)).ended;
}

async function resume(calls: Model, options: ResumeOptions = {}, at = folder): Promise<RunEnd> {
  const resumed = await resumeRun(await projectIn(at), { ...options, through: calls.through });
  if (!resumed.ok) throw new Error(resumed.diagnostics[0]?.message);
  if (resumed.value.kind !== 'live') throw new Error('there is nothing to do');
  return resumed.value.run.ended;
}

async function records(at = folder): Promise<readonly Recorded[]> {
  const { store } = await projectIn(at);
  const read = await store.read((await store.list())[0] ?? '');
  if (!read.ok) throw new Error(read.diagnostics[0]?.message);
  return read.value.records;
}

async function errorOf(
  node: string,
  at = folder,
): Promise<{ readonly message: string; readonly hint?: string } | null> {
  const ends = (await records(at)).filter((record) => record.type === 'attempt.ended' && record.node === node);
  const last = ends.at(-1);
  return last?.type === 'attempt.ended' ? (last.error ?? null) : null;
}

const step = (worst: number, real: number, more = ''): string =>
  `http: { url: 'http://model/?worst=${worst}&real=${real}${more}' }`;

describe('64 calls at once', () => {
  it('do not overshoot the budget of the run: some wait, some are refused', async () => {
    const calls = model();
    const end = await run(
      `budget: { usd: 5.00 }
concurrency: 64
steps:
  calls:
    for-each: { items: '\${{ range(64) }}', max-failures: 64 }
    ${step(0.5, 0.2)}
`,
      calls,
    );
    expect(end).toMatchObject({ kind: 'finished' });
    expect(calls.most()).toBeLessThanOrEqual(500);
    expect(calls.spent()).toBe(calls.sent() * 20);
    // One more would have been too much.
    expect(calls.spent() + 50).toBeGreaterThan(500);
  });

  it('nor that of a day, from two runs', async () => {
    writeFileSync(join(folder, 'giga.yaml'), 'budget: { day: { usd: 5 } }\n');
    const calls = model();
    const text = `concurrency: 32
steps:
  calls:
    for-each: { items: '\${{ range(32) }}', max-failures: 32 }
    ${step(0.5, 0.2)}
`;
    const both = [await start(text, calls), await start(text, calls)];
    await Promise.all(both.map(({ ended }) => ended));
    expect(calls.most()).toBeLessThanOrEqual(500);
    expect(calls.spent()).toBe(calls.sent() * 20);
    expect(calls.spent() + 50).toBeGreaterThan(500);
    const [day = ''] = readdirSync(join(folder, '.giga', 'budget'));
    expect(day).toMatch(/^\d{4}-\d\d-\d\d\.jsonl$/);
  });
});

describe('a step that does not fit', () => {
  it('fails with what it needs to be told', async () => {
    const end = await run(
      `steps:\n  - id: ask\n    ${step(1, 1)}\n  - id: deploy\n    budget: { usd: 2.5 }\n    steps:\n      - id: a\n        ${step(1.8, 1.75)}\n      - id: b\n        ${step(1, 1)}\n`,
      model(),
    );
    expect(end).toMatchObject({ kind: 'finished', verdict: 'failed' });
    const [{ run: id } = { run: '' }] = (await records()).filter((record) => record.type === 'run.created');
    expect(await errorOf('deploy/b')).toMatchObject({
      code: 'STEP_BUDGET',
      message:
        'A call of `some-model` does not fit into the budget of step `deploy` (usd 2.50): it may take usd 1.00; spent are usd 1.75, and set aside for calls under way usd 0.00.',
      hint: `Raise it: \`giga resume ${id} --budget deploy:usd=2.75\`, or write more in \`budget\` of the step and resume. A smaller worst case may fit as well: a shorter prompt, less \`max-tokens\`.`,
    });
  });

  it('runs again on resume, under the budget that was raised, and what was spent stays spent', async () => {
    const text = `budget: { usd: 2, calls: 10 }\nsteps:\n  - id: a\n    ${step(1.5, 1.5)}\n  - id: b\n    ${step(1, 1)}\n`;
    expect(await run(text, model())).toMatchObject({ verdict: 'failed' });
    expect(await resume(model(150))).toMatchObject({ verdict: 'failed' });
    expect(await errorOf('b')).toMatchObject({ code: 'STEP_BUDGET' });
    const calls = model(150);
    expect(await resume(calls, { raise: [{ step: '', usd: 2.5 }], by: 'ada' })).toMatchObject({ verdict: 'succeeded' });
    expect(calls.sent()).toBe(1);
    expect((await records()).filter(({ type }) => type === 'budget.raised')).toMatchObject([
      { step: '', usd: 2.5, by: 'ada' },
    ]);
  });

  it('runs again under an edited workflow, and what is done is kept', async () => {
    const text = (usd: number): string =>
      `budget: { usd: ${usd} }\nsteps:\n  - id: a\n    ${step(1.5, 1.5)}\n  - id: b\n    ${step(1, 1)}\n`;
    expect(await run(text(2), model())).toMatchObject({ verdict: 'failed' });
    writeFileSync(join(folder, 'w.yaml'), text(3));
    const calls = model();
    expect(await resume(calls)).toMatchObject({ verdict: 'succeeded', counts: { kept: 1, succeeded: 1 } });
    expect(calls.sent()).toBe(1);
  });

  it.each([
    [{ step: '', usd: 2 }, 'To usd 2.00 nothing is raised: the run may take usd 2.00 already.'],
    [{ step: '', tokens: 2 }, 'The run has no budget of `tokens` that could be raised.'],
    [{ step: 'a', usd: 2 }, 'Step `a` has no budget of `usd` that could be raised.'],
    [{ step: 'z', usd: 2 }, 'There is no step `z`.'],
    [{ step: '' }, 'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.'],
    [{ step: '', usd: -1 }, 'A budget is raised by `usd`, `tokens` or `calls`, each to a number from 0 on.'],
  ])('is not helped by %j', async (raise, message) => {
    await run(`budget: { usd: 2 }\nsteps:\n  - id: a\n    ${step(3, 1)}\n`, model());
    await expect(resume(model(), { raise: [raise] })).rejects.toThrow(message);
  });

  it('has no price where dollars are bounded', async () => {
    await run(`budget: { usd: 2 }\nsteps:\n  - id: a\n    ${step(1, 1, '&unpriced')}\n`, model());
    expect(await errorOf('a')).toMatchObject({
      code: 'STEP_PRICE_UNKNOWN',
      message: 'Nobody knows what a call of `some-model` costs, and the budget of the run bounds usd (usd 2.00).',
      hint: expect.stringContaining('`prices: { some-model: { input: …, output: … } }`'),
    });
  });

  it('needs no price where only calls are', async () => {
    const calls = model();
    const two = `budget: { calls: 1 }\nsteps:\n  - id: a\n    ${step(1, 1, '&unpriced')}\n  - id: b\n    ${step(1, 1)}\n`;
    expect(await run(two, calls)).toMatchObject({ verdict: 'failed' });
    expect(calls.sent()).toBe(1);
    expect(await errorOf('b')).toMatchObject({
      message:
        'A call of `some-model` does not fit into the budget of the run (1 call): it may take 1 call; spent are 1 call, and set aside for calls under way 0 calls.',
    });
  });
});

it('a call that was under way when giga was killed counts at its worst case', async () => {
  const text = (hang: string): string =>
    `budget: { usd: 2 }\nsteps:\n  a:\n    ${step(1.5, 0.1, hang)}\n  b:\n    needs: []\n    ${step(0.5, 0.5)}\n`;
  const first = model();
  const live = await start(text('&hang'), first);
  await first.hanging;
  const at = mkdtempSync(join(tmpdir(), 'giga-spending-'));
  cpSync(folder, at, { recursive: true });
  live.kill();
  // The same journal, of a process that is gone.
  writeFileSync(join(at, 'w.yaml'), text(''));
  const calls = model();
  const end = await resume(calls, { takeover: true }, at);
  expect(end).toMatchObject({ verdict: 'failed' });
  expect(await errorOf('a', at)).toMatchObject({
    code: 'STEP_BUDGET',
    message: expect.stringContaining('spent are usd'),
  });
  rmSync(at, { recursive: true });
});

it('a call that nobody settles is spent at its worst case once its step has answered, and holds nobody up', async () => {
  const calls = model();
  const text = `budget: { usd: 2 }\nsteps:\n  a:\n    ${step(1.5, 0.1, '&forgets')}\n  b:\n    needs: a\n    ${step(1, 1)}\n`;
  expect(await run(text, calls)).toMatchObject({ verdict: 'failed' });
  expect(await errorOf('b')).toMatchObject({ message: expect.stringContaining('spent are usd 1.50') });
});

it('what the day has taken is written down for the next run', async () => {
  writeFileSync(join(folder, 'giga.yaml'), 'budget: { day: { usd: 2 } }\n');
  const text = `steps:\n  - id: a\n    ${step(1.5, 1.5)}\n`;
  expect(await run(text, model())).toMatchObject({ verdict: 'succeeded' });
  const calls = model();
  expect(await run(text, calls)).toMatchObject({ verdict: 'failed' });
  expect(calls.sent()).toBe(0);
  const [day = ''] = readdirSync(join(folder, '.giga', 'budget'));
  expect(
    readFileSync(join(folder, '.giga', 'budget', day), 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean),
  ).toHaveLength(2);
});
