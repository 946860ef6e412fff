import { describe, expect, it } from 'vitest';
import type { Amount, Limits, Measure } from '../../../src/core/money/caps.ts';
import { pathsAround } from '../../../src/core/money/caps.ts';
import { refusalProblem, textOf, wordsOf } from '../../../src/core/money/refusal.ts';

const amount = (nano: number, tokens = 0, calls = 1): Amount => ({ calls, tokens, nano });

function noRoom(path: string, measure: Measure, limits: Limits) {
  const cap = { path, limits };
  const why = {
    kind: 'no-room',
    cap,
    measure,
    spent: amount(1e9, 5),
    open: amount(5e8, 2),
    asked: amount(1_234_567, 9),
  } as const;
  return refusalProblem(why, 'opus', wordsOf(cap, '7f3c'));
}

describe('what is said of a budget', () => {
  it('of the run, in dollars', () => {
    expect(noRoom('', 'nano', { nano: 1.5e9 })).toMatchObject({
      code: 'STEP_BUDGET',
      message:
        'A call of `opus` does not fit into the budget of the run (usd 1.50): it may take usd 0.001234567; spent are usd 1.00, and set aside for calls under way usd 0.50.',
      hint: 'Raise it: `giga resume 7f3c --budget usd=1.51`, or write more in `budget` of the workflow and resume. A smaller worst case may fit as well: a shorter prompt, less `max-tokens`.',
    });
  });

  it('of a step, in tokens', () => {
    const { message, hint } = noRoom('deploy', 'tokens', { tokens: 10 });
    expect(message).toContain('the budget of step `deploy` (10 tokens): it may take 9 tokens; spent are 5 tokens');
    expect(hint).toContain('--budget deploy:tokens=16`, or write more in `budget` of the step');
  });

  it('of an item, as a shell takes it', () => {
    expect(noRoom('each[a b]/x', 'calls', { calls: 1 }).hint).toContain("--budget 'each[a b]/x:calls=3'`");
  });

  it('that lacks a price', () => {
    const cap = { path: 'a', limits: { nano: 2e9 } };
    expect(refusalProblem({ kind: 'unpriced', cap }, 'odd', wordsOf(cap, 'r'))).toMatchObject({
      code: 'STEP_PRICE_UNKNOWN',
      message: 'Nobody knows what a call of `odd` costs, and the budget of step `a` bounds usd (usd 2.00).',
    });
    expect(
      refusalProblem({ kind: 'unpriced', cap: { path: '', limits: {} } }, 'odd', wordsOf(cap, 'r')).message,
    ).toContain('usd 0.00');
  });

  it('counts', () => {
    expect([textOf('calls', 1), textOf('calls', 2), textOf('tokens', 1)]).toEqual(['1 call', '2 calls', '1 tokens']);
  });
});

it('a path lies inside of others', () => {
  expect(pathsAround('')).toEqual(['']);
  expect(pathsAround('a[x]/b#2/c')).toEqual(['', 'a', 'a[x]', 'a[x]/b', 'a[x]/b#2', 'a[x]/b#2/c']);
});
