/** Evaluates what an action is asked to do: its request, its environment and the fingerprint of both. Knows no order and no limits. */

import type { SecretText, Template } from '../expr/ast.ts';
import { isSecretText } from '../expr/value.ts';
import { bareObject, type Json } from '../json.ts';
import { known } from '../known.ts';
import type { ArtifactRequest } from '../plan/artifacts.ts';
import type { CacheRequest } from '../plan/cache-request.ts';
import type { ActionNode, Awaited, CacheSpec, PlanNode } from '../plan/plan.ts';
import { type CacheAsked, type CacheDetails, cachePrint } from './cache-print.ts';
import { type Answer, evaluateFor, type Scene } from './evaluation.ts';
import { badVariable } from './failing.ts';
import { filesRead } from './files-read.ts';
import { actionPrint } from './fingerprints.ts';
import { isEdge, isFragment } from './home.ts';
import { type Node, slotsOf } from './node.ts';
import { planOf, type Run } from './run.ts';
import { sceneOf } from './scene.ts';
import type { Scope } from './scope.ts';

/** Declared variables by name; secrets stand in them as SecretText. */
export type EvaluatedEnv = Readonly<Record<string, string | SecretText>>;

export interface Resolved {
  readonly request: Json;
  readonly env: EvaluatedEnv;
  readonly artifacts: ArtifactRequest | null;
  readonly fingerprint: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly cache: CacheAsked | null;
}

/** What an action is asked to do. Evaluated once for each start of giga: what it reads stands still from then on. */
export function resolve(run: Run, node: Node): Answer<Resolved> {
  if (node.resolved !== null) return { kind: 'value', value: node.resolved };
  if (node.plan.kind === 'await') return resolveProbe(run, node);
  const plan = node.plan as ActionNode; // only actions, and probes, are resolved
  const work = evaluateWork(run, plan, sceneOf(node));
  if (work.kind !== 'value') return work;
  // A fingerprint holds for any time of day: what reads the clock is evaluated again with one that stands still.
  const still = work.value.readsNow ? evaluateWork(run, plan, { ...sceneOf(node), fixedNow: true }) : work;
  const { request, env, artifacts, cached } = still.kind === 'value' ? still.value : work.value;
  const files = filesRead(run, node, plan.files);
  if (files.kind !== 'value') return files;
  const cache = cached === null ? null : cachePrint(plan, cached, { request, env });
  const print = actionPrint(run, node, plan, { request, env, artifacts, files: files.value });
  // A property in front, here and below: V8 gives each object whose literal begins with a spread and goes on hidden classes of its own.
  node.resolved = { cache, ...work.value, ...print };
  return { kind: 'value', value: node.resolved };
}

/** What a probe is asked to do; nothing is kept by it. */
function resolveProbe(run: Run, node: Node): Answer<Resolved> {
  const work = evaluateWork(run, probeOf(node.plan), sceneOf(node));
  if (work.kind !== 'value') return work;
  node.resolved = { cache: null, ...work.value, fingerprint: '', parts: {} };
  return { kind: 'value', value: node.resolved };
}

export function probeOf(plan: PlanNode): Awaited & { readonly kind: 'probe' } {
  if (plan.kind !== 'await' || plan.what.kind !== 'probe') throw new Error(`Bug: \`${plan.id}\` is no probe`);
  return plan.what;
}

const NOTHING_ASKED: Template = { kind: 'literal', value: null };

interface Asked {
  readonly with: Template;
  readonly artifacts?: Template;
  readonly cache?: CacheSpec;
}

interface Evaluated {
  readonly request: Json;
  readonly env: EvaluatedEnv;
  readonly artifacts: ArtifactRequest | null;
  readonly cached: CacheDetails | null;
  readonly readsNow: boolean;
}

