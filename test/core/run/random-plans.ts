/** Random plans of every construct, and what happens to them: for the property test. */
import fc from 'fast-check';
import type { Expr, Template } from '../../../src/core/expr/ast.ts';
import type { Json } from '../../../src/core/json.ts';
import {
  type ActionNode,
  type ApproveNode,
  type Awaited,
  type AwaitNode,
  type ChildFile,
  type ChildSpec,
  COMPENSATE_HOOK,
  type CompositeNode,
  type EachSpec,
  type HookSpec,
  type Join,
  type LoopSpec,
  type Matrix,
  ON_FAILURE_HOOK,
  ON_SUCCESS_HOOK,
  type Plan,
  type PlanNode,
  type Retry,
} from '../../../src/core/plan/plan.ts';
import type { Ensure, Probe, Verify } from '../../../src/core/plan/proof.ts';
import {
  action,
  approval,
  awaiting,
  both,
  call,
  choose,
  composite,
  equal,
  expression,
  failing,
  group,
  list,
  lit,
  type More,
  object,
  plain,
  plan,
  ref,
  set,
  value,
  wait,
  when,
} from './plans.ts';

const int = (min: number, max: number) => fc.integer({ min, max });
/** There once in `weight` + 1 times. */
const rare = <T>(arbitrary: fc.Arbitrary<T>, weight = 4): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

interface Raw {
  readonly kind: string;
  readonly needs: readonly number[];
  readonly join: Join | undefined;
  readonly test: { readonly form: number; readonly need: number; readonly equals: number } | undefined;
  readonly retry: Retry | undefined;
  readonly flags: number;
  readonly text: number;
  readonly pick: number;
  readonly max: number | undefined;
  readonly limits: { readonly timeoutMs: number; readonly totalTimeoutMs: number; readonly which: number } | undefined;
  readonly isList: boolean;
  readonly bodies: readonly (readonly Raw[])[];
  readonly each:
    | {
        readonly form: number;
        readonly max: number | undefined;
        readonly keys: number;
        readonly failures: number;
        readonly isTurned: boolean;
      }
    | undefined;
  readonly hooks: { readonly success: readonly Raw[]; readonly failure: readonly Raw[] } | undefined;
  readonly isInHook?: true;
  readonly lock: number | undefined;
  /** What it ensures, and whether it may be done twice. */
  readonly proof: number | undefined;
  /** What undoes it. */
  readonly undo: readonly Raw[] | undefined;
  readonly once: number | undefined;
  readonly cache: number | undefined;
  readonly loop: { readonly max: number; readonly tests: number; readonly delayMs: number } | undefined;
}

const failures = fc.subarray(['STEP_FAILED', 'STEP_TIMEOUT', 'STEP_OUTPUT_INVALID']).map((errors) => ({ errors }));

const retry: fc.Arbitrary<Retry> = fc
  .record({
    attempts: int(1, 3),
    delayMs: fc.constantFrom(0, 0, 5, 900),
    backoff: fc.constantFrom('constant', 'linear', 'exponential'),
    factor: fc.constant(2),
    jitter: rare(int(1, 100)),
    maxDurationMs: rare(int(1, 300)),
    on: rare(failures),
    neverOn: rare(failures),
  })
  .map((made) => JSON.parse(JSON.stringify(made)) as Retry); // without the keys that are undefined

/** The members of a composite fail in ways that the oracle does not tell apart. */
function retryOf({ retry: given, kind }: Raw): { readonly retry?: Retry } {
  if (given === undefined) return {};
  const { on, neverOn, ...rest } = given;
  const isAction = kind === 'action';
  return { retry: { ...rest, ...(isAction && on && { on }), ...(isAction && neverOn && { neverOn }) } };
}

