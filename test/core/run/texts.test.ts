/** Every text of a step, wherever it is evaluated: what it needs from outside is captured first, and where it has no value the step fails of that. */
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../src/core/expr/ast.ts';
import type { Json } from '../../../src/core/json.ts';
import type { EachSpec, PlanNode } from '../../../src/core/plan/plan.ts';
import type { Probe } from '../../../src/core/plan/proof.ts';
import {
  action,
  approval,
  awaiting,
  call,
  child,
  choose,
  composite,
  each,
  equal,
  expression,
  failing,
  group,
  input,
  lit,
  loop,
  object,
  plain,
  plan,
  set,
  value,
} from './plans.ts';
import { type Reply, World } from './world.ts';

/** What a step is with a text in it that evaluates to "noon", to a list of it, or that holds. */
interface Texts {
  readonly text: Expr;
  readonly list: Expr;
  readonly truth: Expr;
}
const textsOf = (text: Expr): Texts => ({ text, list: call('split', text, lit(',')), truth: equal(text, text) });
const OUTSIDE = textsOf(call('now'));
const BROKEN = textsOf(call('toJSON', call('fromJSON', lit('{'))));

const RUN = object({ script: plain('x') });
const PROBE: Omit<Probe, 'with'> = { kind: 'probe', action: 'run', source: 'x' };
const CACHE = { inputs: plain([]), outputs: plain([]), env: plain([]), ttlMs: plain(null) };
const over = (more: Partial<EachSpec>, items: Json = ['x']) => each(action('a'), plain(items), more);
const matrix = (more: object) => each(action('a'), { kind: 'matrix', axes: [['os', plain(['x'])]], ...more });
const retried = (more: object) =>
  action('a', { retry: { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1, ...more } });
const guarded = (verify: Probe) => action('a', { idempotent: false, verify, timeoutMs: 5 });

const PLACES: Readonly<Record<string, (texts: Texts) => PlanNode>> = {
  'the request': ({ text }) => action('a', { with: object({ script: value(text) }) }),
  artifacts: ({ list }) => action('a', { artifacts: object({ paths: value(list), ifNone: plain('fail') }) }),
  'what the cache is asked by': ({ text }) => action('a', { cache: { with: object({ ...CACHE, key: value(text) }) } }),
  'the version of a tool': ({ text }) =>
    action('a', { cache: { with: object({ ...CACHE, key: plain(null) }), tools: { node: value(text) } } }),
  files: ({ list }) => action('a', { files: object({ cwd: plain(''), globs: value(list) }) }),
  'the path of a file that is waited for': ({ text }) => awaiting('a', { kind: 'file', path: value(text) }),
  'the folder of such a file': ({ text }) => awaiting('a', { kind: 'file', path: plain('f'), cwd: value(text) }),
  'a probe that is waited for': ({ text }) =>
    awaiting('a', { ...PROBE, with: object({ script: value(text) }), everyMs: 5 }),
  'the message of an approval': ({ text }) => approval('a', value(text)),
  'what an approval shows': ({ text }) => approval('a', 'Go on?', { show: value(text) }),
  'the outputs of an approval': ({ text }) => approval('a', 'Go on?', { outputs: { v: { value: value(text) } } }),
  'an `if`': ({ truth }) => action('a', { if: { expression: expression(truth), replacesJoin: false } }),
  'the branch of a `choose`': ({ truth }) => choose('a', [[truth, [action('b')]]]),
  'the condition of a `catch`': ({ truth }) =>
    composite('try', 'a', [{ nodes: [failing('b')] }, { nodes: [set('c')] }], {
      conditions: [null, expression(truth)],
    }),
  'the `while` before the first iteration': ({ text }) =>
    loop(action('a'), { max: 2, while: expression(equal(text, lit(''))) }),
  'the `until` after an iteration': ({ truth }) => loop(action('a'), { max: 2, until: expression(truth) }),
  'the items': ({ list }) => each(action('a'), value(list)),
  '`filter`': ({ truth }) => over({ filter: expression(truth) }),
  '`distinct`': ({ text }) => over({ distinct: expression(text) }),
  '`sort`': ({ text }) => over({ sort: { by: expression(text), desc: false } }),
  '`limit`': ({ list }) => over({ limit: value(call('length', list)) }),
  '`key`': ({ text }) => over({ key: expression(text) }),
  'an axis of a matrix': ({ list }) => matrix({ axes: [['os', value(list)]] }),
  '`include`': ({ text }) => matrix({ include: { kind: 'list', items: [object({ os: value(text) })] } }),
  '`exclude`': ({ text }) => matrix({ exclude: { kind: 'list', items: [object({ os: value(text) })] } }),
  '`retry.on`': ({ truth }) => retried({ on: { holds: expression(truth) } }),
  '`retry.never-on`': ({ text }) => retried({ neverOn: { holds: expression(equal(text, lit(''))) } }),
  'the globs of `ensures`': ({ list }) => action('a', { ensures: [{ kind: 'exists', globs: value(list) }] }),
  'the folder of `ensures`': ({ text }) =>
    action('a', { ensures: [{ kind: 'exists', globs: plain(['f']), cwd: value(text) }] }),
  'the globs of files that are to change': ({ list }) =>
    action('a', { ensures: [{ kind: 'files-changed', globs: value(list) }] }),
  'an expression that `ensures` holds': ({ truth }) =>
    action('a', { ensures: [{ kind: 'output', holds: expression(truth) }] }),
  'a probe of `ensures`': ({ text }) => action('a', { ensures: [{ ...PROBE, with: object({ script: value(text) }) }] }),
  'what a group ensures': ({ truth }) =>
    group('a', [action('b')], { ensures: [{ kind: 'output', holds: expression(truth) }] }),
  'the environment in which a probe of `ensures` is asked': ({ text }) =>
    group('a', [set('b')], { env: { X: value(text) }, ensures: [{ ...PROBE, with: RUN }] }),
  'which child workflow it is': ({ truth }) => {
    const one = child('a', [set('b')]);
    const files = (one.child?.files ?? []).map((file) => ({ ...file, key: 'true' }));
    return { ...one, child: { files, pick: value(call('toJSON', truth)) } };
  },
  'what a child workflow is given': ({ text }) =>
    child('a', [set('b')], { inputs: { x: input() }, with: object({ x: value(text) }) }),
  'a probe of `verify`': ({ text }) => guarded({ ...PROBE, with: object({ script: value(text) }) }),
};

