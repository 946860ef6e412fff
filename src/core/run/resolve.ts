/** Evaluates what an action is asked to do: its request, its environment and the fingerprint of both. Knows no order and no limits. */
import type { SecretText, Template } from '../expr/ast.ts';
import { isSecretText } from '../expr/value.ts';
import { bareObject, type Json } from '../json.ts';
import type { ArtifactRequest } from '../plan/artifacts.ts';
import type { ActionNode } from '../plan/plan.ts';
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
  readonly artifacts: ArtifactRequest | null;
  readonly fingerprint: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** What an action is asked to do. Evaluated once for each start of giga: what it reads stands still from then on. */
export function resolve(run: Run, node: Node): Answer<Resolved> {
  if (node.resolved !== null) return { kind: 'value', value: node.resolved };
  const plan = node.plan as ActionNode; // only actions are resolved
  const work = evaluateWork(run, plan, sceneOf(node));
  if (work.kind !== 'value') return work;
  // A fingerprint holds for any time of day: what reads the clock is evaluated again with one that stands still.
  const still = work.value.readsNow ? evaluateWork(run, plan, { ...sceneOf(node), fixedNow: true }) : work;
  const { request, env, artifacts } = still.kind === 'value' ? still.value : work.value;
  node.resolved = { ...work.value, ...actionPrint(run, node, plan, { request, env, artifacts }) };
  return { kind: 'value', value: node.resolved };
}

const NO_ARTIFACTS: Template = { kind: 'literal', value: null };

interface Evaluated {
  readonly request: Json;
  readonly env: EvaluatedEnv;
  readonly artifacts: ArtifactRequest | null;
  readonly readsNow: boolean;
}

function evaluateWork(run: Run, plan: ActionNode, scene: Scene): Answer<Evaluated> {
  const env = envOf(run, scene.node, scene, plan.clearEnv === true);
  if (env.kind !== 'value') return env;
  const request = evaluateFor(run, scene.node, plan.with, { ...scene, env: env.value });
  if (request.kind !== 'value') return request;
  const artifacts = evaluateFor(run, scene.node, plan.artifacts ?? NO_ARTIFACTS, scene);
  if (artifacts.kind !== 'value') return artifacts;
  return {
    kind: 'value',
    value: {
      request: request.value,
      env: env.value,
      artifacts: artifacts.value as unknown as ArtifactRequest | null, // the compiler makes nothing else
      readsNow: scene.trouble.readsNow,
    },
  };
}

/**
 * The environment of a node: the plan's, each enclosing group's, its own; the inner wins. A variable sees those around it.
 * Layers that stand still for every step (nothing in them is captured by the step) are evaluated once.
 */
export function envOf(run: Run, node: Node, scene: Scene, onlyOwn = false): Answer<EvaluatedEnv> {
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