function raw(depth: number): fc.Arbitrary<Raw> {
  const kinds = [
    'action',
    'action',
    'action',
    'action',
    'action',
    'set',
    'set',
    'wait',
    'await',
    'fail',
    'approve',
    'approve',
  ];
  const composites = ['group', 'group', 'group', 'group', 'choose', 'try', 'race', 'race', 'workflow', 'workflow'];
  const body =
    depth > 0 ? fc.array(raw(depth - 1), { minLength: 0, maxLength: 4, size: 'max' }) : fc.constant<Raw[]>([]);
  const hook = depth > 0 ? fc.array(raw(0), { maxLength: 2 }) : fc.constant<Raw[]>([]);
  return fc.record({
    kind: fc.constantFrom(...kinds, ...(depth > 0 ? composites : [])),
    needs: fc.array(int(0, 9), { maxLength: 3, size: 'max' }),
    join: rare(fc.constantFrom<Join>('all-done', 'any-succeeded', 'none-failed', 'all-succeeded'), 3),
    test: rare(fc.record({ form: int(0, 7), need: int(0, 9), equals: int(0, 2) }), 3),
    retry: rare(retry, 3),
    flags: int(0, 255),
    text: fc.constantFrom(0, 1, 2, 2, 3, 3, 4, 5),
    pick: int(0, 9),
    max: rare(int(1, 2), 1),
    limits: rare(fc.record({ timeoutMs: int(1, 300), totalTimeoutMs: int(1, 600), which: int(0, 2) }), 5),
    isList: fc.boolean(),
    bodies: fc.array(body, { minLength: 3, maxLength: 3 }),
    each: rare(
      fc.record({
        form: int(0, 6),
        max: rare(int(1, 2), 1),
        keys: int(0, 255),
        failures: int(0, 5),
        isTurned: fc.boolean(),
      }),
      7,
    ),
    hooks: depth > 0 ? rare(fc.record({ success: hook, failure: hook }), 5) : fc.constant(undefined),
    lock: rare(int(0, 5), 9),
    proof: rare(int(0, 11), 4),
    undo: depth < 0 ? fc.constant(undefined) : rare(fc.array(raw(-1), { minLength: 1, maxLength: 2 }), 3),
    once: rare(int(0, 5), 9),
    cache: rare(int(0, 3), 3),
    loop: rare(fc.record({ max: int(1, 4), tests: int(0, 63), delayMs: fc.constantFrom(0, 0, 5) }), 7),
  });
}

function repeatedText({ loop, each }: Raw): Template {
  if (each === undefined || (loop !== undefined && loop.tests % 2 === 0)) return value('loop.iteration');
  return value(each.form === 6 ? 'matrix.b' : each.max === 1 ? 'index' : 'item');
}

/** Limits of a composite: one of them, or both. */
function limitsOf({ limits }: Raw): Partial<CompositeNode> {
  if (limits === undefined) return {};
  const { timeoutMs, totalTimeoutMs, which } = limits;
  return { ...(which !== 1 && { timeoutMs }), ...(which !== 0 && { totalTimeoutMs }) };
}

/** Of what is done again only the time of all. */
function totalOf({ limits }: Raw): Partial<CompositeNode> {
  return limits === undefined || limits.which === 0 ? {} : { totalTimeoutMs: limits.totalTimeoutMs };
}

/** Of these a loop sees `self`. */
const LEAVES: readonly string[] = ['action', 'set', 'wait', 'await', 'fail', 'approve', 'workflow'];
const NODES = fc.array(raw(2), { minLength: 1, maxLength: 6, size: 'max' });

