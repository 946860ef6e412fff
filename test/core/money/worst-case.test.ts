import { describe, expect, it } from 'vitest';
import { priceTable } from '../../../src/core/money/prices.ts';
import { type PlanWorst, worstCaseIn } from '../../../src/core/money/worst-case.ts';
import { compileFiles, planOf } from '../../lang/compile/compile.ts';
import { action, each, plain, plan } from '../run/plans.ts';

/** A dollar a call, whatever it says: a prompt costs nothing, and an answer of one token a dollar. */
const TABLE = priceTable({
  m: { bands: [{ input: 0, output: 1_000_000, write5m: 0, write1h: 0, read: 0 }], source: '' },
});
const CALL = 'claude: { prompt: x, model: m, max-tokens: 1 }';

function worstOf(text: string): PlanWorst {
  return worstCaseIn(planOf(text), TABLE);
}
const usd = (text: string): number => worstOf(text).total.nano / 1e9;

describe('model calls of MCP servers', () => {
  const servers = `mcp:
  dear: { command: x, sampling: { model: m, max-tokens: 3, calls: 4 } }
  usual: { command: x, sampling: true }
  none: { command: x, sampling: false }
  other: { url: 'http://x', sampling: { model: who } }
`;
  const of = (steps: string): PlanWorst => worstOf(`${servers}steps: ${steps}`);
  it('count as often as the server may ask, each with all that the model takes', () => {
    const { steps, total } = of(`[{ id: a, mcp: { server: dear, tool: x }, retry: { attempts: 2 } }]`);
    expect([total.nano / 1e9, total.calls, total.tokens]).toEqual([24, 8, 8 * 1_000_003]);
    expect(steps).toMatchObject([{ path: 'a', factors: ['retry 2', '4 model calls of a server'] }]);
    expect(of(`[{ id: a, mcp: { server: none, tool: x } }, { id: b, run: x }]`).steps).toEqual([]);
    expect(of(`[{ id: a, mcp: { server: other, tool: x } }]`).total).toMatchObject({ calls: 10, unpriced: ['who'] });
    expect(of(`[{ id: a, mcp: { server: usual, tool: x } }]`).total).toMatchObject({
      calls: 10,
      tokens: 10 * 1_004_096,
    });
  });
  it('count beside those of an agent', () => {
    const agent = `[{ id: a, claude: { prompt: x, model: m, max-tokens: 1, max-turns: 2, mcp: [dear, usual] } }]`;
    expect(of(agent).total).toMatchObject({ nano: 2e9 + 12e9 + 10 * 4_096e9, calls: 2 + 4 + 10 });
    const fixed = action('a');
    const server = { name: 's', command: 'x', sampling: { calls: 1, maxTokens: 1, model: 'm' } };
    for (const request of [{ server }, { servers: [server] }])
      expect(
        worstCaseIn(plan([{ ...fixed, action: 'mcp', with: { kind: 'literal', value: request } }]), TABLE).total,
      ).toMatchObject({ nano: 1e9, calls: 1 });
  });
});

