/** Random steps that hold others. Knows the shapes of their bodies, and nothing of how they run. */
import type { Expression } from '../core/expr/ast.ts';
import type { ChildFile, CompositeNode, NodeBase, OutputSpec, PlanNode, PlanScope } from '../core/plan/plan.ts';
import { makeEnsures } from './random-leaves.ts';
import { type Around, type Making, makeScope, makeSmallScope, mayTime } from './random-steps.ts';
import { makeTest, makeValue, valueOf } from './random-values.ts';
import { binary, literal, object, plain, read, value } from './words.ts';

type Outputs = Readonly<Record<string, OutputSpec>>;

export function makeComposite(making: Making, around: Around, base: NodeBase): CompositeNode {
  const { chance } = making;
  const inner: Around = { ...around, depth: around.depth + 1, isAtEnd: false };
  const limits = limitsOf(making);
  const form = chance.below(12);
  if (form < 5) return { ...makeGroup(making, inner, base), ...limits };
  if (form < 7) return { ...makeChoose(making, inner, base), ...limits };
  if (form < 9) return { ...makeTry(making, inner, base), ...limits };
  if (form === 9 && mayTime(making)) {
    const body = makeScope(making, inner, chance.between(2, 4), false);
    return { ...base, kind: 'race', bodies: [body], ...inside(making, base, body), ...limits };
  }
  return { ...makeChild(making, inner, base), ...limits };
}

function limitsOf(making: Making): Pick<CompositeNode, 'timeoutMs' | 'totalTimeoutMs'> {
  const { chance } = making;
  if (!chance.once(9) || !mayTime(making)) return {};
  const isTotal = chance.once(2);
  return {
    ...(isTotal && { totalTimeoutMs: chance.between(1, 9_000) }),
    ...((!isTotal || chance.once(3)) && { timeoutMs: chance.between(1, 5_000) }),
  };
}

/** What a group gives, and ensures, as seen inside of it. */
function inside({ chance, ...making }: Making, base: NodeBase, body: PlanScope): Partial<NodeBase> {
  const [first] = body.nodes;
  if (first === undefined) return {};
  const { ensures: _ensures, ...rest } = base;
  return {
    ...rest,
    ...(!chance.once(3) && { outputs: { v: { value: value(valueOf(first.id)) } } }),
    ...(chance.once(9) && { ensures: makeEnsures({ chance, ...making }, `steps.${first.id}.outputs.v`) }),
  };
}

function makeGroup(making: Making, around: Around, base: NodeBase): CompositeNode {
  const { chance, isLimited } = making;
  const body = makeScope(making, around, chance.between(0, 4));
  return {
    ...base,
    kind: 'group',
    bodies: [body],
    ...inside(making, base, body),
    ...(isLimited && chance.once(2) && { max: chance.between(1, 2) }),
    ...(chance.once(4) && mayTime(making) && { failFast: true }),
  };
}

function makeChoose(making: Making, around: Around, base: NodeBase): CompositeNode {
  const { chance } = making;
  const hasElse = chance.once(2);
  const bodies = [makeScope(making, around, 2), makeScope(making, around, 2)];
  const conditions: readonly (Expression | null)[] = [
    makeTest(chance, around.sight),
    hasElse ? null : makeTest(chance, around.sight),
  ];
  const outputs: Outputs = { v: { value: plain('v1') } };
  const bodyOutputs = [null, { v: { value: plain('v2') } }];
  return { ...base, kind: 'choose', bodies, conditions, outputs, ...(chance.once(2) && { bodyOutputs }) };
}