function evaluateWork(run: Run, asked: Asked, scene: Scene): Answer<Evaluated> {
  const env = envOf(run, scene.node, scene);
  if (env.kind !== 'value') return env;
  // No scene that comes here has an environment of its own.
  const request = evaluateFor(run, scene.node, asked.with, { env: env.value, ...scene });
  if (request.kind !== 'value') return request;
  const artifacts = evaluateFor(run, scene.node, asked.artifacts ?? NOTHING_ASKED, scene);
  if (artifacts.kind !== 'value') return artifacts;
  const cached = evaluateCache(run, asked.cache, scene);
  if (cached.kind !== 'value') return cached;
  return {
    kind: 'value',
    value: {
      request: request.value,
      env: env.value,
      artifacts: artifacts.value as unknown as ArtifactRequest | null, // the compiler makes nothing else
      cached: cached.value,
      readsNow: scene.trouble.readsNow,
    },
  };
}

function evaluateCache(run: Run, spec: CacheSpec | undefined, scene: Scene): Answer<CacheDetails | null> {
  if (spec === undefined) return { kind: 'value', value: null };
  const request = evaluateFor(run, scene.node, spec.with, scene);
  if (request.kind !== 'value') return request;
  const tools = bareObject<Json>();
  for (const [name, template] of Object.entries(spec.tools ?? {})) {
    const version = evaluateFor(run, scene.node, template, scene);
    if (version.kind !== 'value') return version;
    tools[name] = version.value;
  }
  return { kind: 'value', value: { request: request.value as unknown as CacheRequest, tools } }; // the compiler makes nothing else
}

/**
 * The environment of a node: the plan's, each enclosing group's, its own; the inner wins. A variable sees those around it.
 * Layers that stand still for every step (nothing in them is captured by the step) are evaluated once.
 */
function envOf(run: Run, node: Node, scene: Scene): Answer<EvaluatedEnv> {
  const onlyOwn = 'clearEnv' in node.plan && node.plan.clearEnv === true;
  const outer = onlyOwn ? NOTHING : node.scope === null ? planEnv(run, scene) : scopeEnv(run, node.scope, scene);
  if (outer.kind !== 'value' || node.plan.env === undefined) return outer;
  return layer(run, node.scope, node.plan.env, outer.value, scene);
}

/** The environment that a scene sees: inside a node, the one that its members have. */
export function envSeen(run: Run, scene: Scene): Answer<EvaluatedEnv> {
  return scene.from?.owner === scene.node ? scopeEnv(run, scene.from, scene) : envOf(run, scene.node, scene);
}

const NOTHING: Answer<EvaluatedEnv> = { kind: 'value', value: bareObject() };

function planEnv(run: Run, scene: Scene): Answer<EvaluatedEnv> {
  return layer(run, null, planOf(run).env, bareObject(), scene);
}

/** What the members of a scope have. A hook of a child workflow stands outside of it. */
function scopeEnv(run: Run, scope: Scope, scene: Scene): Answer<EvaluatedEnv> {
  const { owner } = scope;
  const { slots } = owner;
  if (!isEdge(scope) && owner.plan.kind === 'workflow') return envOf(run, owner, scene);
  if (slots?.env) return { kind: 'value', value: slots.env };
  const answer = isEdge(scope) && !isFragment(owner) ? childEnv(run, scope, scene) : envOf(run, owner, scene);
  if (answer.kind === 'value' && slots !== null && !scene.trouble.captured) slots.env = answer.value;
  return answer;
}

/** A child workflow has what its own file declares, and nothing of what is around it. */
function childEnv(run: Run, scope: Scope, scene: Scene): Answer<EvaluatedEnv> {
  const { live, closed, child } = slotsOf(scope.owner);
  const [inside = closed.at(-1) ?? scope] = live.values();
  return layer(run, inside, known(child).file.env, bareObject(), scene);
}

/** One layer over what encloses it. It is declared in the scope `at`; captures are those of the step that the scene is for. */
function layer(
  run: Run,
  at: Scope | null,
  templates: Readonly<Record<string, Template>>,
  outer: EvaluatedEnv,
  scene: Scene,
): Answer<EvaluatedEnv> {
  const env = bareObject<string | SecretText>(Object.entries(outer));
  const inner: Scene = { ...scene, from: at, env: outer };
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
