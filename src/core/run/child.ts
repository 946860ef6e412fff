/** What a child workflow begins with: which file it is, and its inputs, evaluated and checked once. Knows no slots. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { bareObject, type Json, type JsonObject } from '../json.ts';
import type { ChildFile, ChildSpec, CompositeNode } from '../plan/plan.ts';
import { type Answer, evaluateFor } from './evaluation.ts';
import type { RunEvent } from './event.ts';
import { badInput, unknownChild } from './failing.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { refusal } from './wishes.ts';

/** The event that opens a child workflow, or ends the step because it cannot be given what it wants. */
export function openChild(run: Run, node: Node, spec: ChildSpec): RunEvent | null {
  const which = pickFile(run, node, spec);
  if (which.kind !== 'value') return refusal(run, node, which);
  const file = spec.files[which.value] as ChildFile; // what picks a file gives an index of one
  const inputs = inputsFor(run, node, file);
  if (inputs.kind !== 'value') return refusal(run, node, inputs);
  const count = (node.plan as CompositeNode).bodies.length; // only composites have children
  const child = which.value === 0 ? {} : { child: which.value };
  return { type: 'node.opened', node: node.path, count, ...child, inputs: inputs.value };
}

function pickFile(run: Run, node: Node, { pick, files }: ChildSpec): Answer<number> {
  if (pick === undefined) return { kind: 'value', value: 0 };
  const answer = evaluateFor(run, node, pick, sceneOf(node));
  if (answer.kind !== 'value') return answer;
  const value = files.findIndex(({ key }) => key === answer.value);
  if (value >= 0) return { kind: 'value', value };
  return { kind: 'error', diagnostic: unknownChild(node.path, answer.value) };
}

/** Every declared input has a value: the given one, else the default, else null. A null is as if it were not given. */
function inputsFor(run: Run, node: Node, file: ChildFile): Answer<JsonObject> {
  const given = evaluateFor(run, node, file.with, sceneOf(node));
  if (given.kind !== 'value') return given;
  const values = given.value as JsonObject; // the compiler makes nothing else
  const inputs = bareObject<Json>();
  for (const [name, spec] of Object.entries(file.inputs)) {
    const value = Object.hasOwn(values, name) ? (values[name] ?? null) : null;
    const wrong = value === null ? null : (run.surroundings.validate?.(spec.schema, value) ?? null);
    const isMissing = value === null && spec.required && spec.default === undefined;
    if (wrong !== null || isMissing) return { kind: 'error', diagnostic: wrongInput(node, file, name, wrong) };
    inputs[name] = value ?? spec.default ?? null;
  }
  return { kind: 'value', value: inputs };
}

function wrongInput({ path }: Node, { file, inputs }: ChildFile, name: string, wrong: string | null): Diagnostic {
  return badInput(path, file, name, wrong ?? 'is required, and the value given is null', inputs[name]?.description);
}
