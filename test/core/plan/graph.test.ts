import { describe, expect, it } from 'vitest';
import { planGraph } from '../../../src/core/plan/graph.ts';
import { planOf } from '../../lang/compile/compile.ts';

function edgesOf(text: string): readonly string[] {
  const [main] = planGraph(planOf(text)).scopes;
  return (main?.edges ?? []).map(({ from, to, kind }) => `${from} ${kind === 'need' ? '->' : '..>'} ${to}`);
}

describe('the graph of a plan', () => {
  it.each<[name: string, steps: string, edges: readonly string[]]>([
    ['a list is a chain', '[{ id: a, run: x }, { id: b, run: x }, { id: c, run: x }]', ['a ..> b', 'b ..> c']],
    ['a need says more than the turn', '[{ id: a, run: x }, { id: b, run: "echo ${{ steps.a.result }}" }]', ['a -> b']],
    [
      'after steps that started at once',
      '[{ id: a, run: x }, { id: b, needs: [], run: x }, { id: c, run: x }, { id: d, run: x }]',
      ['a ..> c', 'b ..> c', 'c ..> d'],
    ],
    [
      'after a step that another comes after',
      '[{ id: a, run: x }, { id: b, needs: a, run: x }, { id: c, run: x }]',
      ['a -> b', 'b ..> c'],
    ],
    [
      'a map',
      '{ a: { run: x }, b: { needs: a, run: x }, c: { needs: [a, b], run: x } }',
      ['a -> b', 'a -> c', 'b -> c'],
    ],
  ])('%s', (_name, steps, edges) => {
    expect(edgesOf(`steps: ${steps}\n`)).toEqual(edges);
  });

  it('holds groups, branches, and the parts of the run', () => {
    const graph = planGraph(
      planOf(
        `
steps:
  g: { parallel: { a: { run: x }, b: { set: { y: 1 } } } }
  c: { choose: [{ if: run.resumed, steps: { d: { run: x } } }, { else: { d: { wait: { for: 1s } } } }] }
finally: [{ id: e, if: failure() && false, needs: [], fail: no }, { run: x }]
`.replace('if: failure() && false, ', 'if: run.resumed, '),
      ),
    );
    const shown = (scopes: typeof graph.scopes): unknown =>
      scopes.map(({ label, nodes }) => [
        label,
        nodes.map(({ path, action, condition, scopes: inner }) => [path, action, condition, shown(inner)]),
      ]);
    expect(shown(graph.scopes)).toEqual([
      [
        null,
        [
          [
            'g',
            'parallel',
            null,
            [
              [
                null,
                [
                  ['g/a', 'run', null, []],
                  ['g/b', 'set', null, []],
                ],
              ],
            ],
          ],
          [
            'c',
            'choose',
            null,
            [
              ['if run.resumed', [['c/d', 'run', null, []]]],
              ['else', [['c/d', 'wait', null, []]]],
            ],
          ],
        ],
      ],
      [
        'finally',
        [
          ['finally/e', 'fail', 'run.resumed', []],
          ['finally/step-2', 'run', null, []],
        ],
      ],
    ]);
  });
});
