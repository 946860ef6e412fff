import { describe, expect, it } from 'vitest';
import { planHash } from '../../../src/core/plan/plan.ts';
import { compileFiles, compileText, planOf, problemsOf, stepOf } from './compile.ts';

const GROUP = 'steps: [{ id: a, run: x }]';

describe('a budget', () => {
  it('is in the plan of the workflow, of a step and of a file that a step runs', () => {
    const { plan } = compileFiles({
      'main.yaml': `
budget: { usd: 2.5, tokens: 400k, calls: 1.5k }
steps:
  g: { budget: { usd: 0 }, ${GROUP} }
  c: { workflow: child.yaml, budget: { calls: 2 } }
`,
      'child.yaml': 'budget: { tokens: 7 }\nsteps: [{ id: a, run: x }]\n',
    });
    expect(plan).toMatchObject({ budget: { usd: 2.5, tokens: 400_000, calls: 1500 } });
    expect(plan?.root).not.toHaveProperty('budget');
    expect(plan?.root.bodies[0]?.nodes).toMatchObject([
      { id: 'g', budget: { usd: 0 } },
      { id: 'c', budget: { calls: 2 }, child: { files: [{ budget: { tokens: 7 } }] } },
    ]);
  });

  it('of a step that is done again is that of all times', () => {
    const step = stepOf(
      planOf(`steps: [{ id: e, for-each: [1, 2], loop: { max: 2 }, budget: { usd: 1, duration: 1m }, ${GROUP} }]`),
      'e',
    );
    expect(step).toMatchObject({ kind: 'each', budget: { usd: 1 }, totalTimeoutMs: 60_000 });
    const inner = 'bodies' in step ? step.bodies[0]?.nodes[0] : undefined;
    expect(inner).toMatchObject({ kind: 'loop' });
    expect(JSON.stringify(inner)).not.toContain('budget');
  });

  it.each([
    ['budget: { duration: 1h }', 3_600_000],
    ['budget: { duration: 1h }\ntimeout: 1m', 60_000],
    ['budget: { duration: 1s }\ntimeout: 1m', 1000],
  ])('%j bounds the time of the run', (text, timeoutMs) => {
    const plan = planOf(`${text}\n${GROUP}`);
    expect(plan.root).toMatchObject({ timeoutMs });
    expect(plan).not.toHaveProperty('budget');
  });

  it('bounds the time of a step', () => {
    expect(
      stepOf(planOf('steps: [{ id: a, run: x, budget: { duration: 1m }, total-timeout: 2m }]'), 'a'),
    ).toMatchObject({
      totalTimeoutMs: 60_000,
    });
  });

  it('is part of the plan, and of no step: what is done is kept under another one', () => {
    const [a, b] = ['budget: { usd: 1 }, ', ''].map((key) => planOf(`steps: [{ id: g, ${key}${GROUP} }]`));
    if (a === undefined || b === undefined) throw new Error('both are plans');
    expect(stepOf(a, 'g').digest).toBe(stepOf(b, 'g').digest);
    expect(planHash(a)).not.toBe(planHash(b));
    expect(planHash(planOf(`budget: { usd: 1 }\n${GROUP}`))).not.toBe(planHash(planOf(GROUP)));
  });
});

describe('is refused', () => {
  it.each([
    ['budget: 3', 'DOC_WRONG_TYPE'],
    ['budget: {}', 'DOC_BAD_VALUE'],
    ['budget: { usd: -1 }', 'DOC_BAD_VALUE'],
    ['budget: { usd: "1" }', 'DOC_WRONG_TYPE'],
    ['budget: { tokens: 4kk }', 'DOC_BAD_VALUE'],
    ['budget: { tokens: 0.5 }', 'DOC_WRONG_TYPE'],
    ['budget: { tokens: 0.0001k }', 'PLAN_MALFORMED'],
    ['budget: { calls: -1 }', 'DOC_BAD_VALUE'],
    ['budget: { duration: 0s }', 'PLAN_BAD_DURATION'],
    ['budget: { duration: 5 }', 'PLAN_BAD_DURATION'],
    ['budget: { money: 5 }', 'DOC_UNKNOWN_KEY'],
  ])('%j', (text, code) => {
    expect(compileText(`${text}\n${GROUP}`).diagnostics.map((one) => one.code)).toEqual([code]);
  });

  it.each([
    ['run: x, budget: { usd: 1 }', 'PLAN_KEY_WITHOUT_EFFECT 1:36'],
    ['set: { x: 1 }, budget: { duration: 1m }', 'PLAN_KEY_WITHOUT_EFFECT 1:43'],
  ])('where it would bound nothing: %j', (keys, problem) => {
    expect(problemsOf(compileText(`steps: [{ id: a, ${keys} }]`).diagnostics)).toEqual([problem]);
  });

  it.each([
    'run: x, budget: { duration: 1m }',
    'set: { x: 1 }, for-each: [1], budget: { duration: 1m }',
    'run: x, budget: { usd: 1 }, on-failure: [{ id: b, run: x }]',
  ])('but not here: %j', (keys) => {
    expect(problemsOf(compileText(`steps: [{ id: a, ${keys} }]`).diagnostics)).toEqual([]);
  });
});