/** A plan with an edited form of itself: a step changed, added in front, or taken away. */
export const PLANS: fc.Arbitrary<{ readonly plan: Plan; readonly edited: Plan }> = fc
  .record({
    nodes: NODES,
    isList: fc.boolean(),
    onFailure: rare(fc.array(raw(0), { minLength: 1, maxLength: 2 }), 1),
    last: rare(fc.array(raw(0), { minLength: 1, maxLength: 2 }), 1),
    onSuccess: rare(fc.array(raw(0), { minLength: 1, maxLength: 2 }), 1),
    concurrency: int(1, 4),
    timeoutMs: rare(int(1, 900), 7),
    isGroup: rare(fc.constant(true), 3),
    undo: rare(fc.record({ form: int(0, 5), at: int(0, 5) }), 1),
    edit: fc.record({ at: int(0, 9), how: int(0, 4) }),
    hasChild: fc.boolean(),
    saves: rare(fc.constant(true)),
  })
  .map(
    ({
      saves,
      nodes: given,
      hasChild,
      isList,
      onFailure,
      last,
      onSuccess,
      concurrency,
      isGroup,
      edit,
      timeoutMs,
      undo,
    }) => {
      // What a child workflow keeps shows only when it is edited, or what it is given is made again.
      const nodes = given.map((node, i) => (hasChild && i === 1 ? { ...node, kind: 'workflow' } : node));
      const inGroup = (made: Plan): Plan =>
        isGroup ? { ...made, root: { ...made.root, claim: { of: 'group', name: plain('g') } } } : made;
      const make = (raws: readonly Raw[]): Plan =>
        limited(
          timeoutMs,
          plan(build(raws, isList), {
            concurrency,
            ...((onFailure || undo) && { onFailure: withCompensation(build(onFailure ?? [], true), undo) }),
            ...(last && { finally: build(last, false) }),
            ...(onSuccess && { onSuccess: build(onSuccess, false) }),
          }),
        );
      const saving = (made: Plan): Plan => (saves ? { ...made, workspace: { save: true } } : made);
      return { plan: saving(inGroup(make(nodes))), edited: saving(inGroup(make(editOf(nodes, edit)))) };
    },
  );

function limited(timeoutMs: number | undefined, made: Plan): Plan {
  return timeoutMs === undefined ? made : { ...made, root: { ...made.root, timeoutMs } };
}

function editOf(nodes: readonly Raw[], { at, how }: { readonly at: number; readonly how: number }): readonly Raw[] {
  const index = at % nodes.length;
  if (how === 0) return nodes;
  if (how === 1) return nodes.map((node, i) => (i === index ? { ...node, text: node.text + 8 } : node));
  if (how === 2 && nodes.length > 1) return nodes.filter((_, i) => i !== index);
  if (how === 4)
    return nodes.map((node) => (node.each ? { ...node, each: { ...node.each, isTurned: !node.each.isTurned } } : node));
  return [nodes[index] as Raw, ...nodes];
}

/** Needs point backwards; a step named by its position is anonymous, and keeps its digest wherever it stands. */
function build(raws: readonly Raw[], isList: boolean): readonly PlanNode[] {
  const nodes = raws.map((node, index) => buildNode(node, index, isList));
  const named = nodes.map((node) => withoutBlindRework(node, nodes));
  return isList ? list(named) : named;
}

/** A rejection leads back to a step that has a name: the compiler sees to it. */
function withoutBlindRework(node: PlanNode, nodes: readonly PlanNode[]): PlanNode {
  if (node.kind !== 'approve' || typeof node.onReject !== 'object') return node;
  const { onReject, ...rest } = node;
  return nodes.some(({ id }) => id === onReject.to) ? node : rest;
}

