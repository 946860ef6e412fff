import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { CompositeNode, PlanNode } from '../../../src/core/plan/plan.ts';
import { validateJson } from '../../../src/core/schema/validate.ts';
import {
  action,
  child,
  each,
  equal,
  expression,
  failing,
  group,
  input,
  list,
  lit,
  loop,
  object,
  plain,
  plan,
  ref,
  set,
  value,
  wait,
} from './plans.ts';
import { type Reply, runOf, World, type WorldOptions } from './world.ts';

const FAIL: Reply = { outcome: 'failed' };
const surroundings: WorldOptions['surroundings'] = {
  validate: (schema, given) => validateJson(given, schema)[0]?.message ?? null,
};
const says = (id: string, text: string, more: Parameters<typeof action>[1] = {}) =>
  action(id, { with: object({ script: value(text) }), ...more });

/** The requests of all attempts, by path. */
function requests(world: World): Record<string, unknown> {
  return Object.fromEntries(
    world.started.flatMap((work) =>
      work.kind === 'attempt' ? [[work.node, (work.request as JsonObject).script]] : [],
    ),
  );
}
function envs(world: World): Record<string, unknown> {
  return Object.fromEntries(world.started.flatMap((work) => (work.kind === 'attempt' ? [[work.node, work.env]] : [])));
}

