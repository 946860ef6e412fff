/** The end of an iteration: what decides whether another follows, evaluated inside it. Knows no other iteration but the one before. */

import type { Expression } from '../expr/ast.ts';
import type { Json } from '../json.ts';
import { known } from '../known.ts';
import { type Answer, evaluateFor, isTruthy, type Scene } from './evaluation.ts';
import type { AttemptEnded, RunEvent } from './event.ts';
import { badMetric, loopOf } from './loop.ts';
import type { LoopFacts } from './loop-facts.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import type { Scope } from './scope.ts';
import { SelfContext } from './self-context.ts';
import { captureFor } from './waiting.ts';

type Closed = Extract<RunEvent, { readonly type: 'scope.closed' }>;

export function askIterationEnd(run: Run, node: Node, scope: Scope, event: Closed): RunEvent | null {
  if (event.result === 'failed' || event.result === 'cancelled' || !('bodies' in node.plan)) return event;
  const spec = loopOf(node.plan);
  const scene = iterationScene(node, scope);
  const ask = (test: Expression | undefined, where: Scene): Answer<Json> | null =>
    test === undefined ? null : evaluateFor(run, node, { kind: 'value', expression: test }, where);
  const next: Scene = { ...scene, loop: { number: scope.slot + 2, last: ended(event, scope) } };
  const answers = [ask(spec.until, scene), ask(spec.while, next), ask(spec.plateau?.metric, scene)] as const;
  for (const answer of answers) {
    if (answer?.kind === 'missing') return captureFor(run, node, answer);
    if (answer?.kind === 'error') return { ...event, result: 'failed', error: answer.diagnostic };
  }
  const [until, again, metric] = answers.map((answer) => (answer?.kind === 'value' ? answer.value : undefined));
  if (metric !== undefined && typeof metric !== 'number')
    return { ...event, result: 'failed', error: badMetric(node.path, metric) };
  const loop: LoopFacts = {
    ...(until !== undefined && { until: isTruthy(until) }),
    ...(again !== undefined && { while: isTruthy(again) }),
    ...(metric !== undefined && { metric }),
  };
  return Object.keys(loop).length === 0 ? event : { ...event, loop };
}

function ended({ result }: Closed, scope: Scope) {
  return { result, outputs: scope.nodes[0]?.outputs ?? {}, failure: null, own: false, print: '' };
}

/** What is seen inside an iteration at its end: the step as `self`, and the members of a group; not those of a child workflow. */
function iterationScene(node: Node, scope: Scope): Scene {
  const member = known(scope.nodes[0]);
  const outer: Scene = { ...sceneOf(node), from: scope };
  const seen = member.plan.kind === 'workflow' ? scope : (member.slots?.closed.at(-1) ?? scope);
  const inside: Scene = { ...outer, from: seen };
  return { ...inside, self: new SelfContext(member, asEnded(member), inside) };
}

/** A step that settled well as its last attempt would have told it, also when it was kept. */
function asEnded({ path, outputs, durationMs }: Node): AttemptEnded {
  return { type: 'attempt.ended', node: path, op: 0, outcome: 'succeeded', outputs: outputs ?? {}, durationMs };
}