function buildNode(node: Raw, index: number, isList: boolean): PlanNode {
  const anonymous = isList && (node.flags & 1) === 1 && (node.flags & 2) === 2;
  const id = anonymous ? `step-${index}` : `n${index}`;
  const wanted = node.needs.length === 0 && node.kind === 'approve' ? [node.pick] : node.needs; // one to go back to
  const needs = isList || index === 0 ? [] : [...new Set(wanted.map((k) => k % index))];
  const condition = conditionOf(node, needs, index);
  const named: More = anonymous ? { anonymous: true, digest: `${node.kind} ${node.text}` } : {};
  const around: More = {
    ...named,
    needs,
    ...(node.join && { join: node.join }),
    ...(condition && { if: condition }),
    ...((node.flags & 12) === 12 && { continueOnError: true }),
    ...((node.flags & 48) === 48 && { allowFailure: true }),
    ...(node.hooks && !hasOwnEnd(node) && { hooks: hooksOf(node.hooks, node.isList) }),
  };
  const undoing = undoingOf(node);
  const inner: More = {
    ...named,
    ...retryOf(node),
    ...lockOf(node, needs),
    ...ensuresOf(node),
    ...(undoing && { hooks: undoing }),
  };
  const hooks = [...(around.hooks ?? []), ...(undoing ?? [])];
  if (node.loop === undefined && node.each === undefined)
    return kindOf(
      node,
      id,
      { ...around, ...inner, ...(hooks.length > 0 && { hooks }) },
      needs,
      backTo(node, needs, isList, index),
    );
  let once = kindOf(node, id, inner, needs, null, true);
  const more = node.each === undefined ? around : named;
  if (node.loop)
    once = composite('loop', id, [{ nodes: [once] }], {
      ...more,
      ...(node.each === undefined && totalOf(node)),
      loop: loopOf(node, node.loop),
    });
  if (node.each)
    once = composite('each', id, [{ nodes: [once] }], {
      ...around,
      ...totalOf(node),
      each: eachOf(node.each, needs),
    });
  return once;
}

/** What such a `try`, or such a child workflow, does after its steps stands where its hooks would. */
function hasOwnEnd({ kind, pick, isList }: Raw): boolean {
  return (kind === 'try' && pick > 7) || (kind === 'workflow' && (pick > 5 || pick % 2 === 1 || isList));
}

function hooksOf({ success, failure }: NonNullable<Raw['hooks']>, isList: boolean): readonly HookSpec[] {
  const body = (raws: readonly Raw[]) => ({
    nodes: build(
      raws.map((raw) => ({ ...raw, isInHook: true })),
      isList,
    ),
  });
  const hooks: HookSpec[] = [];
  if (success.length > 0) hooks.push({ slot: ON_SUCCESS_HOOK, body: body(success) });
  if (failure.length > 0) hooks.push({ slot: ON_FAILURE_HOOK, body: body(failure) });
  return hooks;
}

function undoingOf({ undo, isList }: Raw): readonly HookSpec[] | null {
  if (undo === undefined) return null;
  const nodes = undo.map((raw) => ({ ...raw, isInHook: true as const }));
  return [{ slot: COMPENSATE_HOOK, body: { nodes: build(nodes, isList) } }];
}

/** A key of its own, one that others share, one that is made when it is needed, or none at all. */
function onceOf({ once, text, flags }: Raw, needs: readonly number[]): Pick<ActionNode, 'once'> {
  if (once === undefined) return {};
  if (once === 3) return { once: value(call('now')) };
  if (once === 4) return { once: value(needs.length > 0 ? `steps.n${needs[0]}.outputs.v` : 'run.none') };
  return { once: plain(once === 5 ? `key ${flags}` : `key ${text % 2}`) };
}

/** As a step of an `on-failure`: it undoes all, or some that may be there. */
function compensation({ form, at }: { readonly form: number; readonly at: number }, index: number): PlanNode {
  return composite('compensate', `u${index}`, [], form < 3 ? {} : { undoes: [`n${at}`, `n${form}`] });
}

/** Before what is done at the end otherwise, or after it. */
function withCompensation(
  nodes: readonly PlanNode[],
  undo: { readonly form: number; readonly at: number } | undefined,
): readonly PlanNode[] {
  if (undo === undefined) return nodes;
  const made = compensation(undo, nodes.length);
  return list(undo.form % 2 === 0 ? [made, ...nodes] : [...nodes, made]);
}

function lockOf({ lock, text }: Raw, needs: readonly number[]): Pick<More, 'claim'> {
  if (lock === undefined) return {};
  const read = needs.length > 0 && lock > 3 ? value(`steps.n${needs[0]}.outputs.v`) : plain(`lock ${text % 2}`);
  return { claim: { of: 'lock', name: lock === 3 ? value(call('now')) : read } };
}

