/** What is known of every context before a run: the types that expressions are checked against. Knows drafts, no expressions. */
import {
  ANY,
  BOOLEAN,
  closedObject,
  LIST,
  listOf,
  NULL,
  NUMBER,
  OBJECT,
  openObject,
  SECRET,
  STRING,
  type Type,
  unionOf,
  wordOf,
} from '../../core/expr/type.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { InputSpec } from '../../core/plan/plan.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { declaredOutputs, outputType } from './outputs.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';
import { chained, readonlyMap } from './views.ts';

/** A step that was skipped, or has failed, lacks its outputs, so each of them may be null. */
const MAYBE_TEXT = unionOf(STRING, NULL);
const MAYBE_NUMBER = unionOf(NUMBER, NULL);
const MAYBE_FLAG = unionOf(BOOLEAN, NULL);

const RESULT = wordOf('succeeded', 'failed', 'skipped', 'cancelled');
const CONCLUSION = wordOf('success', 'failure', 'skipped', 'cancelled');
const ERROR = unionOf(openObject({ code: STRING, message: STRING, step: STRING, 'exit-code': MAYBE_NUMBER }), NULL);

const STEP_FIELDS: ReadonlyMap<string, Type> = new Map<string, Type>(
  Object.entries({
    result: RESULT,
    conclusion: CONCLUSION,
    outcome: CONCLUSION,
    cause: MAYBE_TEXT,
    error: ERROR,
    attempts: NUMBER,
    'duration-ms': MAYBE_NUMBER,
  }),
);

const RUN_OUTPUTS: Readonly<Record<string, Type>> = {
  stdout: MAYBE_TEXT,
  stderr: MAYBE_TEXT,
  'exit-code': MAYBE_NUMBER,
  'stdout-truncated': MAYBE_FLAG,
  'stderr-truncated': MAYBE_FLAG,
  log: MAYBE_TEXT,
};

const HTTP_OUTPUTS: Readonly<Record<string, Type>> = {
  status: MAYBE_NUMBER,
  headers: ANY,
  body: MAYBE_TEXT,
  json: ANY,
  url: MAYBE_TEXT,
  path: MAYBE_TEXT,
  bytes: MAYBE_NUMBER,
  pages: MAYBE_NUMBER,
  more: MAYBE_FLAG,
};

const MCP_OUTPUTS: Readonly<Record<string, Type>> = {
  content: ANY,
  text: MAYBE_TEXT,
  structured: ANY,
  description: MAYBE_TEXT,
};

/** Contexts that are the same in every workflow. */
export const FIXED_CONTEXTS: Readonly<Record<string, Type>> = {
  run: closedObject({
    id: STRING,
    number: NUMBER,
    trigger: STRING,
    attempt: NUMBER,
    'started-at': STRING,
    dir: STRING,
    resumed: BOOLEAN,
  }),
  workflow: closedObject({ name: STRING, file: STRING, hash: STRING }),
  git: closedObject({
    sha: MAYBE_TEXT,
    branch: MAYBE_TEXT,
    tag: MAYBE_TEXT,
    dirty: MAYBE_FLAG,
    root: MAYBE_TEXT,
    remote: MAYBE_TEXT,
  }),
  error: ERROR,
  rework: unionOf(closedObject({ count: NUMBER, verdict: STRING, by: STRING, form: ANY, comment: MAYBE_TEXT }), NULL),
};

export const SELF: Type = closedObject({
  outputs: OBJECT,
  result: RESULT,
  'exit-code': MAYBE_NUMBER,
  stdout: MAYBE_TEXT,
  stderr: MAYBE_TEXT,
  json: ANY,
  lines: LIST,
  log: MAYBE_TEXT,
  attempt: NUMBER,
  'duration-ms': NUMBER,
});

export function inputsType(inputs: Readonly<Record<string, InputSpec>>): Type {
  return closedObject(new Map(Object.entries(inputs).map(([name, spec]) => [name, inputType(spec)] as const)));
}

function inputType(spec: InputSpec): Type {
  const type = typeOfSchema(spec.schema);
  return spec.required || spec.default !== undefined ? type : unionOf(type, NULL);
}

const TYPE_OF_NAME: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['string', STRING],
  ['number', NUMBER],
  ['integer', NUMBER],
  ['boolean', BOOLEAN],
  ['array', LIST],
  ['object', OBJECT],
]);

export function typeOfSchema(schema: JsonObject): Type {
  const words =
    Array.isArray(schema.enum) && schema.enum.every((word: Json) => typeof word === 'string') ? schema.enum : null;
  if (schema.type === 'string' && words !== null) return wordOf(...words);
  return (typeof schema.type === 'string' ? TYPE_OF_NAME.get(schema.type) : undefined) ?? ANY;
}