describe('at worst', () => {
  it.each([
    [`[{ id: a, ${CALL} }]`, 1],
    [`[{ id: a, ${CALL}, retry: { attempts: 3 } }]`, 3],
    [`[{ id: a, ${CALL}, for-each: [1, 2, 3, 4] }]`, 4],
    [`[{ id: a, ${CALL}, for-each: { items: [1, 2, 3, 4], limit: 2, max: 1 } }]`, 2],
    [`[{ id: a, ${CALL}, for-each: { items: { x: 1, y: 2 } }, retry: { attempts: 2 } }]`, 4],
    [`[{ id: a, ${CALL}, matrix: { x: [1, 2], y: [1, 2, 3] } }]`, 6],
    [`[{ id: a, ${CALL}, matrix: { x: [1, 2], include: [{ x: 3 }] } }]`, 3],
    [`[{ id: a, ${CALL}, loop: { max: 5 } }]`, 5],
    [`[{ id: a, ${CALL}, for-each: [1, 2], loop: { max: 5 }, retry: { attempts: 2 } }]`, 20],
    [`[{ id: g, retry: { attempts: 2 }, steps: [{ id: a, ${CALL}, retry: { attempts: 3 } }] }]`, 6],
    [`[{ id: g, loop: { max: 3 }, steps: [{ id: a, ${CALL} }, { id: b, ${CALL} }] }]`, 6],
    [
      `[{ id: c, choose: [{ if: 'false', steps: [{ id: a, ${CALL} }] }, { else: [{ id: b, ${CALL} }, { id: d, ${CALL} }] }] }]`,
      2,
    ],
    [
      `[{ id: t, try: [{ id: a, ${CALL} }], catch: [{ steps: [{ id: b, ${CALL} }] }], finally: [{ id: d, ${CALL} }] }]`,
      3,
    ],
    [`[{ id: r, race: [{ id: a, ${CALL} }, { id: b, ${CALL} }] }]`, 2],
    [`[{ id: a, ${CALL}, on-failure: [{ id: b, ${CALL} }], retry: { attempts: 2 } }]`, 3],
    [`[{ id: a, ${CALL} }, { id: ok, approve: { message: x, on-reject: { rework: a, max: 2 } } }]`, 3],
    [`[{ id: a, claude: { prompt: x, model: m, max-tokens: 1, fallback: m } }]`, 2],
    [`[{ id: a, claude: { prompt: x, model: m, max-tokens: 1, repair: 3, output: { type: object } } }]`, 4],
    [`[{ id: a, run: x, for-each: '\${{ range(4) }}' }]`, 0],
    [`[{ id: a, ${CALL}, for-each: '\${{ {x: 1} }}' }]`, 1],
    [`[{ id: a, ${CALL}, for-each: { items: [1, '\${{ 2 }}', 3] } }]`, 3],
    [`[{ id: a, ${CALL}, for-each: { items: { x: '\${{ 2 }}', y: 1 } } }]`, 2],
    [`[{ id: a, ${CALL}, matrix: { x: '\${{ range(3) }}' } }]`, 1],
    [`[{ id: a, ${CALL}, matrix: { x: [1, 2], include: '\${{ range(3) }}' } }]`, 1],
    [`[{ id: a, ${CALL}, matrix: { include: [{ x: 1 }, { x: 2 }] } }]`, 2],
    [`[{ id: g, steps: [{ id: a, ${CALL} }], on-success: [{ id: b, ${CALL} }] }]`, 2],
    [`[{ id: a, wait: { for: 1s } }, { id: b, approve: { message: x } }]`, 0],
  ])('%s takes %s dollars', (steps, dollars) => {
    expect(usd(`steps: ${steps}`)).toBe(dollars);
  });

  it('steps at the end of the run count', () => {
    expect(usd(`steps: [{ id: a, ${CALL} }]\non-failure: [{ id: b, ${CALL} }]\nfinally: [{ id: c, ${CALL} }]`)).toBe(3);
  });

  it('and the dearest of the files that one of is run', () => {
    const files = {
      'main.yaml': `
inputs: { f: { type: string, enum: [a.yaml, b.yaml], required: true } }
steps: [{ id: c, workflow: '\${{ inputs.f }}' }]
`,
      'a.yaml': `steps: [{ id: a, ${CALL} }]`,
      'b.yaml': `budget: { calls: 1 }\nsteps: [{ id: a, ${CALL} }, { id: b, ${CALL} }]`,
    };
    const { plan: whole, diagnostics } = compileFiles(files);
    if (whole === null) throw new Error(diagnostics[0]?.message);
    const worst = worstCaseIn(whole, TABLE);
    expect(worst.total.nano).toBe(2e9);
    expect(worst.diagnostics.map(({ message }) => message)).toEqual([
      'The budget of step `c` is 1 call, and at worst 2 calls are needed.',
    ]);
  });

  it('is made of what each step says', () => {
    const { steps } = worstOf(
      `steps: [{ id: g, retry: { attempts: 2 }, steps: [{ id: a, ${CALL}, for-each: [1, 2] }] }, { id: b, claude: 'x \${{ steps.g.result }}' }]`,
    );
    expect(steps).toMatchObject([
      { path: 'g/a', calls: 4, tokens: 4 * 1002, factors: ['retry 2', 'for-each 2'] },
      { path: 'b', calls: 1, tokens: 1_016_000, nano: 2.16e9, factors: ['the whole context of the model'] },
    ]);
  });

  it('counts one item of what is no list', () => {
    const step = { ...action('a'), action: 'claude', with: plain({ prompt: 'x' }) };
    const { total } = worstCaseIn(plan([each(step, plain('x'))]), TABLE);
    expect(total).toMatchObject({ calls: 1, unbounded: ['a'] });
  });

  it('of an agent is its turns times the context of its model and its longest answer', () => {
    const { total, steps } = worstOf(
      'steps: [{ id: a, claude: { prompt: x, model: claude-haiku-4-5, max-tokens: 1000, tools: [read], max-turns: 10 } }]',
    );
    expect(total).toMatchObject({ calls: 10, tokens: 10 * 201_000, nano: 10 * (200_000 * 1250 + 1000 * 5000) });
    expect(steps[0]?.factors).toEqual(['10 turns', 'the whole context of the model']);
  });
});