/** What evaluates to false in the world outside. */
const NEVER_BEGUN = ['the `while` before the first iteration'];

/** Fails once where a retry is to follow, and takes too long where `verify` is to be asked. */
function replyOf(node: PlanNode): (work: { readonly node: string; readonly attempt: number }) => Reply {
  return ({ attempt }) => {
    if (attempt > 1 || node.kind !== 'action') return {};
    return node.retry ? { outcome: 'failed' } : node.verify ? { outcome: 'timed-out' } : {};
  };
}

/** Lives until nothing more happens, in a world that says yes to everything. */
function lived(node: PlanNode): World {
  const world = new World(plan([node]), {
    reply: replyOf(node),
    capture: ({ captures }) => ({
      values: Object.fromEntries(
        captures.map(({ key, kind }) => [key, kind === 'now' ? 'noon' : { digest: 'd', of: {} }]),
      ),
    }),
  }).go();
  for (const work of world.started) {
    const { node: path, op } = work;
    if (work.kind === 'check' || work.kind === 'ensure')
      world.apply({ type: 'check.ended', node: path, op, holds: true });
    else if (work.kind === 'wait' && work.purpose === 'approval')
      world.apply({ type: 'wait.ended', node: path, op, outputs: { verdict: 'approve', by: 'ann' } });
    else if (work.kind === 'wait') world.apply({ type: 'wait.ended', node: path, op, outputs: {} });
    else continue;
    world.go();
  }
  return world;
}

describe.each(Object.entries(PLACES))('%s', (name, nodeWith) => {
  test('is evaluated once what it needs from outside is captured, once', () => {
    const world = lived(nodeWith(OUTSIDE));
    const asked = world.events('capture.started').flatMap(({ captures }) => captures.map(({ kind }) => kind));
    expect(asked.filter((kind) => kind === 'now')).toEqual(['now']);
    expect(world.result('a')).toBe(NEVER_BEGUN.includes(name) ? 'skipped' : 'succeeded');
    expect(world.finished?.verdict).not.toBe('failed');
  });

  test('that has no value is what the step fails of', () => {
    const world = lived(nodeWith(BROKEN));
    expect([world.result('a'), world.settled('a')?.error?.code]).toEqual(['failed', 'EXPR_JSON']);
    expect(world.finished?.verdict).toBe('failed');
  });
});
