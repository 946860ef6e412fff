/** Evaluates what an action is asked to do: its request, its environment and the fingerprint of both. Knows no order and no limits. */
import type { SecretText, Template } from '../expr/ast.ts';
import { isSecretText } from '../expr/value.ts';
import { bareObject, type Json } from '../json.ts';
import type { ActionNode, Awaited, PlanNode } from '../plan/plan.ts';
import { type Answer, evaluateFor, type Scene } from './evaluation.ts';
import { badVariable } from './failing.ts';
import { actionPrint } from './fingerprints.ts';
import type { Node } from './node.ts';
import { planOf, type Run, rootOf } from './run.ts';
import { sceneOf } from './scene.ts';

/** Declared variables by name; secrets stand in them as SecretText. */
export type EvaluatedEnv = Readonly<Record<string, string | SecretText>>;

export interface Resolved {
  readonly request: Json;
  readonly env: EvaluatedEnv;
  readonly fingerprint: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** What an action is asked to do. Evaluated once for each start of giga: what it reads stands still from then on. */
export function resolve(run: Run, node: Node): Answer<Resolved> {
  if (node.resolved !== null) return { kind: 'value', value: node.resolved };
  if (node.plan.kind === 'await') return resolveProbe(run, node);
  const plan = node.plan as ActionNode; // only actions, and probes, are resolved
  const work = evaluateWork(run, plan.with, sceneOf(node));
  if (work.kind !== 'value') return work;
  // A fingerprint holds for any time of day: what reads the clock is evaluated again with one that stands still.
  const still = work.value.readsNow ? evaluateWork(run, plan.with, { ...sceneOf(node), fixedNow: true }) : work;
  const { request, env } = still.kind === 'value' ? still.value : work.value;
  node.resolved = { request: work.value.request, env: work.value.env, ...actionPrint(run, node, plan, request, env) };
  return { kind: 'value', value: node.resolved };
}

/** What a probe is asked to do; nothing is kept by it. */
function resolveProbe(run: Run, node: Node): Answer<Resolved> {
  const work = evaluateWork(run, probeOf(node.plan).with, sceneOf(node));
  if (work.kind !== 'value') return work;
  node.resolved = { request: work.value.request, env: work.value.env, fingerprint: '', parts: {} };
  return { kind: 'value', value: node.resolved };
}

export function probeOf(plan: PlanNode): Awaited & { readonly kind: 'probe' } {
  if (plan.kind !== 'await' || plan.what.kind !== 'probe') throw new Error(`Bug: \`${plan.id}\` is no probe`);
  return plan.what;
}

interface Evaluated {
  readonly request: Json;
  readonly env: EvaluatedEnv;
  readonly readsNow: boolean;
}

function evaluateWork(run: Run, template: Template, scene: Scene): Answer<Evaluated> {
  const env = envOf(run, scene.node, scene);
  if (env.kind !== 'value') return env;
  const request = evaluateFor(run, scene.node, template, { ...scene, env: env.value });
  if (request.kind !== 'value') return request;
  return { kind: 'value', value: { request: request.value, env: env.value, readsNow: scene.trouble.readsNow } };
}

/**
 * The environment of a node: the plan's, each enclosing group's, its own; the inner wins. A variable sees those around it.
 * Layers that stand still for every step (nothing in them is captured by the step) are evaluated once.
 */
export function envOf(run: Run, node: Node, scene: Scene): Answer<EvaluatedEnv> {
  const onlyOwn = 'clearEnv' in node.plan && node.plan.clearEnv === true;
  const outer = onlyOwn ? NOTHING : node.scope === null ? planEnv(run, scene) : ownerEnv(run, node.scope.owner, scene);
  if (outer.kind !== 'value' || node.plan.env === undefined) return outer;
  return layer(run, node, node.plan.env, outer.value, scene);
}

const NOTHING: Answer<EvaluatedEnv> = { kind: 'value', value: bareObject() };

function planEnv(run: Run, scene: Scene): Answer<EvaluatedEnv> {
  return layer(run, rootOf(run), planOf(run).env, bareObject(), scene);
}

function ownerEnv(run: Run, owner: Node, scene: Scene): Answer<EvaluatedEnv> {
  const { slots } = owner;
  if (slots?.env) return { kind: 'value', value: slots.env };
  const answer = envOf(run, owner, scene);
  if (answer.kind === 'value' && slots !== null && !scene.trouble.captured) slots.env = answer.value;
  return answer;
}

/** One layer over what encloses it. `at` declares it; captures are those of the step that the scene is for. */
function layer(
  run: Run,
  at: Node,
  templates: Readonly<Record<string, Template>>,
  outer: EvaluatedEnv,
  scene: Scene,
): Answer<EvaluatedEnv> {
  const env = bareObject<string | SecretText>(Object.entries(outer));
  const inner: Scene = { ...scene, from: at.scope, env: outer };
  for (const [name, template] of Object.entries(templates)) {
    const answer = evaluateFor(run, scene.node, template, inner);
    if (answer.kind !== 'value') return answer;
    const text = textOf(answer.value);
    if (text === null) return { kind: 'error', diagnostic: badVariable(scene.node.path, name) };
    env[name] = text;
  }
  return { kind: 'value', value: env };
}

/** A variable's text: an empty one for null; null for what is no text. */
function textOf(value: Json): string | SecretText | null {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (isSecretText(value)) return value;
  return typeof value === 'object' ? null : String(value);
}
