import { describe, expect, it } from 'vitest';
import { costLines, costRemark, costSoFar } from '../../../src/cli/render/cost-text.ts';
import type { Json } from '../../../src/core/json.ts';
import { costsIn } from '../../../src/core/run/costs.ts';
import { noSpend, noteSpend } from '../../../src/core/run/spend.ts';

function costsWith(calls: readonly (readonly [node: string, usd: number | null])[], nano?: number) {
  const spend = noSpend();
  const note = (node: string, data: Json) => noteSpend(spend, { type: 'attempt.noted', node, op: 1, data });
  for (const [call, [node, usd]] of calls.entries())
    note(node, { kind: 'call-ended', call, model: 'm', usd, usage: { input: 1000, output: 1 } });
  return { costs: costsIn(spend, () => (nano === undefined ? {} : { nano })), note };
}

describe('what was spent', () => {
  it('is not shown where nothing was', () => {
    const { costs } = costsWith([], 1e9);
    expect(costLines(costs)).toEqual([]);
    expect(costSoFar(costs)).toBe('');
    expect(costSoFar(null)).toBe('');
    expect(costRemark(null)).toBe('');
  });

  it('is one line for one step, with what bounds it', () => {
    const { costs } = costsWith([['a', 0.18]], 2e9);
    expect(costLines(costs)).toEqual(['spent  $0.18 of $2.00 · 1 call · 1001 tokens']);
    expect(costSoFar(costs)).toBe('$0.18 of $2.00');
    expect(costRemark(costs.at('a'))).toBe('$0.18');
  });

  it('has a line for each step where there are several, the dearest first, and says what is not known', () => {
    const { costs, note } = costsWith([
      ['t[1]', 0.1],
      ['t[2]', 0.2],
      ['big', 3],
      ['odd', null],
      ['half', null],
      ['half', 0.01],
    ]);
    note('cut', { kind: 'call-reserved', call: 'x', usd: 0.5, tokens: 7 });
    expect(costLines(costs)).toEqual([
      'spent  $3.81 and 2 calls without a price · 7 calls · 6013 tokens · 1 call cut off, at the worst case',
      '       big   $3.00 · 1 call · 1001 tokens',
      '       cut   $0.50 · 1 call · 7 tokens · 1 call cut off, at the worst case',
      '       t     $0.30 · 2 calls · 2002 tokens',
      '       half  $0.01 and 1 call without a price · 2 calls · 2002 tokens',
      '       odd   no price known · 1 call · 1001 tokens',
    ]);
  });

  it('counts what it does not show', () => {
    const steps = Array.from({ length: 12 }, (_, i) => [`s${i}`, 1] as const);
    const lines = costLines(costsWith(steps).costs);
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('       … and 2 more steps');
  });
});
