/** Texts of plans that say the same for the same meaning, and their digests. Leaves out positions; knows no events. */

import type { Expression, Template } from '../expr/ast.ts';
import { canonical, type Json, type JsonObject, sha256, unreachable } from '../json.ts';
import { known } from '../known.ts';
import type {
  ActionNode,
  ApproveNode,
  Awaited,
  ChildSpec,
  Claim,
  CompositeNode,
  Condition,
  EachSpec,
  LoopSpec,
  NodeBase,
  OutputSpec,
  Plan,
  PlanNode,
  PlanScope,
} from './plan.ts';
import type { Ensure, Probe } from './proof.ts';

/**
 * The hash by which a plan is stored and named: SHA-256 in hex. Equal for documents that differ only in layout, comments
 * and the order of keys; the order of a list of steps counts.
 */
export function planHash(plan: Plan): string {
  const { v, root, outputs, env, ...rest } = plan;
  const parts = [String(v), canonical(rest as unknown as Json), envText(env), outputsText(outputs)]; // a Plan is plain JSON by construction
  return sha256(`${parts.join('\n')}\n${nodeText(root, [])}`);
}

/**
 * The digest of a step's definition: what it does and what it waits for. Its name, and how often and how long it is tried, cannot
 * change what a success means, so they are left out, as are positions and ids made from positions.
 */
export function nodeDigest(node: Omit<PlanNode, 'digest'>, needs: readonly string[]): string {
  return sha256(`${definitionText(node, needs)}${bodiesText(node, (inner) => inner.digest)}`);
}

/** Everything of a node; scopes of a map are ordered by id, so that their order in the file says nothing. */
function nodeText(node: PlanNode, siblings: readonly PlanNode[]): string {
  const needs = node.needs.map((index) => known(siblings[index]).id);
  const { id, name = null, retry = null, continueOnError = false, allowFailure = false, after = 0 } = node;
  const limits = mannerOf(node);
  const manner = canonical([id, name, retry as unknown as Json, continueOnError, allowFailure, after > 0, ...limits]); // Retry is plain JSON
  const once = node.kind === 'action' && node.once !== undefined ? `once${templateText(node.once)}` : '';
  const claim = `${node.claim === undefined ? '' : claimText(node.claim)}${once}${guardText(node)}`;
  const cache =
    node.kind === 'action' && node.cache !== undefined
      ? `cache${templateText(node.cache.with)}${envText(node.cache.tools)}`
      : '';
  const budget = node.budget === undefined ? '' : `budget${canonical({ ...node.budget })}`;
  const inner = (child: PlanNode, scope: PlanScope): string => nodeText(child, scope.nodes);
  return `${manner}${claim}${cache}${budget}${definitionText(node, needs)}${bodiesText(node, inner)}${hooksText(node, inner)}`;
}

/** What follows a step is no part of what it is: a success stays one when its hooks change. */
function hooksText({ hooks = [] }: PlanNode, textOf: (inner: PlanNode, scope: PlanScope) => string): string {
  return hooks.map(({ slot, body }) => `${slot}${scopeText(body, textOf)}`).join(';');
}

/** How long, and how often: no part of what the node does. */
function mannerOf(node: PlanNode): readonly (number | null)[] {
  if (node.kind === 'action') return limitsOf(node);
  if (node.kind === 'await')
    return [node.timeoutMs ?? null, node.graceMs ?? null, 'everyMs' in node.what ? node.what.everyMs : null];
  return 'bodies' in node ? compositeLimits(node) : [];
}

function limitsOf({ timeoutMs, graceMs, totalTimeoutMs, idleTimeoutMs }: ActionNode): readonly (number | null)[] {
  const both = [timeoutMs ?? null, graceMs ?? null];
  return totalTimeoutMs === undefined && idleTimeoutMs === undefined
    ? both
    : [...both, totalTimeoutMs ?? null, idleTimeoutMs ?? null];
}

/** Nothing where there is none, as it was before composites had any. */
function compositeLimits({ timeoutMs, totalTimeoutMs }: CompositeNode): readonly (number | null)[] {
  return timeoutMs === undefined && totalTimeoutMs === undefined ? [] : [timeoutMs ?? null, totalTimeoutMs ?? null];
}