function eachOf(raw: NonNullable<Raw['each']>, needs: readonly number[]): EachSpec {
  const { form, max, keys, failures } = raw;
  const turned = <T>(items: readonly T[]): readonly T[] => (raw.isTurned ? items.toReversed() : items);
  const read = value(needs.length > 0 ? `steps.n${needs[0]}.outputs.v` : 'run.none');
  const lists: readonly Template[] = [
    plain(turned(['a', 'b', 'c'])),
    needs.length > 0 ? { kind: 'list', items: turned([plain('a'), read, plain('v1')]) } : plain(['a', 'b']),
    plain(
      turned([
        { k: 'x', s: 2 },
        { k: 'y', s: 1 },
        { k: 'z', s: 1 },
      ]),
    ),
    plain([]),
    plain(turned(['a', 'a', 'b'])),
    plain(turned(['a', 'b'])),
  ];
  const shared = {
    failFast: (keys & 1) === 1,
    ...((keys & 36) === 36 && needs.length > 0 && { listNeeds: [needs[0] as number] }),
    ...(max !== undefined && { max }),
    ...(failures > 2 && { maxFailures: failures === 3 ? 1 : { percent: failures * 10 } }),
    ...((keys & 24) === 24 && { limit: plain(2) }),
    ...((keys & 96) === 96 && { min: 2 }),
  };
  if (form === 6) return { ...shared, from: matrixOf(keys, turned, needs.length > 0 ? read : plain('x')) };
  const isObject = form === 2;
  return {
    ...shared,
    from: { kind: 'items', items: lists[form] as Template },
    ...(isObject && { key: expression(ref('item.k')) }),
    ...(isObject && (keys & 2) === 2 && { sort: { by: expression(ref('item.s')), desc: (keys & 4) === 4 } }),
    ...(!isObject && (keys & 6) === 6 && { distinct: expression(ref('item')) }),
    ...(!isObject && (keys & 130) === 130 && { filter: expression(equal(ref('item'), lit('a'))) }),
  };
}

function matrixOf(keys: number, turned: <T>(items: readonly T[]) => readonly T[], read: Template): Matrix {
  return {
    kind: 'matrix',
    axes: [
      ['a', plain(turned([1, 2]))],
      ['b', { kind: 'list', items: [plain('x'), read] }],
    ],
    ...((keys & 2) === 2 && { exclude: plain([{ a: 1, b: 'x' }]) }),
    ...((keys & 4) === 4 && { include: plain([{ a: 2, c: 3 }, { a: 9 }, { c: 4, b: 'x' }]) }),
  };
}

function loopOf(node: Raw, { max, tests, delayMs }: NonNullable<Raw['loop']>): LoopSpec {
  const isGroup = !LEAVES.includes(node.kind);
  const outputs = isGroup ? 'steps.n0.outputs' : 'self.outputs';
  const until = [equal(ref(`${outputs}.v`), lit('v1')), equal(ref('loop.last.outputs.v'), lit('v2'))][
    tests % 2
  ] as Expr;
  const again = [equal(ref('loop.last.outputs.v'), lit('v0')), lit(true), equal(ref('loop.iteration'), lit(1))][
    tests % 3
  ];
  const metric = [lit(1), ref('loop.iteration'), ref(`loop.iteration`)][tests % 3] as Expr;
  return {
    max,
    delayMs,
    ...((tests & 12) === 12 && { until: expression(until) }),
    ...((tests & 48) === 48 && { while: expression(again as Expr) }),
    ...((tests & 20) === 20 && { plateau: { count: 2, metric: expression(metric) } }),
  };
}

