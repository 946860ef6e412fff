/** What the graph of a plan calls its steps and their parts. */
import { describe, expect, it } from 'vitest';
import { type GraphScope, planGraph } from '../../../src/core/plan/graph.ts';
import { isComposite, isGuarded, isRepeated, isService, partsOf } from '../../../src/core/plan/plan.ts';
import { compileFiles, planOf, stepOf } from '../../lang/compile/compile.ts';

const TOP = 'inputs: { x: { default: 1 }, l: { type: array, default: [] } }\n';

/** `path: action` of every step, and what stands over a scope as `[label]`. */
function lines(scopes: readonly GraphScope[]): readonly string[] {
  return scopes.flatMap(({ label, nodes }) => [
    ...(label === null ? [] : [`[${label}]`]),
    ...nodes.flatMap((node) => [
      `${node.path}: ${node.action}${node.condition === null ? '' : ` if ${node.condition}`}`,
      ...lines(node.scopes),
    ]),
  ]);
}
const shown = (step: string): readonly string[] => lines(planGraph(planOf(`${TOP}steps:\n  a: { ${step} }\n`)).scopes);

describe('a step is called', () => {
  it.each<[string, readonly string[]]>([
    ['run: x', ['a: run']],
    ['run: x, if: inputs.x', ['a: run if inputs.x']],
    ['set: { y: 1 }', ['a: set']],
    ['wait: { for: 1s }', ['a: wait']],
    ['wait: { until: inputs.x }', ['a: wait until inputs.x']],
    ['wait: { until: { run: test -f y } }', ['a: wait until test -f y']],
    ['wait: { event: go }', ['a: wait event go']],
    ['wait: { event: go, match: event.payload }', ['a: wait event go if event.payload']],
    ['wait: { file: y }', ['a: wait file y']],
    ['wait: { file: "${{ inputs.x }}" }', ['a: wait file']],
    ['approve: { message: x }', ['a: approve']],
    ['parallel: { b: { run: x }, c: { run: x } }', ['a: parallel', 'a/b: run', 'a/c: run']],
    ['steps: { b: { run: x } }', ['a: steps', 'a/b: run']],
    ['steps: [{ id: b, run: x }, { id: c, run: x }]', ['a: steps', 'a/b: run', 'a/c: run']],
    ['steps: { b: { run: x }, c: { run: x, needs: b } }', ['a: steps', 'a/b: run', 'a/c: run']],
    ['race: { b: { run: x }, c: { run: x } }', ['a: race', 'a/b: run', 'a/c: run']],
    [
      'choose: [{ if: inputs.x, steps: [{ id: b, run: x }] }, { else: [{ id: c, run: x }] }]',
      ['a: choose', '[if inputs.x]', 'a/b: run', '[else]', 'a/c: run'],
    ],
    [
      'try: [{ id: b, run: x }], catch: [{ when: error.code, steps: [{ id: c, run: x }] }, { steps: [{ id: c, run: x }] }], finally: [{ id: d, run: x }]',
      [
        'a: try',
        'a/b: run',
        '[catch error.code]',
        'a/catch/c: run',
        '[catch]',
        'a/catch/c: run',
        '[finally]',
        'a/finally/d: run',
      ],
    ],
    ['run: x, loop: { max: 3 }', ['a: run · loop at most 3 times']],
    [
      'run: x, loop: { max: 3, while: inputs.x, until: inputs.l }',
      ['a: run · loop while inputs.x until inputs.l at most 3 times'],
    ],
    ['run: x, for-each: [p, q]', ['a: run · for each of 2 items']],
    ['run: x, for-each: { items: [p, q], max: 1 }', ['a: run · for each of 2 items, 1 at once']],
    ['run: x, for-each: "${{ inputs.l }}"', ['a: run · for each of inputs.l']],
    ['run: x, for-each: ["${{ inputs.x }}"]', ['a: run · for each of a list']],
    ['run: x, for-each: { items: { k: 1 } }', ['a: run · for each of 1 items']],
    ['run: x, matrix: { m: [1], n: [2] }', ['a: run · matrix m × n']],
    [
      'steps: { b: { run: x } }, for-each: [p], loop: { max: 2 }',
      ['a: steps · for each of 1 items · loop at most 2 times', 'a/b: run'],
    ],
    [
      'run: x, on-success: [{ id: s, run: x }], on-failure: [{ id: f, run: x }]',
      ['a: run', '[on-success]', 'a/on-success/s: run', '[on-failure]', 'a/on-failure/f: run'],
    ],
    ['run: x, compensate: { run: y }', ['a: run', '[compensate]', 'a/compensate: run']],
  ])('%s', (step, expected) => {
    expect(shown(step)).toEqual(expected);
  });

  it('a part of the run, which comes after it', () => {
    const { scopes } = planGraph(
      planOf(`
steps: { a: { run: x } }
on-success: [{ id: s, run: x }]
on-failure: [{ id: f, run: x }]
finally: [{ id: z, if: inputs.x, needs: [], run: x }]
inputs: { x: { default: 1 } }
`),
    );
    expect(lines(scopes)).toEqual([
      'a: run',
      '[on-success]',
      'on-success/s: run',
      '[on-failure]',
      'on-failure/f: run',
      '[finally]',
      'finally/z: run if inputs.x',
    ]);
  });

  it('another workflow, or one of several', () => {
    const texts = (step: string) => ({
      'main.yaml': `inputs: { x: { enum: [p, q], default: p } }\nsteps: { a: { ${step} } }\n`,
      'b.yaml': 'steps: { s: { run: x } }\nfinally: [{ id: z, run: x }]\n',
      'c.yaml': 'steps: { s: { run: x } }\n',
      'p.yaml': 'steps: { s: { run: x } }\n',
      'q.yaml': 'steps: { s: { run: x } }\nfinally: [{ id: z, run: x }]\n',
    });
    const of = (step: string): readonly string[] => {
      const { plan, diagnostics } = compileFiles(texts(step));
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      return plan === null ? [] : lines(planGraph(plan).scopes);
    };
    expect(of('workflow: b.yaml')).toEqual(['a: workflow b.yaml', 'a/s: run', '[finally]', 'a/finally/z: run']);
    expect(of('include: c.yaml')).toEqual(['a: include c.yaml', 'a/s: run']);
    expect(of('workflow: "${{ inputs.x }}.yaml"')).toEqual([
      'a: workflow p.yaml or q.yaml',
      '[p.yaml]',
      'a/s: run',
      '[q.yaml]',
      'a/s: run',
      '[q.yaml · finally]',
      'a/finally/z: run',
    ]);
  });
});