describe('a child workflow', () => {
  const deploy = (nodes: readonly PlanNode[] = [says('upload', 'inputs.to')]) =>
    child(
      'deploy',
      nodes,
      {
        inputs: { to: input('string', { required: true }), n: input('integer', { default: 2 }), free: input() },
        with: object({ to: value('steps.build.outputs.v') }),
        outputs: { url: { value: value('steps.upload.outputs.v') }, n: { value: value('inputs.n') } },
      },
      { needs: [0] },
    );

  test('runs the steps of its file with the inputs that it was opened with, and gives its outputs', () => {
    const nodes = [says('build', 'inputs.to'), deploy(), says('after', 'steps.deploy.outputs.url', { needs: [1] })];
    const world = runOf(
      plan(nodes),
      { build: { outputs: { v: 'eu' } }, 'deploy/upload': { outputs: { v: 'https' } } },
      {
        inputs: { to: 'of the run' },
        surroundings,
      },
    );
    expect(world.events('node.opened').find(({ node }) => node === 'deploy')).toMatchObject({
      inputs: { to: 'eu', n: 2, free: null },
    });
    expect(requests(world)).toEqual({ build: 'of the run', 'deploy/upload': 'eu', after: 'https' });
    expect(world.settled('deploy')).toMatchObject({ result: 'succeeded' });
    expect(world.finished?.verdict).toBe('succeeded');
  });

  test.each([
    ['a required input that is null', {}, 'is required, and the value given is null'],
    ['a value of another type', { v: 7 }, 'must be a text'],
  ])('fails before it begins: %s', (_, outputs, why) => {
    const world = runOf(plan([action('build'), deploy()]), { build: { outputs } }, { surroundings });
    expect(world.settled('deploy')).toMatchObject({ result: 'failed', error: { code: 'STEP_INPUT_INVALID' } });
    expect(world.settled('deploy')?.error?.message).toContain(why);
    expect(world.settled('deploy')?.error?.message).toContain(
      'The input `to` that step `deploy` gives to "deploy.yaml"',
    );
    expect(world.attempts('deploy/upload')).toBe(0);
  });

  test('sees nothing of what is around it', () => {
    const inside = set('s', {
      steps: value('steps.build.result'),
      error: value('error.code'),
      vars: value('vars'),
      name: value('workflow.name'),
      hash: value('workflow.hash'),
      inputs: value('inputs'),
    });
    const gone = ['item', 'index', 'loop'].map((name) => set(name, { v: value(name) }));
    const one = child('c', [inside, ...gone], {
      vars: { own: 1 },
      inputs: { i: input() },
      with: object({ i: value('item') }),
    });
    const twice = loop(one, { max: 1 });
    const world = runOf(
      plan([action('build'), each(twice, plain(['a']), {}, { needs: [0] })], { vars: { outer: 1 } }),
      {},
      { inputs: { x: 1 } },
    );
    for (const name of ['item', 'index', 'loop'])
      expect(world.settled(`c[a]#1/${name}`)?.error?.message).toContain(name);
    expect(world.settled('c[a]#1/s')?.outputs).toEqual({
      steps: null,
      error: null,
      vars: { own: 1 },
      name: 'c',
      hash: 'hash of c',
      inputs: { i: 'a' },
    });
  });

  test('has the environment of its file, and a fragment that of its surroundings', () => {
    const around = (isFragment?: true) =>
      group(
        'g',
        [
          child(
            'c',
            [action('a', { env: { STEP: plain('s') } })],
            {
              inputs: { i: input() },
              with: plain({ i: 'given' }),
              ...(!isFragment && { env: { OWN: value('inputs.i') } }),
            },
            { ...(isFragment && { isFragment }) },
          ),
        ],
        { env: { GROUP: plain('g') } },
      );
    const options = { env: { PLAN: plain('p') } };
    expect(envs(runOf(plan([around()], options)))).toEqual({ 'g/c/a': { OWN: 'given', STEP: 's' } });
    expect(envs(runOf(plan([around(true)], options)))).toEqual({ 'g/c/a': { PLAN: 'p', GROUP: 'g', STEP: 's' } });
  });

  test('a fragment has the name, the variables and the secrets of the workflow around, and inputs of its own', () => {
    const seen = set('s', { name: value('workflow.name'), vars: value('vars.v'), inputs: value('inputs.i') });
    const fragment = child(
      'f',
      [seen],
      { inputs: { i: input() }, with: object({ i: value('inputs.j') }) },
      { isFragment: true },
    );
    const inner = child('c', [fragment], { vars: { v: 2 }, inputs: { j: input() }, with: plain({ j: 'j' }) });
    expect(runOf(plan([inner], { vars: { v: 1 } })).settled('c/f/s')?.outputs).toEqual({
      name: 'c',
      vars: 2,
      inputs: 'j',
    });
  });

  test('does its on-failure and finally at its own end, and its failure stays one', () => {
    const parts = { onFailure: [says('tell', 'error.step')], finally: [says('clean', 'error.code')] };
    const node = child('c', list([group('g', [action('bad')]), action('never')]), parts, { allowFailure: true });
    const world = runOf(plan([node, action('next', {})]), { 'c/g/bad': FAIL });
    expect(requests(world)).toEqual({
      'c/g/bad': 'echo bad',
      next: 'echo next',
      'c/on-failure/tell': 'g/bad',
      'c/finally/clean': 'STEP_FAILED',
    });
    expect([world.result('c'), world.finished?.verdict]).toEqual(['failed', 'succeeded with allowed failures']);
  });

  test('its outputs are those of its steps, not of its end', () => {
    const outputs = { v: { value: value('steps.a.outputs.v') } };
    const node = child('c', [action('a')], { outputs, finally: [set('z', { v: plain('no') })] });
    const world = runOf(plan([node, says('b', 'steps.c.outputs.v', { needs: [0] })]), {
      'c/a': { outputs: { v: 'yes' } },
    });
    expect(requests(world).b).toBe('yes');
  });

  test('gives nothing when its end fails', () => {
    const node = child('c', [action('a')], { outputs: { v: { value: plain('x') } }, finally: [failing('z')] });
    expect(runOf(plan([node])).run.byPath.get('c')).toMatchObject({ result: 'failed', outputs: null });
  });

  test('does its on-success after its steps, and fails if that fails', () => {
    const parts = {
      onSuccess: [says('tell', 'inputs.i')],
      finally: [action('z')],
      inputs: { i: input() },
      with: plain({ i: 'x' }),
    };
    const good = runOf(plan([child('c', [action('a')], parts)]));
    expect(requests(good)).toEqual({ 'c/a': 'echo a', 'c/on-success/tell': 'x', 'c/finally/z': 'echo z' });
    const bad = runOf(plan([child('c', [action('a')], parts)]), { 'c/on-success/tell': FAIL });
    expect([bad.result('c/finally/z'), bad.result('c')]).toEqual(['succeeded', 'failed']);
  });

  test('the hooks of its step see what is around it, with the environment there', () => {
    const body = { nodes: [says('told', 'inputs.i', { env: { N: value('workflow.name') } })] };
    const node = child('c', [action('a')], {
      inputs: { i: input() },
      with: plain({ i: 'inner' }),
      env: { X: plain('x') },
    });
    const world = runOf(
      plan([{ ...node, hooks: [{ slot: -1, body }] }], { env: { Y: plain('y') } }),
      {},
      { inputs: { i: 'outer' } },
    );
    expect(requests(world)['c/on-success/told']).toBe('outer');
    expect(envs(world)['c/on-success/told']).toEqual({ Y: 'y', N: 'test' });
  });

  test('a cancel spares its finally, and a second one does not', () => {
    const node = child('c', [action('a')], { finally: [action('z')] });
    const once = new World(plan([node])).rest();
    once.command({ kind: 'cancel', node: '' });
    expect(once.end('c/a', { outcome: 'cancelled' }).end('c/finally/z').finished?.verdict).toBe('cancelled');
    expect(once.result('c/finally/z')).toBe('succeeded');
    const twice = new World(plan([node])).rest();
    twice.command({ kind: 'cancel', node: '' });
    twice.end('c/a', { outcome: 'cancelled' }).command({ kind: 'cancel', node: '' });
    expect(twice.end('c/finally/z', { outcome: 'cancelled' }).result('c/finally/z')).toBe('cancelled');
  });

  test('does as many of its steps at once as it says', () => {
    const node = child('c', [action('a'), action('b'), action('c')], { concurrency: 2 });
    const world = new World(plan([node])).rest();
    expect(world.started.map((work) => work.node)).toEqual(['c/a', 'c/b']);
    expect(world.end('c/a').started.at(-1)?.node).toBe('c/c');
  });

  test('is done anew as a whole by its retry, with the inputs that it has', () => {
    let times = 0;
    const node = child(
      'c',
      [says('a', 'inputs.i')],
      { inputs: { i: input() }, with: plain({ i: 'x' }) },
      {
        retry: { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 },
      },
    );
    const world = new World(plan([node]), { reply: () => (++times === 1 ? FAIL : {}) }).go();
    expect(
      world
        .events('node.opened')
        .filter(({ node: path }) => path === 'c')
        .map(({ inputs }) => inputs),
    ).toEqual([{ i: 'x' }, undefined]);
    expect(world.crash().run.byPath.get('c')?.slots?.child?.inputs).toEqual({ i: 'x' });
    expect([requests(world)['c/a'], world.finished?.verdict]).toEqual(['x', 'succeeded']);
  });

  test('a loop sees what it gave as `self`', () => {
    const once = child('c', [set('a', { n: value('inputs.n') })], {
      inputs: { n: input('integer') },
      with: object({ n: value('loop.iteration') }),
      outputs: { n: { value: value('inputs.n') } },
    });
    const until = expression(equal(ref('self.outputs.n'), lit(2)));
    const world = runOf(plan([loop(once, { max: 5, until })]));
    expect(world.settled('c')).toMatchObject({ result: 'succeeded', outputs: { iterations: 2, stopped: 'until' } });
  });
});

