/** Random steps that are done for every item of a list, for every combination of a matrix, or again and again. Knows nothing of how they run. */
import type { CompositeNode, EachSpec, LoopSpec, Matrix, NodeBase, PlanNode } from '../core/plan/plan.ts';
import { type Around, type Making, makeOnce, mayTime, withHooks } from './random-steps.ts';
import { makeTest, type Sight } from './random-values.ts';
import { binary, list, literal, plain, read, value } from './words.ts';

/** `outer`: what is said of the whole step; inside, the step as it is done once. */
export function makeRepeated(making: Making, around: Around, bare: NodeBase, outer: Partial<NodeBase>): PlanNode {
  const { chance } = making;
  const isEach = chance.once(2);
  const isLoop = !isEach || chance.once(5);
  const each = isEach ? { ...makeEach(making, around.sight), ...listNeedsOf(making, outer) } : null;
  const items = each === null ? [] : namesIn(each);
  const turns = isLoop ? ['loop.iteration', 'loop.last.outputs.v'] : [];
  const values = [...around.sight.values, ...[...items, ...turns].map(read)];
  const inner: Around = { ...around, isRepeated: true, depth: around.depth + 1, sight: { ...around.sight, values } };
  let node = makeOnce(making, inner, bare, []);
  if (isLoop) {
    const around = { ...bare, ...(isEach ? {} : outer), ...totalOf(making) };
    node = { ...around, kind: 'loop', bodies: [{ nodes: [node] }], loop: makeLoop(making, node, inner.sight) };
  }
  if (each !== null) node = { ...bare, ...outer, ...totalOf(making), kind: 'each', bodies: [{ nodes: [node] }], each };
  return withHooks(making, around, node, false);
}

function totalOf(making: Making): Partial<CompositeNode> {
  const { chance } = making;
  return chance.once(9) && mayTime(making) ? { totalTimeoutMs: chance.between(1, 9_000) } : {};
}

/** Needs that the list alone reads, as far as anybody can say. */
function listNeedsOf({ chance }: Making, { needs = [] }: Partial<NodeBase>): Pick<EachSpec, 'listNeeds'> {
  return needs.length > 0 && chance.once(3) ? { listNeeds: needs.slice(0, 1) } : {};
}

/** What an item is called. */
function namesIn({ from, as }: EachSpec): readonly string[] {
  if (from.kind === 'matrix') return ['matrix.a', 'matrix.b'];
  return ['item', 'index', ...(as === undefined ? [] : [as])];
}

function makeLoop({ chance }: Making, once: PlanNode, { values }: Sight): LoopSpec {
  const isSeen = once.kind !== 'each' && 'bodies' in once && once.kind !== 'workflow' && once.kind !== 'loop';
  const [first] = isSeen ? (once.bodies[0]?.nodes ?? []) : [];
  const own = read(first === undefined ? 'self.outputs.v' : `steps.${first.id}.outputs.v`);
  const tests = [
    binary(own, '==', literal('v1')),
    binary(read('loop.iteration'), '==', literal(2)),
    makeTest(chance, { values, steps: [] }),
  ];
  const again = [
    binary(read('loop.last.outputs.v'), '!=', literal('v1')),
    binary(read('loop.iteration'), '<', literal(3)),
  ];
  return {
    max: chance.between(1, 4),
    ...(chance.once(3) && { delayMs: chance.pick([5, 900]) }),
    ...(chance.once(2) && { until: chance.pick(tests) }),
    ...(chance.once(3) && { while: chance.pick(again) }),
    ...(chance.once(4) && { plateau: { count: 2, metric: chance.pick([literal(1), read('loop.iteration')]) } }),
  };
}

function makeEach(making: Making, sight: Sight): EachSpec {
  const { chance } = making;
  const isMatrix = chance.once(3);
  const isOfObjects = !isMatrix && chance.once(4);
  const failFast = chance.once(2) && mayTime(making);
  const shared = {
    failFast,
    ...(making.isLimited && chance.once(2) && { max: chance.between(1, 2) }),
    ...(chance.once(3) && { maxFailures: chance.once(2) ? 1 : { percent: chance.pick([34, 50, 100]) } }),
    ...(chance.once(5) && { limit: plain(chance.pick([0, 2])) }),
    ...(chance.once(6) && { min: 2 }),
  };
  if (isMatrix) {
    const filter = binary(read('matrix.b'), '!=', literal('v1'));
    return { ...shared, from: makeMatrix(making, sight), ...(chance.once(5) && { filter }) };
  }
  if (isOfObjects) {
    const by = read(chance.once(9) ? 'item' : 'item.s'); // objects have no order
    return {
      ...shared,
      from: { kind: 'items', items: plain(chance.once(2) ? OBJECTS : { x: 'v1', y: 'v2' }) },
      ...(chance.once(2) && { key: read('item.k') }),
      ...(chance.once(2) && { sort: { by, desc: chance.once(2) } }),
    };
  }
  const read1 = value(chance.pick(sight.values));
  return {
    ...shared,
    from: {
      kind: 'items',
      items: chance.pick([plain(['a', 'b', 'c']), list([plain('a'), read1]), plain(['a', 'a', 'b']), read1]),
    },
    ...(chance.once(4) && { as: 'thing' }),
    ...(chance.once(4) && { distinct: read('item') }),
    ...(chance.once(4) && { filter: binary(read('item'), '!=', literal('a')) }),
  };
}

const OBJECTS = [
  { k: 'x', s: 2 },
  { k: 'y', s: 1 },
  { k: 'z', s: 1 },
];

function makeMatrix({ chance }: Making, { values }: Sight): Matrix {
  return {
    kind: 'matrix',
    axes: [
      ['a', plain(chance.once(3) ? [1] : [1, 2])],
      ['b', list([plain('x'), value(chance.pick(values))])],
    ],
    ...(chance.once(3) && { exclude: plain([{ a: 1, b: 'x' }]) }),
    ...(chance.once(3) && { include: plain([{ a: 2, c: 3 }, { a: 9 }, { c: 4, b: 'x' }]) }),
  };
}