it('what is undone is named where it is undone', () => {
  const undone = (what: string): readonly string[] =>
    lines(
      planGraph(
        planOf(`
steps:
  a: { name: The first, run: x, compensate: [{ id: u, run: y }, { id: v, run: z }] }
  b: { run: x, compensate: { run: y } }
on-failure: [{ id: undo, compensate: ${what} }]
`),
      ).scopes,
    );
  const steps = [
    'a: run',
    '[compensate]',
    'a/compensate/u: run',
    'a/compensate/v: run',
    'b: run',
    '[compensate]',
    'b/compensate: run',
  ];
  expect(undone('all')).toEqual([...steps, '[on-failure]', 'on-failure/undo: compensate all']);
  expect(undone('[b, a]')).toEqual([...steps, '[on-failure]', 'on-failure/undo: compensate b, a']);
});

it('an edge is a need, or only the turn', () => {
  const edges = (steps: string) => planGraph(planOf(`steps: ${steps}\n`)).scopes[0]?.edges;
  expect(edges('[{ id: a, run: x }, { id: b, run: x }]')).toEqual([{ from: 'a', to: 'b', kind: 'order' }]);
  expect(edges('{ a: { run: x }, b: { run: x, needs: a } }')).toEqual([{ from: 'a', to: 'b', kind: 'need' }]);
});

it('a step has its name, and the hooks of all its items stand once', () => {
  const text = 'steps: { a: { name: N, run: x, for-each: [p], on-failure: [{ id: f, run: x }] }, b: { run: x } }\n';
  const [scope] = planGraph(planOf(text)).scopes;
  expect(scope?.nodes.map(({ name }) => name)).toEqual(['N', null]);
  expect(lines(scope ? [scope] : [])).toEqual([
    'a: run · for each of 1 items',
    '[on-failure]',
    'a/on-failure/f: run',
    'b: run',
  ]);
});

describe('a node', () => {
  const node = (step: string) => stepOf(planOf(`${TOP}steps:\n  a: { ${step} }\n`), 'a');

  it('is a service, is guarded, is repeated, is a composite', () => {
    const kinds = (step: string): readonly boolean[] => {
      const of = node(step);
      return [isService(of), isGuarded(of), isRepeated(of), isComposite(of)];
    };
    expect(kinds('run: x')).toEqual([false, false, false, false]);
    expect(kinds('run: x, idempotent: true')).toEqual([false, false, false, false]);
    expect(kinds('run: x, idempotent: false')).toEqual([false, true, false, false]);
    expect(kinds('run: x, loop: { max: 2 }')).toEqual([false, false, true, true]);
    expect(kinds('run: x, for-each: [p]')).toEqual([false, false, true, true]);
    expect(kinds('steps: { b: { run: x } }')).toEqual([false, false, false, true]);
    expect(kinds('set: { y: 1 }')).toEqual([false, false, false, false]);
    expect(kinds('service: { run: x, ready: { port: 80 } }')).toEqual([true, false, false, false]);
  });

  it('has its bodies and its hooks as parts', () => {
    const slots = (step: string): readonly number[] => partsOf(node(step)).map(([slot]) => slot);
    expect(slots('run: x')).toEqual([]);
    expect(slots('steps: { b: { run: x } }')).toEqual([0]);
    expect(slots('run: x, on-success: [{ id: s, run: x }]')).toHaveLength(1);
    expect(slots('run: x, on-success: [{ id: s, run: x }]')[0]).toBeLessThan(0);
  });
});