function conditionOf(node: Raw, needs: readonly number[], index: number) {
  if (node.test === undefined) return undefined;
  const { form, need, equals } = node.test;
  if (node.isInHook && form < 2) return when(equal(ref('error.code'), lit('STEP_FAILED')));
  const named = needs.length > 0 ? `n${needs[need % needs.length]}` : `n${index === 0 ? 0 : need % index}`;
  const test = equal(ref(`steps.${named}.outputs.v`), lit(`v${equals}`));
  const status = ['success', 'failure', 'always', 'cancelled'][form % 4] as string;
  if (form < 4) return when(test);
  return form < 6 ? when(call(status), true) : when(both(call(status), test), true);
}

function textOf(node: Raw, needs: readonly number[]): Template {
  if (node.text === 5 && node.isInHook) return value('self.result');
  if (node.text === 1) return value(call('now'));
  if (node.text === 2) return value(call('__envRun', lit('cmd')));
  if (node.text === 5) return value('rework.count');
  if (node.text === 3 && needs.length > 0) return value(`steps.n${needs[0]}.outputs.v`);
  return plain(`v${node.text}`);
}

/** The index of a step before it. */
function backTo({ pick }: Raw, needs: readonly number[], isList: boolean, index: number): number | null {
  if (isList) return index === 0 ? null : pick % index;
  return needs.length === 0 ? null : (needs[pick % needs.length] ?? null);
}

function kindOf(
  node: Raw,
  id: string,
  more: More,
  needs: readonly number[],
  back: number | null,
  isRepeated = false,
): PlanNode {
  const text = isRepeated && node.text === 4 ? repeatedText(node) : textOf(node, needs);
  switch (node.kind) {
    case 'set':
      return set(id, { v: node.text === 2 ? plain('v2') : text }, more);
    case 'fail':
      return failing(id, 'no', more);
    case 'approve': {
      const { retry: _retry, ...rest } = more; // the compiler refuses one
      return approval(id, node.text === 1 ? plain('now?') : text, { ...rest, ...rejectionOf(node, back) });
    }
    case 'wait':
      return wait(id, `${1 + (node.text % 3)}s`, more);
    case 'await':
      return awaitOf(node, id, more, text);
    case 'group':
      return group(id, build(node.bodies[0] ?? [], node.isList), {
        ...more,
        ...limitsOf(node),
        ...(node.max !== undefined && { max: node.max }),
        ...((node.flags & 64) === 64 && { failFast: true }),
      });
    case 'choose':
      return chooseOf(node, id, more, needs);
    case 'try':
      return tryOf(node, id, more);
    case 'workflow':
      return childOf(node, id, more, needs);
    case 'race':
      return composite('race', id, [{ nodes: build(node.bodies[0] ?? [], false) }], { ...more, ...limitsOf(node) });
    default:
      return actionOf(node, id, more, text, needs);
  }
}

function rejectionOf({ pick, flags }: Raw, back: number | null): Partial<ApproveNode> {
  const limit = (flags & 3) === 1 ? { timeoutMs: 30 + pick } : {};
  const usual = (flags & 7) === 5 ? { default: pick % 2 ? 'approve' : 'reject' } : {};
  if (back !== null && pick > 0) return { ...limit, ...usual, onReject: { to: `n${back}`, max: 1 + (pick % 2) } };
  return { ...limit, ...usual, ...(pick % 2 === 1 && { onReject: 'skip' as const }) };
}

function actionOf(node: Raw, id: string, more: More, text: Template, needs: readonly number[]): ActionNode {
  const outputs =
    (node.flags & 192) === 192 ? { outputs: { w: { value: value('self.outputs.v'), schema: { const: 'v1' } } } } : {};
  const env = node.text === 2 ? { env: { E: text } } : {};
  const request = node.text === 2 ? plain({ script: 'x' }) : object({ script: text });
  const { ensures: _ensures, ...bare } = more;
  if (node.pick > 7) return { ...action(id, { ...bare, ...env, with: request }), action: 'service' };
  const files = node.pick > 4 ? { files: plain({ cwd: '', globs: ['**'] }) } : {};
  return action(id, {
    ...more,
    ...files,
    ...outputs,
    ...env,
    ...onceOf(node, needs),
    ...(more.anonymous ? {} : guardOf(node)),
    ...(node.proof === undefined || node.proof < 4 ? cacheOf(node) : {}),
    with: request,
  });
}

