/** Builds plans and expressions by hand, so that the core is tested without a parser. */
import type { Expr, Expression, Template } from '../../../src/core/expr/ast.ts';
import { digest, type Json } from '../../../src/core/json.ts';
import type {
  ActionNode,
  ApproveNode,
  Awaited,
  AwaitNode,
  ChildFile,
  ChildSpec,
  CompositeNode,
  Condition,
  EachSpec,
  FailNode,
  InputSpec,
  LoopSpec,
  NodeBase,
  Plan,
  PlanNode,
  PlanScope,
  SetNode,
  WaitNode,
} from '../../../src/core/plan/plan.ts';

export type More = Partial<Omit<NodeBase, 'id'>>;

/** `steps.build.outputs.v` */
export function ref(path: string): Expr {
  const [first = '', ...rest] = path.split('.');
  return rest.reduce<Expr>((of, name) => ({ kind: 'member', at: 0, of, name }), { kind: 'name', at: 0, name: first });
}
export function lit(value: null | boolean | number | string): Expr {
  return { kind: 'literal', at: 0, value };
}
export function equal(left: Expr, right: Expr): Expr {
  return { kind: 'binary', at: 0, op: '==', left, right };
}
export function both(left: Expr, right: Expr): Expr {
  return { kind: 'binary', at: 0, op: '&&', left, right };
}
export function call(name: string, ...args: readonly Expr[]): Expr {
  return { kind: 'call', at: 0, name, args };
}
export function expression(expr: Expr, source = 'test'): Expression {
  return { source, expr };
}
/** A template that is exactly one expression. */
export function value(expr: Expr | string): Template {
  const given = typeof expr === 'string' ? ref(expr) : expr;
  return { kind: 'value', expression: expression(given, typeof expr === 'string' ? expr : 'test') };
}
export function plain(json: Json): Template {
  return { kind: 'literal', value: json };
}
export function object(entries: Readonly<Record<string, Template>>): Template {
  return { kind: 'object', entries: Object.entries(entries) };
}
/** `if`, with or without a status function in it. */
export function when(expr: Expr, replacesJoin = false, source = 'test'): Condition {
  return { expression: expression(expr, source), replacesJoin };
}

const AT = { line: 1, column: 1 };

function base(id: string, more: More, what: Json): NodeBase {
  const { at: _at, ...said } = more;
  return { id, at: AT, needs: [], ...more, digest: more.digest ?? digest([said as Json, what]) };
}
export function action(id: string, more: More & Partial<ActionNode> = {}): ActionNode {
  const request = more.with ?? plain({ script: `echo ${id}` });
  return {
    ...base(id, more, request as unknown as Json),
    ...more,
    kind: 'action',
    action: 'run',
    with: request,
  };
}
export function set(id: string, values: Readonly<Record<string, Template>> = {}, more: More = {}): SetNode {
  const template = object(values);
  return { ...base(id, more, template as unknown as Json), kind: 'set', values: template };
}
export function failing(id: string, message = 'no', more: More = {}): FailNode {
  return { ...base(id, more, message), kind: 'fail', message: plain(message) };
}
export function wait(id: string, length: Template | string = '1s', more: More = {}): WaitNode {
  const template = typeof length === 'string' ? plain(length) : length;
  return { ...base(id, more, template as unknown as Json), kind: 'wait', for: template };
}
export function awaiting(id: string, what: Awaited, more: More & Partial<AwaitNode> = {}): AwaitNode {
  return { ...base(id, more, what as unknown as Json), ...more, kind: 'await', what };
}
export function approval(
  id: string,
  message: Template | string = 'Go on?',
  more: More & Partial<ApproveNode> = {},
): ApproveNode {
  const template = typeof message === 'string' ? plain(message) : message;
  const what = [template as unknown as Json, (more.onReject ?? null) as Json];
  const own = { options: ['approve', 'reject'], ...more };
  return { ...base(id, more, what), ...own, kind: 'approve', message: template };
}
export function group(id: string, nodes: readonly PlanNode[], more: More & Partial<CompositeNode> = {}): CompositeNode {
  return composite('group', id, [{ nodes }], more);
}
export function choose(
  id: string,
  branches: readonly (readonly [Expr | null, readonly PlanNode[]])[],
  more: More & Partial<CompositeNode> = {},
): CompositeNode {
  const bodies = branches.map(([, nodes]) => ({ nodes }));
  const conditions = branches.map(([test]) => (test === null ? null : expression(test)));
  return composite('choose', id, bodies, { ...more, conditions });
}
export function composite(
  kind: CompositeNode['kind'],
  id: string,
  bodies: readonly (PlanScope | null)[],
  more: More & Partial<CompositeNode> = {},
): CompositeNode {
  return { ...base(id, more, kind), ...more, kind, bodies };
}
/** Makes every node wait for all before it. */
export function list(nodes: readonly PlanNode[]): readonly PlanNode[] {
  return nodes.map((node, index) => ({ ...node, after: index }));
}

