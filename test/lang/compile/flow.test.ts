import { describe, expect, it } from 'vitest';
import { planHash } from '../../../src/core/plan/plan.ts';
import { compileText, planOf, problemsOf, stepOf } from './compile.ts';

const A = '${{';

describe('try', () => {
  it('has its catches in order, and its end between the first and the others', () => {
    const plan = planOf(`
steps:
  t:
    try: [{ id: a, run: x }, { id: b, run: x }]
    catch:
      - { when: error.code == 'STEP_TIMEOUT', steps: { c: { run: "echo ${A} steps.a.result }}" } } }
      - { when: "${A} steps.a.result == 'failed' }}", steps: [{ id: d, run: x }] }
      - { steps: [{ id: e, run: x }] }
    finally: { steps: [{ id: f, run: "echo ${A} error.message }}" }] }
    outputs: { x: "${A} steps.a.outputs.x ?? steps.d.outputs.x }}" }
  after: { run: "echo ${A} steps.t.outputs.x }}" }
`);
    const step = stepOf(plan, 't');
    expect(step.kind === 'try' && step.bodies.map((body) => body?.nodes.map(({ id }) => id).join())).toEqual([
      'a,b',
      'c',
      'f',
      'd',
      'e',
    ]);
    expect(step).toMatchObject({
      conditions: [
        null,
        { source: "error.code == 'STEP_TIMEOUT'" },
        null,
        { source: "steps.a.result == 'failed'" },
        null,
      ],
    });
    expect(stepOf(plan, 'after').needs).toEqual([0]);
    const caught = step.kind === 'try' ? step.bodies[1]?.nodes[0] : undefined;
    expect(caught).toMatchObject({ needs: [], if: { replacesJoin: true } });
  });

  const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
    ['nothing beside', 'steps: { t: { try: { a: { run: x } } } }\n', ['DOC_MISSING_KEY 1:15']],
    [
      'a catch elsewhere',
      'steps: { t: { run: x, catch: [{ steps: { a: { run: x } } }] } }\n',
      ['DOC_UNKNOWN_KEY 1:23'],
    ],
    ['no steps', 'steps: { t: { try: { a: { run: x } }, catch: [{ when: true }] } }\n', ['DOC_MISSING_KEY 1:49']],
    [
      'a catch that is never taken',
      'steps: { t: { try: { a: { run: x } }, catch: [{ steps: { b: { run: x } } }, { when: "true", steps: { c: { run: x } } }] } }\n',
      ['PLAN_UNREACHABLE 1:47'],
    ],
    [
      'its end is not read in its outputs',
      `steps: { t: { try: { a: { run: x } }, finally: { b: { run: x } }, outputs: { x: "${A} steps.b.result }}" } } }\n`,
      ['PLAN_INNER_STEP 1:92'],
    ],
    [
      'a reserved id',
      'steps: { t: { try: { catch: { run: x } }, finally: { b: { run: x } } } }\n',
      ['PLAN_BAD_ID 1:22'],
    ],
    [
      'an id of its body',
      'steps: { t: { try: { a: { run: x } }, finally: { a: { run: x } } } }\n',
      ['PLAN_SHADOWED_ID 1:50'],
    ],
    [
      'no such field',
      'steps: { t: { try: { a: { run: x } }, catch: [{ when: eror.code, steps: { b: { run: x } } }] } }\n',
      ['EXPR_UNKNOWN_CONTEXT 1:55'],
    ],
  ];
  it.each(ROWS)('%s', (_name, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });
});

describe('loop', () => {
  it('is a node around the step, which keeps what belongs to one iteration', () => {
    const plan = planOf(`
steps:
  a: { run: x }
  fix:
    name: Fix it
    needs: a
    if: "${A} steps.a.outputs.x }}"
    allow-failure: true
    retry: 2
    timeout: 1m
    run: "echo ${A} loop.iteration }}"
    loop: { max: 5, until: self.exit-code == 0, while: loop.iteration < 3, delay: 2s, stop-when: { plateau: 2, metric: self.lines } }
  after: { run: "echo ${A} steps.fix.outputs.stopped }}" }
`);
    const fix = stepOf(plan, 'fix');
    expect(fix).toMatchObject({
      kind: 'loop',
      name: 'Fix it',
      needs: [0],
      allowFailure: true,
      if: { expression: { source: 'steps.a.outputs.x' } },
      loop: { max: 5, delayMs: 2000, until: { source: 'self.exit-code == 0' }, plateau: { count: 2 } },
    });
    expect(fix).not.toHaveProperty('retry');
    const once = fix.kind === 'loop' ? fix.bodies[0]?.nodes[0] : undefined;
    expect(once).toMatchObject({ id: 'fix', kind: 'action', needs: [], retry: { attempts: 2 }, timeoutMs: 60_000 });
    expect(once).not.toHaveProperty('if');
    expect(stepOf(plan, 'after').needs).toEqual([1]);
  });

  const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
    ['no max', 'steps: { a: { run: x, loop: { until: true } } }\n', ['DOC_MISSING_KEY 1:23']],
    [
      'no such field',
      'steps: { a: { run: x, loop: { max: 2, until: loop.itration > 1 } } }\n',
      ['EXPR_UNKNOWN_MEMBER 1:51'],
    ],
    ['loop outside of one', `steps: { a: { run: "echo ${A} loop.iteration }}" } }\n`, ['PLAN_CONTEXT 1:30']],
    ['loop in its if', 'steps: { a: { run: x, if: loop.iteration == 1, loop: { max: 2 } } }\n', ['PLAN_CONTEXT 1:27']],
    [
      'loop of a group around',
      `steps: { g: { steps: { a: { run: "echo ${A} loop.iteration }}" } }, loop: { max: 2 } } }\n`,
      [],
    ],
    [
      'until sees the group',
      `steps: { g: { steps: { a: { run: x } }, loop: { max: 2, until: steps.a.result == 'failed' } } }\n`,
      [],
    ],
    ['until of itself', `steps: { a: { run: x, loop: { max: 2, until: steps.a.outputs.x } } }\n`, ['PLAN_CYCLE 1:52']],
  ];
  it.each(ROWS)('%s', (_name, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });
});