const LOOK: Probe = { kind: 'probe', action: 'run', with: plain({ script: 'x' }), source: 'x' };

function ensuresOf({ kind, proof, text }: Raw): Pick<More, 'ensures'> {
  const isOf = kind === 'action' || ['group', 'choose', 'try', 'race', 'workflow'].includes(kind);
  if (proof === undefined || proof > 7 || !isOf) return {};
  const own = kind === 'action' || kind === 'workflow' ? 'self.outputs.v' : 'steps.n0.outputs.v';
  const forms: readonly (readonly Ensure[])[] = [
    [LOOK],
    [{ kind: 'output', holds: expression(equal(ref(own), lit(`v${text % 2}`))) }],
    [{ kind: 'files-changed', globs: plain(['a', '!b']) }, LOOK],
    [{ kind: 'output', holds: expression(lit(true)) }, { kind: 'commit' }],
  ];
  const ensures = forms[proof % forms.length];
  return ensures === undefined ? {} : { ensures };
}

function guardOf({ proof, isInHook }: Raw): Pick<ActionNode, 'idempotent' | 'verify'> {
  if (proof === undefined || proof < 4 || isInHook) return {};
  const forms: readonly (Verify | null)[] = [
    null,
    LOOK,
    { kind: 'condition', holds: expression(equal(call('now'), lit('value 1'))) },
    LOOK,
  ];
  const verify = forms[proof % forms.length] ?? null;
  return { idempotent: false, ...(verify !== null && { verify }) };
}

/** One in four is cached by something that is captured. */
function cacheOf({ cache }: Raw): Pick<ActionNode, 'cache'> {
  if (cache === undefined) return {};
  const key = cache === 0 ? value(call('now')) : plain(null);
  return {
    cache: { with: object({ inputs: plain(null), outputs: plain([]), key, env: plain([]), ttlMs: plain(null) }) },
  };
}

/** What it waits for comes sooner or later: values from outside, probes and events are random. */
function awaitOf(node: Raw, id: string, { retry: _retry, ...more }: More, text: Template): AwaitNode {
  const request = node.text === 2 ? plain({ script: 'x' }) : object({ script: text });
  const env = node.text === 2 ? { env: { E: text } } : {};
  const whats: readonly Awaited[] = [
    { kind: 'event', name: 'e0' },
    { kind: 'event', name: `e${node.pick % 2}`, match: expression(equal(ref('event'), lit(node.pick % 3))) },
    { kind: 'condition', until: expression(equal(call('now'), lit(`value ${node.pick % 4}`))), everyMs: 5 },
    { kind: 'condition', until: expression(lit(true)), everyMs: 5 },
    { kind: 'probe', action: 'run', with: request, source: 'x', everyMs: 9 },
    { kind: 'file', path: plain(`f${node.text}`) },
  ];
  const timeoutMs = node.limits === undefined ? {} : { timeoutMs: node.limits.timeoutMs };
  return awaiting(id, whats[node.pick % whats.length] as Awaited, { ...more, ...env, ...timeoutMs });
}

function chooseOf(node: Raw, id: string, more: More, needs: readonly number[]): CompositeNode {
  const conditions: readonly (Expr | null)[] = [
    needs.length > 0 ? equal(ref(`steps.n${needs[0]}.outputs.v`), lit(`v${node.pick % 3}`)) : lit(node.pick > 5),
    node.pick % 2 === 0 ? null : lit(false),
  ];
  return choose(
    id,
    conditions.map((test, k) => [test, build(node.bodies[k] ?? [], node.isList)] as const),
    { ...more, ...limitsOf(node) },
  );
}