export interface PlanMore extends Partial<Plan> {
  readonly onFailure?: readonly PlanNode[];
  readonly finally?: readonly PlanNode[];
  readonly onSuccess?: readonly PlanNode[];
}
export function plan(nodes: readonly PlanNode[], more: PlanMore = {}): Plan {
  const { onFailure, finally: last, onSuccess, ...rest } = more;
  const bodies = [{ nodes }, onFailure ? { nodes: onFailure } : null, last ? { nodes: last } : null];
  if (onSuccess) bodies.push({ nodes: onSuccess });
  return {
    v: 1,
    name: 'test',
    file: 'test.yaml',
    inputs: {},
    secrets: [],
    env: {},
    vars: {},
    concurrency: 8,
    root: composite('try', 'root', bodies, { rethrow: true }),
    outputs: {},
    ...rest,
  };
}

/** A step that is done again: the given one is what an iteration does. */
export function loop(once: PlanNode, spec: LoopSpec, more: More & Partial<CompositeNode> = {}): CompositeNode {
  return composite('loop', once.id, [{ nodes: [once] }], { ...more, loop: spec });
}

/** A step that is done for every item. */
export function each(
  once: PlanNode,
  items: Template | EachSpec['from'],
  spec: Partial<EachSpec> = {},
  more: More & Partial<CompositeNode> = {},
): CompositeNode {
  const from = items.kind === 'matrix' || items.kind === 'items' ? items : ({ kind: 'items', items } as const);
  return composite('each', once.id, [{ nodes: [once] }], { ...more, each: { failFast: true, ...spec, from } });
}

export function race(id: string, nodes: readonly PlanNode[], more: More = {}): CompositeNode {
  return composite('race', id, [{ nodes }], more);
}

export interface ChildParts extends Partial<ChildFile> {
  readonly onFailure?: readonly PlanNode[];
  readonly finally?: readonly PlanNode[];
  readonly onSuccess?: readonly PlanNode[];
}
/** A child workflow of one file, which is given what `with` says. */
export function child(
  id: string,
  nodes: readonly PlanNode[],
  parts: ChildParts = {},
  more: ChildMore = {},
): CompositeNode {
  const { onFailure, finally: last, onSuccess, ...file } = parts;
  const { isFragment, ...around } = more;
  const given: ChildFile = {
    name: id,
    file: `${id}.yaml`,
    hash: `hash of ${id}`,
    inputs: {},
    secrets: [],
    env: {},
    vars: {},
    outputs: {},
    with: plain({}),
    ...file,
  };
  const spec: ChildSpec = { files: [given], ...(isFragment && { isFragment }) };
  const body = (members: readonly PlanNode[] | undefined) => (members ? { nodes: members } : null);
  const bodies = [{ nodes }, body(onFailure), body(last), body(onSuccess)];
  return composite('workflow', id, bodies, { ...around, child: spec, rethrow: true });
}
type ChildMore = More & Pick<ChildSpec, 'isFragment'>;

/** A declared input. */
export function input(type: InputSpec['type'] = 'string', more: Partial<InputSpec> = {}): InputSpec {
  return { type, required: false, schema: { type }, ...more };
}