function definitionText(node: Omit<PlanNode, 'digest'>, needs: readonly string[]): string {
  const base = node as NodeBase & PlanNode; // only `digest`, which is not read here, may be absent
  const id = base.anonymous ? '' : base.id;
  const common = [
    canonical([id, base.kind, needs.toSorted(), base.join ?? null]),
    conditionText(base.if),
    envText(base.env),
    outputsText(base.outputs),
    ...(base.ensures === undefined ? [] : [base.ensures.map(ensureText).join(';')]),
  ];
  return `${common.join('|')}|${ownText(base)}`;
}

function ownText(node: PlanNode): string {
  switch (node.kind) {
    case 'action':
      return `${canonical([node.action, node.secrets?.toSorted() ?? [], node.clearEnv ?? false])}${templateText(node.with)}${optionalText(node.artifacts)}${filesText(node.files)}`;
    case 'set':
      return templateText(node.values);
    case 'fail':
      return templateText(node.message);
    case 'wait':
      return templateText(node.for);
    case 'await':
      return `${canonical([node.secrets?.toSorted() ?? [], node.clearEnv ?? false])}${awaitedText(node.what)}`;
    case 'approve':
      return approveText(node);
    case 'group':
    case 'choose':
    case 'try':
    case 'race':
    case 'loop':
    case 'each':
    case 'workflow':
    case 'compensate':
      return canonical([
        node.max ?? null,
        node.failFast ?? false,
        node.rethrow ?? false,
        (node.conditions ?? []).map((condition) => condition?.source ?? null),
        (node.bodyOutputs ?? []).map((outputs) => (outputs === null ? null : outputsText(outputs))),
        ...(node.clearEnv === undefined ? [] : ['clear-env']),
        ...(node.loop === undefined ? [] : [loopText(node.loop)]),
        ...(node.each === undefined ? [] : [eachText(node.each)]),
        ...(node.child === undefined ? [] : [childText(node.child)]),
        ...(node.undoes === undefined ? [] : [node.undoes]),
      ]);
    default:
      return unreachable(node);
  }
}

function awaitedText(what: Awaited): string {
  switch (what.kind) {
    case 'condition':
      return canonical([what.kind, expressionText(what.until)]);
    case 'probe':
      return canonical([what.kind, what.action, templateText(what.with)]);
    case 'event':
      return canonical([what.kind, what.name, what.match === undefined ? '' : expressionText(what.match)]);
    case 'file':
      return canonical([what.kind, templateText(what.path), optionalText(what.cwd)]);
    default:
      return unreachable(what);
  }
}

function approveText({ message, show, options, form, approvers = [], onReject, ...rest }: ApproveNode): string {
  const { timeoutMs = null, default: taken = null } = rest;
  const rejected = typeof onReject === 'object' ? [onReject.to, onReject.max] : (onReject ?? null);
  const asked = canonical([options, form ?? null, approvers, timeoutMs, taken, rejected]);
  return `${asked}${templateText(message)}${optionalText(show)}`;
}

function ensureText(ensure: Ensure): string {
  switch (ensure.kind) {
    case 'output':
      return canonical([ensure.kind, expressionText(ensure.holds)]);
    case 'exists':
    case 'files-changed':
      return canonical([ensure.kind, templateText(ensure.globs), optionalText(ensure.cwd)]);
    case 'commit':
      return ensure.kind;
    case 'probe':
      return probeText(ensure);
    default:
      return unreachable(ensure);
  }
}

/** How it is found out whether a step's effect has happened is no part of the effect. */
function guardText(node: PlanNode): string {
  if (node.kind !== 'action' || node.idempotent === undefined) return '';
  const { idempotent, verify } = node;
  const how = verify?.kind === 'condition' ? expressionText(verify.holds) : verify && probeText(verify);
  return canonical([idempotent, how ?? null]);
}

function probeText({ action, with: request, secrets = [], graceMs, clearEnv }: Probe): string {
  return canonical([action, templateText(request), secrets.toSorted(), graceMs ?? null, clearEnv ?? false]);
}

/** No part of a definition: what a step holds while it works cannot change what its success means. */
function claimText({ of, name, onConflict }: Claim): string {
  return canonical([of, templateText(name), onConflict ?? 'queue']);
}