describe('a budget', () => {
  it.each([
    [`budget: { usd: 2 }\nsteps: [{ id: a, ${CALL}, for-each: [1, 2] }]`, []],
    [
      `budget: { usd: 1.99 }\nsteps: [{ id: a, ${CALL}, for-each: [1, 2] }]`,
      ['The budget of the run is usd 1.99, and at worst usd 2.00 are needed.'],
    ],
    [
      `steps: [{ id: a, ${CALL}, for-each: [1, 2], budget: { calls: 1 } }]`,
      ['The budget of step `a` is 1 call, and at worst 2 calls are needed.'],
    ],
    // Each item has one of its own, and all attempts of a group share it.
    [`steps: [{ id: g, for-each: [1, 2], steps: [{ id: a, ${CALL}, budget: { calls: 1 } }] }]`, []],
    [
      `steps: [{ id: g, retry: { attempts: 2 }, steps: [{ id: a, ${CALL}, budget: { calls: 1 } }] }]`,
      ['The budget of step `g/a` is 1 call, and at worst 2 calls are needed.'],
    ],
    [
      `budget: { tokens: 1000 }\nsteps: [{ id: a, ${CALL} }]`,
      ['The budget of the run is 1000 tokens, and at worst 1002 tokens are needed.'],
    ],
    [
      `budget: { usd: 9 }\nsteps: [{ id: a, claude: { prompt: x, model: some-model } }]`,
      ['The budget of the run bounds usd, and nobody knows the price of `some-model`.'],
    ],
    [
      `inputs: { m: { type: string } }\nbudget: { usd: 9 }\nsteps: [{ id: a, claude: { prompt: x, model: '\${{ inputs.m }}' } }]`,
      ['The budget of the run bounds usd, and nobody knows the price of a model that is known only in a run.'],
    ],
    [
      `budget: { usd: 9 }\nsteps: [{ id: a, ${CALL}, for-each: '\${{ range(3) }}' }]`,
      ['How many items step `a` has is known only in a run: one is counted.'],
    ],
    [`budget: { usd: 9 }\nsteps: [{ id: a, ${CALL}, for-each: { items: '\${{ range(3) }}', limit: 7 } }]`, []],
  ])('%s', (text, messages) => {
    const { diagnostics } = worstOf(text);
    expect(diagnostics.map(({ message }) => message)).toEqual(messages);
    expect(diagnostics.every(({ code }) => code === 'PLAN_BUDGET')).toBe(true);
  });

  it('says where it stands and what would do', () => {
    const [first] = worstOf(`steps:\n  - id: a\n    budget: { usd: 0.5 }\n    ${CALL}\n`).diagnostics;
    expect(first).toMatchObject({
      severity: 'error',
      at: { file: 'test.yaml', start: { line: 2 } },
      hint: expect.stringContaining('Raise it to `usd: 1.00`'),
    });
  });
});