function tryOf(node: Raw, id: string, more: More): CompositeNode {
  const body = (k: number) => ({ nodes: build(node.bodies[k] ?? [], node.isList) });
  const bodies = [body(0), node.pick % 2 ? body(1) : null, node.pick % 3 ? body(2) : null];
  const tests = [equal(ref('error.code'), lit('STEP_FAILED')), equal(ref('steps.n0.outputs.v'), lit('v1'))];
  const conditions = [
    null,
    expression(tests[node.pick % 3] ?? lit(true)),
    null,
    expression(tests[1 - (node.text % 2)] ?? lit(true)),
    null,
  ];
  const rethrow = node.pick > 7;
  if (node.isList) bodies.push(body(node.text % 2), ...(node.pick > 4 && !rethrow ? [body(0)] : []));
  return composite('try', id, bodies, { ...more, ...limitsOf(node), conditions, ...(rethrow && { rethrow }) });
}

/** A child workflow, a fragment, or one of two workflows; its steps read its inputs, and nothing from around it. */
function childOf(node: Raw, id: string, more: More, needs: readonly number[]): CompositeNode {
  const read = needs.length > 0 ? value(`steps.n${needs[0]}.outputs.v`) : plain(`v${node.text % 3}`);
  const given = object({
    a: node.text === 1 ? value(call('now')) : read,
    b: plain(`v${(node.pick + (node.text > 7 ? 1 : 0)) % 2}`),
  });
  const inner = (k: number) => ({ nodes: build(node.bodies[k] ?? [], node.isList).map(withInputs) });
  const isFragment = node.flags % 4 === 1;
  const fileAt = (key: string, a: Json): ChildFile => ({
    key,
    name: key,
    file: `${key}.yaml`,
    hash: key,
    inputs: {
      a: { type: 'string', required: node.text === 5, schema: node.text === 0 ? { const: 'v1' } : {}, default: a },
      b: { type: 'string', required: true, schema: {} },
    },
    secrets: [],
    env: isFragment ? {} : { C: value('inputs.b') },
    vars: {},
    outputs: { v: { value: value('inputs.a') }, w: { value: value('steps.n0.outputs.v') } },
    with: given,
    ...(node.max !== undefined && { concurrency: node.max }),
  });
  const undo = node.flags % 3 === 1 ? { form: node.text, at: 0 } : undefined;
  const one = [
    inner(0),
    node.pick % 2 ? { nodes: withCompensation(inner(1).nodes, undo) } : null,
    node.pick % 3 ? inner(2) : null,
    node.isList ? inner(1) : null,
  ];
  const two = [inner(1), inner(0), inner(2), null];
  const isPicked = node.pick > 5;
  const child: ChildSpec = {
    files: isPicked ? [fileAt('v0', 'v2'), fileAt('v1', null)] : [fileAt('v0', 'v2')],
    ...(isPicked && { pick: node.pick === 9 ? read : plain(`v${node.pick % 2}`) }),
    ...(isFragment && { isFragment: true as const }),
  };
  return composite('workflow', id, isPicked ? [...one, ...two] : one, {
    ...more,
    ...limitsOf(node),
    child,
    rethrow: true,
  });
}

/** Some of the actions read an input in what they do, some in what is computed from it, and some a step that is not theirs to see. */
function withInputs(node: PlanNode, index: number): PlanNode {
  if (node.kind !== 'action') return node;
  const form = (index + node.digest.charCodeAt(0)) % 4;
  const digest = `${node.digest} ${form}`;
  if (form === 0) return { ...node, digest, with: object({ script: value('inputs.a') }) };
  if (form === 1) return { ...node, digest, with: object({ script: value('steps.n5.outputs.v') }) };
  return form === 2 ? { ...node, digest, outputs: { u: { value: value('inputs.a') } } } : node;
}

export interface Move {
  readonly k: number;
  readonly pick: number;
  readonly out: number;
}
export const MOVES: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.record({ k: int(0, 99), pick: int(0, 999), out: int(0, 3) }),
  {
    minLength: 5,
    maxLength: 50,
    size: 'max',
  },
);