function loopText({ max, delayMs = 0, plateau, ...tests }: LoopSpec): string {
  const texts = [tests.until, tests.while, plateau?.metric].map((test) =>
    test === undefined ? '' : expressionText(test),
  );
  return canonical([max, delayMs, plateau?.count ?? null, ...texts]);
}

function eachText({ from, key, filter, distinct, sort, limit, maxFailures = 0, ...rest }: EachSpec): string {
  const { as = null, min = 0, max = null, failFast } = rest;
  const list =
    from.kind === 'items'
      ? [templateText(from.items)]
      : [
          ...from.axes.map(([name, values]) => `${JSON.stringify(name)}:${templateText(values)}`),
          optionalText(from.include),
          optionalText(from.exclude),
        ];
  const tests = [key, filter, distinct, sort?.by].map((test) => (test === undefined ? '' : expressionText(test)));
  const failures = typeof maxFailures === 'number' ? maxFailures : `${maxFailures.percent}%`;
  return canonical([
    from.kind,
    list,
    tests,
    sort?.desc ?? false,
    optionalText(limit),
    as,
    min,
    max,
    failFast,
    failures,
  ]);
}

function childText({ isFragment, pick, files }: ChildSpec): string {
  const texts = files.map(
    ({ env, outputs, with: given, ...rest }) =>
      canonical([rest as unknown as Json, envText(env), outputsText(outputs), templateText(given)]), // a ChildFile is plain JSON
  );
  return canonical([isFragment === true, optionalText(pick), texts]);
}

function optionalText(template: Template | undefined): string {
  return template === undefined ? '' : templateText(template);
}

function filesText(files: Template | undefined): string {
  return files === undefined ? '' : `files${templateText(files)}`;
}

function bodiesText(node: Omit<PlanNode, 'digest'>, textOf: (inner: PlanNode, scope: PlanScope) => string): string {
  if (!('bodies' in node)) return '';
  const bodies = node.bodies as readonly (PlanScope | null)[]; // `in` narrows an Omit of a union no further
  return `{${bodies.map((scope) => (scope === null ? '-' : scopeText(scope, textOf))).join(';')}}`;
}

function scopeText(scope: PlanScope, textOf: (inner: PlanNode, scope: PlanScope) => string): string {
  const isList = scope.nodes.some((node) => node.after !== undefined);
  const nodes = isList ? scope.nodes : scope.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return nodes.map((node) => textOf(node, scope)).join(',');
}

function conditionText(condition: Condition | undefined): string {
  return condition === undefined ? '' : expressionText(condition.expression);
}

function expressionText(expression: Expression): string {
  return JSON.stringify(expression.source);
}

function envText(env: Readonly<Record<string, Template>> | undefined): string {
  if (env === undefined) return '';
  return sortedText(Object.entries(env), templateText);
}

function outputsText(outputs: Readonly<Record<string, OutputSpec>> | undefined): string {
  if (outputs === undefined) return '';
  return sortedText(Object.entries(outputs), (spec) => `${templateText(spec.value)}${schemaText(spec.schema)}`);
}

function schemaText(schema: JsonObject | undefined): string {
  return schema === undefined ? '' : canonical(schema);
}

function sortedText<T>(entries: readonly (readonly [string, T])[], textOf: (value: T) => string): string {
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(',')}}`;
}

/** The text of a template: expressions by their source. Depth is bounded by the document that it came from. */
function templateText(template: Template): string {
  switch (template.kind) {
    case 'literal':
      return `=${canonical(template.value)}`;
    case 'value':
      return `$${expressionText(template.expression)}`;
    case 'text':
      return `t${template.nulls === 'refuse' ? '!' : ''}[${template.parts.map((part) => (typeof part === 'string' ? JSON.stringify(part) : `$${expressionText(part)}`)).join(',')}]`;
    case 'list':
      return `l[${template.items.map(templateText).join(',')}]`;
    case 'argv':
      return `a[${template.items.map(templateText).join(',')}]`;
    case 'object':
      return `o${sortedText(template.entries, templateText)}`;
    default:
      return unreachable(template);
  }
}