describe('for-each and matrix', () => {
  it('are a node around the loop around the step', () => {
    const plan = planOf(`
inputs: { all: { type: array, default: [] } }
steps:
  deploy:
    if: inputs.all
    for-each:
      items: "${A} inputs.all }}"
      key: item.name
      as: region
      filter: item.on
      distinct: item.name
      sort: { by: item.n, desc: true }
      limit: 5
      min: 1
      max: 2
      fail-fast: false
      max-failures: 20%
    loop: { max: 2 }
    env: { NAME: "${A} region.name }}" }
    steps: [{ id: a, run: "echo ${A} item.name }} ${A} index }} ${A} loop.iteration }}" }]
  short: { for-each: "${A} inputs.all }}", run: "echo ${A} item }}" }
  after: { run: "echo ${A} toJSON(steps.deploy.outputs) }} ${A} join(steps.short.items.*.key) }}" }
`);
    const deploy = stepOf(plan, 'deploy');
    expect(deploy).toMatchObject({
      kind: 'each',
      if: { expression: { source: 'inputs.all' } },
      each: {
        from: { kind: 'items', items: { expression: { source: 'inputs.all' } } },
        as: 'region',
        key: { source: 'item.name' },
        limit: { value: 5 },
        min: 1,
        max: 2,
        failFast: false,
        maxFailures: { percent: 20 },
        sort: { desc: true },
      },
    });
    const looped = deploy.kind === 'each' ? deploy.bodies[0]?.nodes[0] : undefined;
    const once = looped?.kind === 'loop' ? looped.bodies[0]?.nodes[0] : undefined;
    expect([looped?.kind, once?.kind, Object.keys(once?.env ?? {})]).toEqual(['loop', 'group', ['NAME']]);
    expect(stepOf(plan, 'short')).toMatchObject({ each: { failFast: true } });
  });

  it('know which needs only their list has', () => {
    const plan = planOf(`
steps:
  list: { run: x }
  more: { run: x }
  only: { for-each: "${A} steps.list.outputs.stdout }}", run: x }
  also: { for-each: "${A} steps.list.outputs.stdout }}", steps: { a: { run: "echo ${A} steps.list.outputs.log }}" } } }
  both: { needs: more, for-each: { items: "${A} steps.list.outputs.stdout }}", limit: "${A} steps.more.outputs.n }}" }, run: x }
`);
    const listNeeds = ['only', 'also', 'both'].map((id) => {
      const step = stepOf(plan, id);
      return step.kind === 'each' ? [step.needs, step.each?.listNeeds] : null;
    });
    expect(listNeeds).toEqual([
      [[0], [0]],
      [[0], undefined],
      [[0, 1], [0]],
    ]);
  });

  it('keep the numbers of axes as they are written', () => {
    const plan = planOf(
      `steps: { t: { matrix: { v: [3.10, "${A} 4 }}"], exclude: [{ v: 3.10 }] }, run: "echo ${A} matrix.v }}" } }`,
    );
    expect(stepOf(plan, 't')).toMatchObject({
      each: { from: { axes: [['v', { items: [{ value: '3.10' }, {}] }]], exclude: { value: [{ v: '3.10' }] } } },
    });
  });

  const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
    ['both', 'steps: { a: { run: x, for-each: [1], matrix: { b: [1] } } }\n', ['DOC_BAD_VALUE 1:38']],
    ['no items', 'steps: { a: { run: x, for-each: { key: item } } }\n', ['DOC_MISSING_KEY 1:23']],
    ['a text', 'steps: { a: { run: x, for-each: items } }\n', ['PLAN_MALFORMED 1:33']],
    ['item in if', 'steps: { a: { run: x, if: item == 1, for-each: [1] } }\n', ['PLAN_CONTEXT 1:27']],
    ['item outside', `steps: { a: { run: "echo ${A} item }}" } }\n`, ['PLAN_CONTEXT 1:30']],
    ['item in its own items', `steps: { a: { run: x, for-each: "${A} item }}" } }\n`, ['PLAN_CONTEXT 1:38']],
    ['a minus', 'steps: { a: { run: x, for-each: { items: [1], sort: -item.x } } }\n', ['PLAN_MALFORMED 1:53']],
    ['a name that is taken', 'steps: { a: { run: x, for-each: { items: [1], as: steps } } }\n', ['PLAN_CONTEXT 1:51']],
    ['objects without a key', 'steps: { a: { run: x, for-each: [{ n: 1 }, { n: 2 }] } }\n', []],
    [
      'no such axis',
      `steps: { a: { run: "echo ${A} matrix.oz }}", matrix: { os: [a] } } }\n`,
      ['EXPR_UNKNOWN_MEMBER 1:37'],
    ],
    [
      'an output of a list',
      `steps: { a: { run: x, for-each: [1] }, b: { run: "echo ${A} steps.a.outputs.stdout }}" } }\n`,
      ['EXPR_UNKNOWN_MEMBER 1:76'],
    ],
    ['a secret', `secrets: [S]\nsteps: { a: { run: x, for-each: ["${A} secrets.S }}"] } }\n`, ['EXPR_SECRET 2:39']],
  ];
  it.each(ROWS)('%s', (_name, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });

  it('warns where a resume could not know the items again', () => {
    const text = 'steps: { a: { run: x, for-each: { items: [{ n: 1 }, { n: 2 }] } } }\n';
    expect(problemsOf(compileText(text).diagnostics)).toEqual(['PLAN_ITEMS_BY_INDEX 1:42']);
  });
});