describe('which of several files is run', () => {
  const file = (key: string) => ({
    ...(child('d', [], { file: `${key}.yaml` }).child?.files[0] as NonNullable<
      CompositeNode['child']
    >['files'][number]),
    key,
  });
  const picked = (pick: string): CompositeNode => {
    const node = child('d', []);
    const bodies = [
      { nodes: [action('eu')] },
      null,
      null,
      null,
      { nodes: [action('us')] },
      null,
      { nodes: [action('z')] },
      null,
    ];
    return { ...node, bodies, needs: [0], child: { pick: value(pick), files: [file('eu'), file('us')] } };
  };
  test('is said by the value of the template, once', () => {
    const world = runOf(plan([action('a'), picked('steps.a.outputs.v')]), { a: { outputs: { v: 'us' } } });
    expect(world.events('node.opened').at(-1)).toMatchObject({ node: 'd', child: 1, inputs: {} });
    expect(world.started.map((work) => work.node)).toEqual(['a', 'd/us', 'd/finally/z']);
    expect(world.crash().result('d')).toBe('succeeded');
  });
  test('a text that no file was planned for fails the step', () => {
    const world = runOf(plan([action('a'), picked('steps.a.outputs.v')]), { a: { outputs: { v: 'asia' } } });
    expect(world.settled('d')).toMatchObject({ result: 'failed', error: { code: 'STEP_WORKFLOW_UNKNOWN' } });
  });
});

