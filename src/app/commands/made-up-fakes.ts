/** Fakes for a workflow without tests: every step succeeds, and gives something of the shape that others read of it. Knows no run. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { OutputSpec, Plan, PlanNode } from '../../core/plan/plan.ts';
import { barePath, planPaths } from '../../core/run/plan-paths.ts';
import type { FakeStep } from '../../lang/workflow-test/read-tests.ts';
import { SAMPLE_TEXT, sampleOf } from './sample.ts';
import type { Fakes } from './test-script.ts';

/** What is read of a value, by name; nothing where it is read as a whole. */
interface Shape {
  readonly members: Map<string, Shape>;
  /** A step is done for each of its items. */
  isList?: true;
  /** What somebody demands of it. */
  schema?: JsonObject;
}

const NOWHERE = { file: '', start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };

export function madeUpFakes(plan: Plan): Fakes {
  const paths = planPaths(plan);
  const shapes = new Map([...paths.keys()].map((path) => [path, emptyShape()] as const));
  const named = new Map<string, Shape[]>();
  for (const [path, shape] of shapes) {
    const id = (paths.get(path)?.id ?? '').toLowerCase();
    named.set(id, [...(named.get(id) ?? []), shape]);
  }
  const read = (of: Shape | undefined, context: string, chain: readonly string[]): Shape[] => {
    const [name, ...rest] = chain;
    if (context === 'self') return of === undefined ? [] : [shapeAt(of, chain[0] === 'outputs' ? rest : chain)];
    const [of2, ...more] = rest;
    return of2 === 'outputs' ? (named.get((name ?? '').toLowerCase()) ?? []).map((shape) => shapeAt(shape, more)) : [];
  };
  for (const [path, node] of paths) {
    const own = shapes.get(path);
    look(ownKeys(node), (context, chain) => read(own, context, chain));
    for (const shape of listRead(node, read)) shape.isList = true;
    for (const [, spec] of Object.entries(node.outputs ?? {})) demand(own, spec, read);
  }
  look(plan.outputs as unknown as Json, (context, chain) => read(undefined, context, chain)); // plans are plain JSON
  const fakes = new Map<string, FakeStep>();
  for (const [path, node] of paths) {
    const outputs = outputsOf(node, shapes.get(path) ?? emptyShape());
    if (outputs !== null) fakes.set(barePath(path), { at: NOWHERE, attempts: [{ outputs, fails: null, takesMs: 0 }] });
  }
  return { fakes, answers: null, events: null };
}

/** A node without what stands inside it. */
function ownKeys(node: PlanNode): Json {
  const { hooks: _hooks, ...own } = node;
  return { ...own, bodies: null } as unknown as Json; // plans are plain JSON
}

function emptyShape(): Shape {
  return { members: new Map() };
}

function shapeAt(shape: Shape, chain: readonly string[]): Shape {
  let at = shape;
  for (const name of chain) {
    const known = at.members.get(name) ?? emptyShape();
    at.members.set(name, known);
    at = known;
  }
  return at;
}

/** Every chain of names that begins with `steps` or `self`, as deep as expressions are, which their parser bounds. */
function look(value: Json, found: (context: string, chain: readonly string[]) => void): void {
  if (typeof value !== 'object' || value === null) return;
  const chain = isJsonObject(value) ? chainOf(value) : null;
  if (chain === null) for (const inner of Object.values(value)) look(inner, found);
  else if (chain[0] === 'steps' || chain[0] === 'self') found(chain[0], chain.slice(1));
}

function chainOf(expr: JsonObject): readonly string[] | null {
  if (expr.kind === 'name' && typeof expr.name === 'string') return [expr.name.toLowerCase()];
  if (!isJsonObject(expr.of ?? null)) return null;
  const around = chainOf(expr.of as JsonObject); // looked at just before
  const literal = isJsonObject(expr.index ?? null) ? (expr.index as JsonObject).value : undefined; // as above
  const name = expr.kind === 'member' ? expr.name : expr.kind === 'index' ? literal : undefined;
  return around === null || typeof name !== 'string' ? null : [...around, name];
}

type Read = (of: Shape | undefined, context: string, chain: readonly string[]) => Shape[];

/** What a fan-out is over. */
function listRead(node: PlanNode, read: Read): readonly Shape[] {
  const from = 'each' in node && node.each?.from.kind === 'items' ? node.each.from.items : null;
  const chain = from?.kind === 'value' ? chainOf(from.expression.expr) : null;
  return chain?.[0] === 'steps' ? read(undefined, 'steps', chain.slice(1)) : [];
}

function demand(own: Shape | undefined, { value, schema }: OutputSpec, read: Read): void {
  const chain = value.kind === 'value' ? chainOf(value.expression.expr) : null;
  if (schema === undefined || chain?.[0] !== 'self') return;
  for (const shape of read(own, 'self', chain.slice(1))) shape.schema = schema;
}

/** Null where giga computes the outputs by itself. */
function outputsOf(node: PlanNode, shape: Shape): JsonObject | null {
  if (node.kind === 'await') return node.what.kind === 'event' ? sampleFor(shape, ['event']) : null;
  if (node.kind !== 'action') return null;
  if (node.action === 'http') return { status: 200, headers: {}, body: '', ...sampleFor(shape, ['json']) };
  if (node.action === 'mcp') return { content: [], text: '', structured: null, ...sampleFor(shape, []) };
  if (node.action !== 'run') return sampleFor(shape, []);
  const { json, lines: _lines, ...outputs } = sampleFor(shape, []);
  const given = { ...outputs, stderr: '', 'exit-code': 0 };
  const isText = !shape.members.has('stdout') || (shape.members.get('stdout')?.members.size ?? 0) === 0;
  if (!isText) return given;
  const schema = shape.members.get('stdout')?.schema;
  const text = json === undefined ? sampleOf(schema ?? {}) : JSON.stringify(json);
  return { ...given, stdout: String(text) };
}

function sampleFor({ members }: Shape, always: readonly string[]): JsonObject {
  const names = new Set([...always, ...members.keys()]);
  return Object.fromEntries([...names].map((name) => [name, sample(members.get(name) ?? emptyShape())]));
}

function sample({ members, isList, schema }: Shape): Json {
  if (schema !== undefined) return sampleOf(schema);
  if (isList === true) return [SAMPLE_TEXT, '2'];
  if (members.size === 0) return SAMPLE_TEXT;
  return Object.fromEntries([...members].map(([name, shape]) => [name, sample(shape)]));
}