describe('race', () => {
  it('has members that are no list, and the outputs of any of them', () => {
    const plan = planOf(
      `steps: { r: { race: [{ id: a, run: x }, { id: b, run: x }] }, c: { run: "echo ${A} steps.r.outputs.stdout }}" } }`,
    );
    const step = stepOf(plan, 'r');
    expect(step.kind === 'race' && step.bodies[0]?.nodes.map(({ id, after }) => [id, after])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
  });

  it.each([
    [
      'a member that waits for another',
      'steps: { r: { race: { a: { run: x }, b: { needs: a, run: x } } } }\n',
      ['PLAN_UNREACHABLE 1:50'],
    ],
    ['max', 'steps: { r: { race: { a: { run: x } }, max: 2 } }\n', ['DOC_UNKNOWN_KEY 1:40']],
  ])('%s', (_name, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });
});

describe('hooks', () => {
  it('are no part of what a step is, see it as `self`, and pass its edges on', () => {
    const text = (hook: string): string => `
steps:
  first: { run: x }
  a:
    run: x
    on-success: [{ id: tell, run: "echo ${A} self.stdout }} ${A} steps.first.outputs.stdout }}" }]
    on-failure: { mourn: { run: "${hook}", if: error.exit-code == 3 } }
`;
    const plan = planOf(text('x'));
    const step = stepOf(plan, 'a');
    expect(step.needs).toEqual([0]);
    expect(step.hooks?.map(({ slot, body }) => [slot, body.nodes.map(({ id }) => id)])).toEqual([
      [-1, ['tell']],
      [-2, ['mourn']],
    ]);
    const edited = planOf(text('y'));
    expect(stepOf(edited, 'a').digest).toBe(step.digest);
    expect(planHash(edited)).not.toBe(planHash(plan));
  });

  it('belong to the whole of a step that is done again', () => {
    const plan = planOf('steps: { a: { run: x, for-each: [1], loop: { max: 2 }, on-failure: [{ id: b, run: x }] } }\n');
    const step = stepOf(plan, 'a');
    expect([step.kind, step.hooks?.length]).toEqual(['each', 1]);
    expect(step.kind === 'each' && step.bodies[0]?.nodes[0]?.hooks).toBeUndefined();
  });

  it.each([
    [
      'reads its own step by the id',
      `steps: { a: { run: x, on-failure: [{ id: b, run: "echo ${A} steps.a.outputs.stdout }}" }] } }\n`,
      ['PLAN_CYCLE 1:66'],
    ],
    [
      'reads an item',
      `steps: { a: { run: x, for-each: [1], on-success: [{ id: b, run: "echo ${A} item }}" }] } }\n`,
      ['PLAN_CONTEXT 1:75'],
    ],
    ['has a bad step', 'steps: { a: { run: x, on-success: [{ id: b }] } }\n', ['DOC_NO_ACTION 1:38']],
    ['an id that is the name of a hook', 'steps: { on-success: { run: x } }\n', ['PLAN_BAD_ID 1:10']],
    [
      'an id in a group that is the name of its hook',
      'steps: { g: { steps: [{ id: on-failure, run: x }], on-failure: [{ id: b, run: x }] } }\n',
      ['PLAN_BAD_ID 1:29'],
    ],
  ])('%s', (_name, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });
});
