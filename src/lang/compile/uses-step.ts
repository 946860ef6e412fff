/** Compiles the action `uses` to the request that its step type takes. */
import type { Template } from '../../core/expr/ast.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { InputSpec } from '../../core/plan/plan.ts';
import { checkedInputs, readWith } from './child-inputs.ts';
import type { StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { requestTemplate } from './run-step.ts';
import { literal, objectTemplate } from './text.ts';
import { entryOf } from './tree.ts';
import type { Scene } from './world.ts';

/** An attempt that says nothing of time is bounded nevertheless; a plugin has a limit of its own for each call. */
export const USUAL_USES_TIMEOUT_MS = 600_000;

/** A template that evaluates to a UsesRequest. */
export function compileUses(scene: Scene, step: StepDraft): Template {
  const entry = entryOf(step.tree, 'with');
  const given = readWith(scene, entry?.value, placeOf(step, 'with')) ?? [];
  const { used } = step;
  if (used === null) return literal(null);
  const { ref, step: name, input, output, granted } = used;
  const { inputs, others } = inputsOf(input);
  const isOpen = input['additionalProperties'] !== undefined && input['additionalProperties'] !== false;
  const isFree = (key: string): boolean => others.has(key) || (isOpen && !Object.hasOwn(inputs, key));
  const taker = { file: `${ref.name}/${name}`, inputs, placeOf: () => null };
  const at = (entry ?? entryOf(step.tree, 'uses'))?.keyRange ?? step.idRange;
  const checked = checkedInputs(
    scene,
    at,
    taker,
    given.filter((one) => !isFree(one.name)),
  );
  const free = given.filter((one) => isFree(one.name)).map((one) => [one.name, one.template] as const);
  return requestTemplate([
    ['plugin', literal(ref as unknown as Json)], // plain JSON
    ['step', literal(name)],
    ['input', free.length === 0 ? checked : merged(checked, free)],
    ['schema', literal({ input, output })],
    ['granted', literal(granted)],
  ]);
}

function merged(checked: Template, free: readonly (readonly [string, Template])[]): Template {
  const known =
    checked.kind === 'object'
      ? checked.entries
      : checked.kind === 'literal' && isJsonObject(checked.value)
        ? Object.entries(checked.value).map(([key, value]) => [key, literal(value)] as const)
        : [];
  return objectTemplate([...known, ...free]);
}

const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

/** The properties of a schema as inputs, and the names of those that have no one type: these are looked at when the step runs. */
function inputsOf({ properties, required }: JsonObject): {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly others: ReadonlySet<string>;
} {
  const inputs: Record<string, InputSpec> = {};
  const others = new Set<string>();
  const needed = Array.isArray(required) ? required : [];
  for (const [name, schema] of Object.entries(isJsonObject(properties ?? null) ? (properties as JsonObject) : {})) {
    const type = isJsonObject(schema) ? schema['type'] : undefined;
    if (!isJsonObject(schema) || typeof type !== 'string' || !TYPES.includes(type)) {
      others.add(name);
      continue;
    }
    const { description, default: usual } = schema;
    inputs[name] = {
      type: type as InputSpec['type'], // one of the words above
      schema,
      required: needed.includes(name),
      ...(typeof description === 'string' ? { description } : {}),
      ...(usual === undefined ? {} : { default: usual }),
    };
  }
  return { inputs, others };
}
