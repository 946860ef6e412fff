/** Evaluates declared outputs and holds them against their schemas. Knows no events. */
import { bareObject, type Json, type JsonObject } from '../json.ts';
import type { OutputSpec } from '../plan/plan.ts';
import { type Answer, evaluateFor, type Scene } from './evaluation.ts';
import type { AttemptEnded } from './event.ts';
import { badOutput } from './failing.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { partOf } from './scope.ts';
import { SelfContext } from './self-context.ts';

/** What a leaf that did its work adds to its outputs: only what it declares beside them. */
export function computedOutputs(run: Run, node: Node, ended: AttemptEnded): Answer<{ readonly outputs?: JsonObject }> {
  // A wait gives outputs that no event has said yet.
  const isWaiting = node.plan.kind === 'wait' || node.plan.kind === 'await';
  if (node.plan.outputs === undefined) {
    return { kind: 'value', value: isWaiting ? { outputs: { ...ended.outputs } } : {} };
  }
  const scene = sceneOf(node);
  const answer = evaluateOutputs(run, node, node.plan.outputs, { ...scene, self: new SelfContext(node, ended, scene) });
  if (answer.kind !== 'value') return answer;
  return { kind: 'value', value: { outputs: isWaiting ? { ...ended.outputs, ...answer.value } : answer.value } };
}

export function evaluateOutputs(
  run: Run,
  node: Node,
  specs: Readonly<Record<string, OutputSpec>>,
  scene: Scene,
): Answer<JsonObject> {
  const outputs = bareObject<Json>();
  for (const [name, spec] of Object.entries(specs)) {
    const answer = evaluateFor(run, node, spec.value, scene);
    if (answer.kind !== 'value') return answer;
    const wrong = spec.schema === undefined ? null : run.surroundings.validate?.(spec.schema, answer.value);
    if (wrong) return { kind: 'error', diagnostic: badOutput(node.path, name, wrong) };
    outputs[name] = answer.value;
  }
  return { kind: 'value', value: outputs };
}

/** What a composite declares as outputs of one of its slots. */
export function outputSpecs(node: Node, slot: number): Readonly<Record<string, OutputSpec>> | undefined {
  const { plan } = node;
  if (plan.kind === 'choose') return plan.bodyOutputs?.[slot] ?? plan.outputs;
  const part = partOf(plan, slot);
  if (plan.kind === 'workflow') return part === 'body' ? node.slots?.child?.file.outputs : undefined;
  // A catch that answers a failure gives the outputs in the place of the body.
  return part === 'end' ? undefined : plan.outputs;
}