/** A `try` with its catches. */
function makeTry(making: Making, around: Around, base: NodeBase): CompositeNode {
  const { chance } = making;
  const body = makeScope(making, around, chance.between(1, 3));
  const [first] = body.nodes;
  const steps = [...around.sight.steps, ...body.nodes.map(({ id }) => id)];
  const values = [...around.sight.values, ...(first === undefined ? [] : [valueOf(first.id)])];
  const after = { ...around, sight: { steps, values } };
  const part = (inN: number, more: readonly string[]): PlanScope | null =>
    chance.once(inN) ? makeSmallScope(making, after, more) : null;
  const own = { ...base, kind: 'try', ...inside(making, base, body) } as const;
  const last = part(2, []);
  const isOfOneKind = binary(read('error.code'), '==', literal(chance.pick(['STEP_FAILED', 'STEP_FAIL'])));
  const test = chance.once(2) ? isOfOneKind : makeTest(chance, after.sight);
  const bodies = [body, part(1, ['error.code']), last, ...(chance.once(2) ? [part(1, [])] : [])];
  return {
    ...own,
    outputs: { v: { value: plain('v1') } },
    bodies,
    ...(chance.once(2) && { conditions: [null, test, null, null] }),
  };
}

/** Undoes all that can be undone, or some of it, before or after what answers a failure otherwise. */
export function withCompensation(
  { chance }: Making,
  scope: PlanScope | null,
  steps: readonly string[],
  id: string,
): PlanScope | null {
  if (!chance.once(4)) return scope;
  const undoes = chance.once(3) ? { undoes: chance.some(steps, 2) } : {};
  const at = { line: 1, column: 1 };
  const undo: PlanNode = { id, at, needs: [], digest: id, kind: 'compensate', bodies: [], ...undoes };
  const nodes = chance.once(2) ? [undo, ...(scope?.nodes ?? [])] : [...(scope?.nodes ?? []), undo];
  return { nodes: nodes.map((node, after): PlanNode => ({ ...node, needs: [], after })) };
}

/** A child workflow, a fragment, or one of two workflows; its steps see its inputs, and nothing from around it. */
function makeChild(making: Making, around: Around, base: NodeBase): CompositeNode {
  const { chance } = making;
  const isFragment = chance.once(3);
  const isPicked = !isFragment && chance.once(3);
  const sight = { values: [read('inputs.a'), read('inputs.b')], steps: [] };
  const given = object({ a: makeValue(chance, around.sight), b: plain(chance.pick(['v0', 'v1'])) });
  const pick = chance.once(4) ? value(chance.pick(around.sight.values)) : plain(chance.pick(['v0', 'v1']));
  const one = (): readonly (PlanScope | null)[] => {
    const here = { ...around, sight };
    const part = (): PlanScope | null => (chance.once(3) ? makeSmallScope(making, here, []) : null);
    const body = makeScope(making, here, chance.between(1, 2));
    const steps = body.nodes.map(({ id }) => id);
    return [body, withCompensation(making, part(), steps, `undo-${base.id}`), part(), part()];
  };
  const bodies = isPicked ? [...one(), ...one()] : one();
  const fileAt = (key: string, index: number): ChildFile => ({
    key,
    name: key,
    file: `${key}.yaml`,
    hash: key,
    inputs: {
      a: { type: 'string', required: chance.once(3), schema: {}, ...(chance.once(2) && { default: 'v2' }) },
      b: { type: 'string', required: true, schema: {} },
    },
    secrets: [],
    env: isFragment ? {} : { C: value(read('inputs.b')) },
    vars: {},
    outputs: {
      v: { value: value(valueOf(bodies[index * 4]?.nodes[0]?.id ?? '')) },
      a: { value: value(read('inputs.a')) },
    },
    with: given,
    ...(making.isLimited && chance.once(3) && { concurrency: 1 }),
  });
  const files = isPicked ? [fileAt('v0', 0), fileAt('v1', 1)] : [fileAt('v0', 0)];
  const { ensures: _ensures, outputs: _outputs, ...bare } = base;
  const child = { files, ...(isPicked && { pick }), ...(isFragment && { isFragment: true as const }) };
  return { ...bare, kind: 'workflow', rethrow: true, bodies, child };
}
