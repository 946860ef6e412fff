/** Makes a failing case smaller while it still fails: without steps, needs, options, and trouble in the world. Knows no reason for a failure. */
import { type CompositeNode, isComposite, type PlanNode, type PlanScope } from '../core/plan/plan.ts';
import { type CaseParts, caseOf, type RandomCase } from './random-plan.ts';

/** The smallest one that a greedy search finds: every smaller form of it no longer fails. */
export function shrink(testCase: RandomCase, fails: (smaller: RandomCase) => boolean): RandomCase {
  let small = testCase;
  for (let tries = 0; tries < MAX_TRIES; ) {
    let found: RandomCase | null = null;
    for (const parts of smallerForms(small)) {
      const smaller = caseOf({ ...small, ...parts });
      if (++tries < MAX_TRIES && holds(fails, smaller)) found = smaller;
      if (found !== null || tries >= MAX_TRIES) break;
    }
    if (found === null) return small;
    small = found;
  }
  return small;
}

const MAX_TRIES = 20_000;

/** One step smaller, in every way that there is, from the boldest to the least. */
export function* smallerCases(testCase: RandomCase): Iterable<RandomCase> {
  for (const parts of smallerForms(testCase)) yield caseOf({ ...testCase, ...parts });
}

/** A form that is no plan any more makes who asks throw: it is no smaller case of the same failure. */
function holds(fails: (smaller: RandomCase) => boolean, smaller: RandomCase): boolean {
  try {
    return fails(smaller);
  } catch {
    return false;
  }
}

/** From the boldest to the least. */
function* smallerForms({ plan, calm }: RandomCase): Iterable<Partial<CaseParts>> {
  for (const root of smallerNodes(plan.root)) yield { plan: { ...plan, root: root as CompositeNode } }; // a form of the root has its kind
  if (plan.concurrency < 64) yield { plan: { ...plan, concurrency: 64 } };
  for (const id of idsIn(plan.root)) if (!calm.includes(id)) yield { calm: [...calm, id] };
}

/** What cannot be left out of a node. */
const ESSENTIAL: readonly string[] = [
  'id',
  'kind',
  'at',
  'needs',
  'digest',
  'bodies',
  'conditions',
  'loop',
  'each',
  'child',
  'rethrow',
  'action',
  'with',
  'values',
  'message',
  'for',
  'what',
  'options',
];

/** They might wait for ever. */
const WAITING: readonly string[] = ['await', 'approve'];

function* smallerNodes(node: PlanNode): Iterable<PlanNode> {
  if (isComposite(node)) {
    for (const [slot, body] of node.bodies.entries()) {
      if (body === null) continue;
      const isWhole = slot === 0 || node.kind === 'choose';
      for (const smaller of smallerScopes(body, isWhole ? 1 : 0))
        yield { ...node, bodies: node.bodies.with(slot, smaller.nodes.length === 0 ? null : smaller) };
    }
  }
  for (const [index, hook] of (node.hooks ?? []).entries())
    for (const body of smallerScopes(hook.body, 1))
      yield { ...node, hooks: (node.hooks ?? []).with(index, { ...hook, body }) };
  for (const key of Object.keys(node)) {
    if (ESSENTIAL.includes(key) || (key === 'timeoutMs' && WAITING.includes(node.kind))) continue;
    const { [key as 'name']: _left, ...rest } = node;
    yield rest;
  }
  for (const [index] of node.needs.entries()) yield { ...node, needs: node.needs.toSpliced(index, 1) };
}

function* smallerScopes(scope: PlanScope, least: number): Iterable<PlanScope> {
  const { nodes } = scope;
  for (const index of nodes.keys()) if (nodes.length > least) yield without(scope, index);
  for (const [index, node] of nodes.entries()) {
    // What is in a group may stand for it.
    if (isComposite(node) && node.kind !== 'each' && node.kind !== 'loop')
      for (const inner of node.bodies.flatMap((body) => body?.nodes ?? []))
        yield { nodes: nodes.with(index, { ...inner, needs: node.needs, after: node.after ?? 0 }) };
    for (const smaller of smallerNodes(node)) yield { nodes: nodes.with(index, smaller) };
  }
}

/** Edges that led to it are gone, and those to the members after it go to where these are now. */
function without({ nodes }: PlanScope, gone: number): PlanScope {
  const moved = (index: number): number => (index > gone ? index - 1 : index);
  const rest = nodes.toSpliced(gone, 1).map((node) => ({
    ...node,
    needs: node.needs.filter((index) => index !== gone).map(moved),
    ...(node.after !== undefined && { after: moved(node.after) }),
  }));
  return { nodes: rest };
}

function idsIn(node: PlanNode): readonly string[] {
  const parts = [...('bodies' in node ? node.bodies : []), ...(node.hooks ?? []).map(({ body }) => body)];
  return parts.flatMap((body) => (body?.nodes ?? []).flatMap((inner) => [inner.id, ...idsIn(inner)]));
}
