import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileText, edgesOf, planOf, problemsOf, stepOf, stepsOf } from './compile.ts';

const RUN = "run: 'true'";

describe('edges', () => {
  it.each<[name: string, steps: string, edges: readonly string[]]>([
    ['a map has no order', `a: { ${RUN} }\n  b: { ${RUN} }`, ['a', 'b']],
    [
      'a list has one',
      `- { id: a, ${RUN} }\n  - { id: b, ${RUN} }\n  - { id: c, ${RUN} }`,
      ['a', 'b after 1', 'c after 2'],
    ],
    [
      'needs replaces it',
      `- { id: a, ${RUN} }\n  - { id: b, needs: [], ${RUN} }\n  - { id: c, needs: a, ${RUN} }`,
      ['a', 'b', 'c <- a'],
    ],
    [
      'a read adds to it',
      `- { id: a, ${RUN} }\n  - { id: b, run: 'echo \${{ steps.a.outputs.x }}' }`,
      ['a', 'b <- a after 1'],
    ],
    [
      'reads of every key',
      'a: { set: { x: 1 } }\n  b: { if: steps.a.outputs.x == 1, set: {} }\n  c: { env: { A: "${{ steps.b.result }}" }, run: x }',
      ['a', 'b <- a', 'c <- b'],
    ],
    ['needs.X is a read', `a: { ${RUN} }\n  b: { run: 'echo \${{ needs.a.result }}' }`, ['a', 'b <- a']],
    [
      'names have no case in expressions',
      `Build: { ${RUN} }\n  b: { run: 'echo \${{ steps.build.result }}' }`,
      ['Build', 'b <- Build'],
    ],
    ['in brackets', `a-b: { ${RUN} }\n  b: { set: { x: "\${{ steps['a-b'].result }}" } }`, ['a-b', 'b <- a-b']],
    [
      'needs and reads once',
      `a: { ${RUN} }\n  b: { needs: a, run: 'echo \${{ steps.a.result }}\${{ steps.a.conclusion }}' }`,
      ['a', 'b <- a'],
    ],
    ['a step that stands later', `b: { needs: a, ${RUN} }\n  a: { ${RUN} }`, ['b <- a', 'a']],
    ['a parameter is no context', 'a: { set: { x: "${{ map([1], steps => steps) }}" } }', ['a']],
  ])('%s', (_name, steps, edges) => {
    expect(edgesOf(planOf(`steps:\n  ${steps}\n`).root.bodies[0])).toEqual(edges);
  });

  it('lifts a read to the group that stands beside the step', () => {
    const plan = planOf(`
steps:
  a: { run: x }
  g:
    steps:
      inner: { steps: [{ id: deep, run: 'echo \${{ steps.a.result }} \${{ steps.beside.result }}' }] }
      beside: { run: y }
`);
    expect(edgesOf(plan.root.bodies[0])).toEqual(['a', 'g <- a']);
    const group = stepOf(plan, 'g');
    expect(group.kind === 'group' && edgesOf(group.bodies[0])).toEqual(['inner <- beside', 'beside']);
    expect(stepOf(plan, 'g/inner/deep').needs).toEqual([]);
  });

  it('makes no edge of the outputs of a group, but of what they read outside', () => {
    const plan = planOf(`
steps:
  a: { run: x }
  g: { steps: { i: { run: y } }, outputs: { x: "\${{ steps.i.result }}", y: "\${{ steps.a.result }}", all: "\${{ toJSON(steps) }}" } }
`);
    expect(edgesOf(plan.root.bodies[0])).toEqual(['a', 'g <- a']);
  });

  it('gives the rule of a map of needs', () => {
    const plan = planOf(
      `steps:\n  a: { run: x }\n  b: { needs: { steps: [a], when: all-done }, run: x }\n  c: { needs: { steps: a, when: all-succeeded }, run: x }`,
    );
    expect(stepsOf(plan).map((node) => node.join)).toEqual([undefined, 'all-done', undefined]);
  });

  it('lets on-failure and finally read the steps without edges', () => {
    const plan = planOf(`
steps: { a: { run: x } }
on-failure: [{ run: 'echo \${{ steps.a.error.message }} \${{ error.code }}' }]
finally: { steps: { clean: { run: "echo '\${{ toJSON(steps) }}'" } }, on-interrupt: true }
`);
    const [, onFailure, last] = plan.root.bodies;
    expect(edgesOf(onFailure)).toEqual(['step-1']);
    expect(edgesOf(last)).toEqual(['clean']);
    expect(last?.nodes[0]?.if).toMatchObject({ expression: { source: 'always()' }, replacesJoin: true });
    expect(plan.finallyOnInterruptMs).toBe(10_000);
  });

  it('does not depend on the order of a map', () => {
    const graph = fc
      .array(
        fc.record({
          needs: fc.uniqueArray(fc.nat(14), { maxLength: 3 }),
          reads: fc.uniqueArray(fc.nat(14), { maxLength: 2 }),
        }),
        { minLength: 1, maxLength: 15 },
      )
      .map((steps) =>
        steps.map(({ needs, reads }, index) => {
          // Only earlier ones, so that there is never a cycle.
          const earlier = (ids: readonly number[]): readonly string[] =>
            ids.filter((id) => id < index).map((id) => `s${id}`);
          const env = earlier(reads).map((id, at) => `V${at}: "\${{ steps.${id}.result }}"`);
          return `  s${index}: { needs: [${earlier(needs).join(', ')}], env: { ${env.join(', ')} }, run: x }`;
        }),
      );
    const shuffled = graph.chain((lines) =>
      fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })),
    );
    fc.assert(
      fc.property(shuffled, ([lines, others]) => {
        const edges = (steps: readonly string[]): readonly string[] => {
          const scope = planOf(`steps:\n${steps.join('\n')}`).root.bodies[0];
          return (scope?.nodes ?? [])
            .map(
              (node) =>
                `${node.id}:${node.needs
                  .map((need) => scope?.nodes[need]?.id ?? '')
                  .toSorted()
                  .join()}`,
            )
            .toSorted();
        };
        expect(edges(others)).toEqual(edges(lines));
      }),
      { numRuns: 60 },
    );
  });
});