describe('a resume inside a child workflow', () => {
  const inputs = { a: input(), b: input() };
  const node = (a: string, b: string, parts: Parameters<typeof child>[2] = {}, nodes?: readonly PlanNode[]) =>
    child('c', nodes ?? [says('x', 'inputs.a'), says('y', 'inputs.b'), says('z', 'inputs.b')], {
      inputs,
      with: plain({ a, b }),
      ...parts,
    });
  /** What became of each step in the second life of a run. */
  const resumed = (world: World, ...args: Parameters<World['resume']>): Record<string, string> => {
    const from = world.journal.length;
    world.resume(...args).go();
    const settled = world.journal
      .slice(from)
      .flatMap((one) => (one.type === 'step.settled' && !['', 'c'].includes(one.node) ? [one] : []));
    return Object.fromEntries(settled.map((one) => [one.node, one.result]));
  };

  test('keeps the steps that read none of the inputs that changed', () => {
    const world = runOf(plan([node('1', '1')]));
    expect(resumed(world, plan([node('1', '2')]))).toEqual({ 'c/x': 'kept', 'c/y': 'succeeded', 'c/z': 'succeeded' });
  });

  test('does a step again whose outputs are made of an input that changed', () => {
    const made = action('x', { outputs: { o: { value: value('inputs.a') } } });
    const world = runOf(plan([node('1', '1', {}, [made])]));
    expect(resumed(world, plan([node('2', '1', {}, [made])]))).toEqual({ 'c/x': 'succeeded' });
  });

  test('does all of it again after a step that it was given something of: that may have made files too', () => {
    const around = (text: string) =>
      plan([
        action('from', { with: plain({ script: text }) }),
        child(
          'c',
          [says('x', 'inputs.b')],
          { inputs, with: object({ a: value('steps.from.outputs.v') }) },
          { needs: [0] },
        ),
      ]);
    const world = runOf(around('1'), { from: { outputs: { v: 'same' } } });
    expect(resumed(world, around('2'))).toEqual({ from: 'succeeded', 'c/x': 'succeeded' });
  });

  const ends = { onFailure: [action('tell')], finally: [action('clean')] };
  test('keeps what was done at its end with all of its steps', () => {
    const world = runOf(plan([node('1', '1', ends), action('bad')]), { bad: FAIL });
    expect(resumed(world)).toEqual({
      'c/x': 'kept',
      'c/y': 'kept',
      'c/z': 'kept',
      'c/finally/clean': 'kept',
      bad: 'failed',
    });
  });
  test('does its end again when something in it was done again, or failed again', () => {
    const world = runOf(plan([node('1', '1', ends)]), { 'c/y': FAIL });
    const again = {
      'c/x': 'kept',
      'c/y': 'failed',
      'c/z': 'kept',
      'c/on-failure/tell': 'succeeded',
      'c/finally/clean': 'succeeded',
    };
    expect(resumed(world)).toEqual(again);
    const computed = runOf(plan([node('1', '1', ends, [failing('no')])]));
    expect(resumed(computed)).toEqual({
      'c/no': 'failed',
      'c/on-failure/tell': 'succeeded',
      'c/finally/clean': 'succeeded',
    });
  });
  test('runs a named step of it, what depends on it, and its end', () => {
    const nodes = [action('x'), action('y', { needs: [0] }), wait('z')];
    const world = runOf(plan([node('1', '1', ends, nodes)]));
    expect(resumed(world, undefined, { rerun: ['c/x'], downstream: true })).toEqual({
      'c/x': 'succeeded',
      'c/y': 'succeeded',
      'c/z': 'kept',
      'c/finally/clean': 'succeeded',
    });
    expect(resumed(world, undefined, { only: ['c/x'], rerun: ['c/x'] })).toEqual({
      'c/x': 'succeeded',
      'c/y': 'kept',
      'c/z': 'kept',
      'c/finally/clean': 'succeeded',
    });
  });
});