export function namesType(names: Iterable<string>, type: Type): Type {
  return closedObject(new Map([...names].map((name) => [name, type] as const)));
}

export function secretsType(names: readonly string[]): Type {
  return namesType(names, SECRET);
}

/** The type of `steps` as a scope sees it. The types of a scope's own steps are made once; those around it are shared. */
export function stepsType(scope: ScopeDraft, known: Map<ScopeDraft, ReadonlyMap<string, Type>>): Type {
  return { kind: 'object', fields: stepTypes(scope, known), isOpen: false };
}

function stepTypes(scope: ScopeDraft, known: Map<ScopeDraft, ReadonlyMap<string, Type>>): ReadonlyMap<string, Type> {
  const made = known.get(scope);
  if (made !== undefined) return made;
  const own = lazyMap(scope.byId);
  const types = scope.outer === null ? own : chained(own, stepTypes(scope.outer, known));
  known.set(scope, types);
  return types;
}

function stepType(step: StepDraft): Type {
  const fields = new Map(STEP_FIELDS).set('outputs', outputsType(step));
  return closedObject(isFannedOut(step) ? fields.set('items', listOf(itemType(step))) : fields);
}

function isFannedOut(step: StepDraft): boolean {
  return entryOf(step.tree, 'for-each') !== undefined || entryOf(step.tree, 'matrix') !== undefined;
}

/** What is said of one item of a fan-out. */
function itemType(step: StepDraft): Type {
  const outputs = unionOf(onceOrLooped(step), NULL);
  return closedObject({ key: STRING, item: ANY, result: RESULT, outputs, error: ERROR });
}

function outputsType(step: StepDraft): Type {
  return isFannedOut(step) ? listOf(unionOf(onceOrLooped(step), NULL)) : onceOrLooped(step);
}

/** The outputs of a step, or of one item of it. */
function onceOrLooped(step: StepDraft): Type {
  const once = onceType(step);
  if (entryOf(step.tree, 'loop') === undefined || once.kind !== 'object') return once;
  return { ...once, fields: new Map([...once.fields, ...LOOP_OUTPUTS]) };
}

const LOOP_OUTPUTS: ReadonlyMap<string, Type> = new Map([
  ['iterations', MAYBE_NUMBER],
  ['stopped', unionOf(wordOf('until', 'while', 'max', 'plateau'), NULL)],
]);

/** The outputs of a step that is done once, or of one time. */
function onceType(step: StepDraft): Type {
  const type = typeOfAction(step);
  if (entryOf(step.tree, 'artifacts') === undefined || type.kind !== 'object') return type;
  return { ...type, fields: new Map([...type.fields, ['artifacts', listOf(ARTIFACT)]]) };
}

const ARTIFACT: Type = openObject({ path: STRING, file: STRING, size: NUMBER, sha256: STRING });

function typeOfAction(step: StepDraft): Type {
  const tree = entryOf(step.tree, 'outputs')?.value;
  const names = declaredOutputs(tree);
  const declared = Object.fromEntries((names ?? []).map((name) => [name, typeNamed(outputType(tree, name))] as const));
  switch (step.action) {
    case 'run':
      return names === null ? openObject(RUN_OUTPUTS) : closedObject({ ...RUN_OUTPUTS, ...declared });
    case 'http':
      return closedObject({ ...HTTP_OUTPUTS, ...declared });
    case 'claude':
      return claudeType(step, declared);
    case 'mcp':
      return closedObject({ ...MCP_OUTPUTS, ...declared });
    case 'uses':
      return usedType(step, declared);
    case 'write':
      return closedObject({ path: MAYBE_TEXT, ...declared });
    case 'service':
      return closedObject({ pid: MAYBE_NUMBER, port: MAYBE_NUMBER });
    case 'set':
      return closedObject({ ...setTypes(step), ...declared });
    case 'wait':
      return closedObject({ 'waited-ms': MAYBE_NUMBER, ...waitTypes(step), ...declared });
    case 'approve':
      return closedObject({ ...approveTypes(step), ...declared });
    case 'race':
      // Without outputs of its own it has those of whichever member wins.
      return names === null ? OBJECT : closedObject(declared);
    case 'workflow':
    case 'include':
      return childType(step);
    case 'fail':
    case 'try':
    case 'steps':
    case 'parallel':
      return closedObject(declared);
    case 'compensate':
      return closedObject({ undone: ANY, ...declared });
    case 'choose':
      return closedObject({ branch: ANY, ...branchTypes(step), ...declared });
    case null:
      // Its action is not known, so nothing it gives is.
      return OBJECT;
    default:
      return step.action satisfies never;
  }
}