describe('cycles', () => {
  it.each<[name: string, steps: string, path: string, place: string]>([
    ['of two', 'a: { needs: b, run: x }\n  b: { needs: a, run: x }', '`a` → `b` → `a`', '2:15'],
    [
      'by reads',
      'a: { needs: b, run: x }\n  b: { run: "echo ${{ steps.c.result }}" }\n  c: { needs: [a], run: x }',
      '`a` → `b` → `c` → `a`',
      '2:15',
    ],
    ['of one by needs', 'a: { needs: a, run: x }', '`a` → `a`', '2:15'],
    ['of one by a read', 'a: { run: "echo ${{ steps.a.result }}" }', '`a` → `a`', '2:29'],
    [
      'the shortest',
      'a: { needs: [b], run: x }\n  b: { needs: [c], run: x }\n  c: { needs: [d, b], run: x }\n  d: { needs: a, run: x }',
      '`b` → `c` → `b`',
      '3:16',
    ],
    [
      'by the order of a list',
      '- { id: a, run: "echo ${{ steps.c.result }}" }\n  - { id: b, run: x }\n  - { id: c, run: x }',
      '`a` → `c` → `a`',
      '2:35',
    ],
  ])('%s', (_name, steps, path, place) => {
    const { plan, diagnostics } = compileText(`steps:\n  ${steps}\n`);
    expect(plan).toBeNull();
    expect(problemsOf(diagnostics)).toEqual([`PLAN_CYCLE ${place}`]);
    expect(diagnostics[0]?.message).toContain(path);
    // Each edge is shown once: the first by the message, the others beside it.
    expect(diagnostics[0]?.related?.length ?? 0).toBe(path.split('→').length - 2);
  });

  it('tells of each knot once, and not of those that wait for it', () => {
    const { diagnostics } = compileText(
      'steps:\n  a: { needs: b, run: x }\n  b: { needs: a, run: x }\n  c: { needs: d, run: x }\n  d: { needs: c, run: x }\n  e: { needs: [a, c], run: x }\n',
    );
    expect(problemsOf(diagnostics)).toEqual(['PLAN_CYCLE 2:15', 'PLAN_CYCLE 4:15']);
  });

  it('are found in groups, through lifted reads', () => {
    const { diagnostics } = compileText(
      'steps:\n  g: { steps: { i: { run: "echo ${{ steps.b.result }}" } } }\n  b: { needs: g, run: x }\n',
    );
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'These steps wait for each other, so none of them can start: `g` → `b` → `g`.',
    ]);
  });
});

describe('names that are not there', () => {
  it.each<[text: string, problem: string, said: RegExp]>([
    ['build: { run: x }\n  t: { needs: [biuld], run: x }', 'PLAN_UNKNOWN_NEED 3:16', /similar name exists: `build`/],
    [
      'g: { steps: { i: { run: x } } }\n  t: { needs: i, run: x }',
      'PLAN_UNKNOWN_NEED 3:15',
      /stands inside `g`: need `g`/,
    ],
    [
      'a: { run: x }\n  g: { steps: { i: { needs: a, run: x } } }',
      'PLAN_UNKNOWN_NEED 3:29',
      /put `needs` on the group/,
    ],
    [
      'build: { run: x }\n  t: { run: "echo ${{ steps.biuld.result }}" }',
      'EXPR_UNKNOWN_STEP 3:29',
      /similar name exists: `build`/,
    ],
    [
      'g: { steps: { i: { run: x } } }\n  t: { run: "echo ${{ steps.i.result }}" }',
      'PLAN_INNER_STEP 3:29',
      /`outputs` of `g`/,
    ],
    ['g: { steps: { i: { run: "echo ${{ steps.g.result }}" } } }', 'PLAN_CYCLE 2:43', /group that it stands in/],
  ])('%s', (steps, problem, said) => {
    const { diagnostics } = compileText(`steps:\n  ${steps}\n`);
    expect(problemsOf(diagnostics)).toEqual([problem]);
    expect(`${diagnostics[0]?.message} ${diagnostics[0]?.hint}`).toMatch(said);
  });

  it('cannot be read before the run ends', () => {
    const { diagnostics } = compileText(
      'steps: { a: { run: "echo ${{ steps.clean.result }}" } }\nfinally: { clean: { run: x } }\n',
    );
    expect(problemsOf(diagnostics)).toEqual(['EXPR_UNKNOWN_STEP 1:36']);
    expect(diagnostics[0]?.message).toContain('finally/clean');
  });
});