/** Each may be null: a failed step gives none. */
function claudeType(step: StepDraft, declared: Readonly<Record<string, Type>>): Type {
  const claude = entryOf(step.tree, 'claude')?.value;
  const ofAgent = { turns: MAYBE_NUMBER, session: MAYBE_TEXT, denied: MAYBE_NUMBER };
  const isAgent = step.keepsSession || ['tools', 'mcp', 'memory'].some((key) => valueOf(claude, key) !== undefined);
  const own = { usage: ANY, cost: ANY, model: MAYBE_TEXT, by: MAYBE_TEXT, ...(isAgent ? ofAgent : {}), ...declared };
  const schema = valueOf(claude, 'output');
  if (schema === undefined) return closedObject({ text: MAYBE_TEXT, ...own });
  const properties = valueOf(schema, 'properties');
  if (properties?.kind !== 'map') return closedObject({ value: ANY, ...own });
  const fields = properties.entries.map(({ key, value }) => {
    const field = jsonOf(value);
    return [key, unionOf(isJsonObject(field) ? typeOfSchema(field) : ANY, NULL)] as const;
  });
  return closedObject({ ...Object.fromEntries(fields), ...own });
}

/** Each may be null: a failed step gives none. */
function usedType({ used }: StepDraft, declared: Readonly<Record<string, Type>>): Type {
  const properties = used?.output['properties'];
  if (properties === undefined || !isJsonObject(properties)) return OBJECT;
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, unionOf(isJsonObject(schema) ? typeOfSchema(schema) : ANY, NULL)] as const,
  );
  const isOpen = used?.output['additionalProperties'] !== undefined && used.output['additionalProperties'] !== false;
  const all = { ...Object.fromEntries(fields), ...declared };
  return isOpen ? openObject(all) : closedObject(all);
}

/** What a wait gives besides, by its form. */
function waitTypes(step: StepDraft): Record<string, Type> {
  const wait = entryOf(step.tree, 'wait')?.value;
  const until = valueOf(wait, 'until');
  if (valueOf(until, 'run') !== undefined) return RUN_OUTPUTS;
  if (valueOf(until, 'http') !== undefined) return HTTP_OUTPUTS;
  if (valueOf(wait, 'event') !== undefined) return { event: ANY, by: MAYBE_TEXT };
  return valueOf(wait, 'file') === undefined ? {} : { path: MAYBE_TEXT, paths: ANY };
}

function approveTypes(step: StepDraft): Record<string, Type> {
  const options = valueOf(entryOf(step.tree, 'approve')?.value, 'options');
  const words = options?.kind === 'list' ? options.items.filter(isText).map(({ value }) => value) : USUAL_VERDICTS;
  return { verdict: unionOf(wordOf(...words), NULL), by: MAYBE_TEXT, form: ANY, comment: MAYBE_TEXT };
}

const USUAL_VERDICTS: readonly string[] = ['approve', 'reject'];

/** What any of the files gives: each output may be null, since which of them is run is not known. */
function childType({ children }: StepDraft): Type {
  const faces = (children ?? []).map(({ face }) => face);
  const known = faces.filter((face) => face !== null);
  if (known.length === 0 || known.length < faces.length) return OBJECT;
  const fields = new Map<string, Type>();
  for (const { outputs } of known)
    for (const [name, type] of outputs) fields.set(name, unionOf(fields.get(name) ?? NULL, type, NULL));
  return closedObject(fields);
}

function setTypes(step: StepDraft): Record<string, Type> {
  const values = entryOf(step.tree, 'set')?.value;
  if (values?.kind !== 'map') return {};
  return Object.fromEntries(
    values.entries.map(
      ({ key, value }) => [key, isText(value) && !value.value.includes('${{') ? MAYBE_TEXT : ANY] as const,
    ),
  );
}

function branchTypes(step: StepDraft): Record<string, Type> {
  const names = step.bodies.flatMap((body) => declaredOutputs(body.outputs?.value) ?? []);
  return Object.fromEntries(names.map((name) => [name, ANY] as const));
}

function typeNamed(name: string | null): Type {
  const type = name === null ? ANY : typeOfSchema({ type: name });
  return type === ANY ? ANY : unionOf(type, NULL);
}

/** Makes the type of a step when it is first asked for: most steps of a large workflow are read by few others. */
function lazyMap(steps: ReadonlyMap<string, StepDraft>): ReadonlyMap<string, Type> {
  const made = new Map<string, Type>();
  const get = (id: string): Type | undefined => {
    const step = steps.get(id);
    if (step === undefined) return undefined;
    const type = made.get(id) ?? stepType(step);
    made.set(id, type);
    return type;
  };
  return readonlyMap(
    (id) => steps.has(id),
    get,
    () => steps.keys(),
  );
}
