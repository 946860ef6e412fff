/** Holds `with` against the inputs that a file declares: names, values and types, as far as they are known before the run. Knows no runs. */
import type { Span } from '../../core/diagnostic/diagnostic.ts';
import type { Range, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { alternatives, describeType, type Type } from '../../core/expr/type.ts';
import type { Json } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { InputSpec, Plan } from '../../core/plan/plan.ts';
import { validateJson } from '../../core/schema/validate.ts';
import { typeOfTemplate } from './face.ts';
import type { Place } from './place.ts';
import { deepTemplate, literal, objectTemplate, warnOfBareReference } from './text.ts';
import type { Scene } from './world.ts';

/** A value as `with` gives it. */
export interface Given {
  readonly name: string;
  readonly keyRange: Range;
  readonly tree: Tree;
  readonly template: Template;
  readonly type: Type;
}

/** What has inputs: a workflow that a step runs, a prompt, a step of a plugin. */
export interface Declaring {
  /** As the user would name it. */
  readonly file: string;
  readonly inputs: Plan['inputs'];
  placeOf(what: 'inputs', name: string): Span | null;
}

/** The values of `with`, checked as expressions, once for all files that may be run; null where it cannot be read. */
export function readWith(scene: Scene, tree: Tree | undefined, place: Place): readonly Given[] | null {
  if (tree === undefined) return [];
  if (tree.kind !== 'map') {
    scene.malformed(tree.range, '`with` is a map of inputs.');
    return null;
  }
  return tree.entries.map(({ key, keyRange, value }) => {
    warnOfBareReference(scene, value);
    const template = deepTemplate(scene, value, place);
    return { name: key, keyRange, tree: value, template, type: typeOfTemplate(scene, place, template) };
  });
}

/** The template of the inputs that a file is given. `at`: where one that is missing would stand. */
export function checkedInputs(scene: Scene, at: Range, face: Declaring, given: readonly Given[]): Template {
  const { inputs } = face;
  const entries = given.flatMap((one): readonly (readonly [string, Template])[] => {
    const spec = Object.hasOwn(inputs, one.name) ? inputs[one.name] : undefined;
    if (spec !== undefined) return [[one.name, checkOne(scene, face, one, spec)]];
    reportUnknown(scene, face, one);
    return [];
  });
  for (const [name, spec] of Object.entries(inputs)) {
    const isGiven = given.some((one) => one.name === name);
    if (spec.required && spec.default === undefined && !isGiven) reportMissing(scene, at, face, name, spec);
  }
  return objectTemplate(entries);
}

function checkOne(scene: Scene, face: Declaring, { name, tree, template, type }: Given, spec: InputSpec): Template {
  if (template.kind !== 'literal') {
    if (!mayFit(type, spec)) {
      const hint =
        spec.type === 'number' || spec.type === 'integer'
          ? '`int(…)` and `float(…)` make numbers of texts.'
          : spec.type === 'string'
            ? '`string(…)` makes a text of a number, `toJSON(…)` of anything.'
            : null;
      report(scene, face, name, `must be ${FORMS[spec.type]}, and is ${describeType(type)}`, tree.range, hint);
    }
    return template;
  }
  const value = asText(tree, spec) ?? template.value;
  if (value === null && !spec.required) return literal(null); // as if it were not given
  const [fault] = validateJson(value, spec.schema);
  if (fault !== undefined)
    report(
      scene,
      face,
      fault.path === '' ? name : `${name}.${fault.path}`,
      fault.message,
      tree.range,
      spec.description ?? null,
    );
  return literal(value);
}

/** A number where a text is wanted is the text that stands there. */
function asText(tree: Tree, { type }: InputSpec): Json {
  return type === 'string' && tree.kind === 'scalar' && typeof tree.value === 'number' ? tree.source : null;
}

const FORMS: Readonly<Record<InputSpec['type'], string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'a boolean',
  array: 'a list',
  object: 'an object',
};

/** Whether some value of the type is one that the input takes. */
function mayFit(type: Type, spec: InputSpec): boolean {
  const kinds = alternatives(type).filter(({ kind }) => kind !== 'null');
  if (kinds.length === 0) return !spec.required; // a null counts as not given
  return kinds.some((one) => {
    switch (one.kind) {
      case 'string':
        return (
          spec.type === 'string' && (one.words?.some((word) => validateJson(word, spec.schema).length === 0) ?? true)
        );
      case 'number':
        return spec.type === 'number' || spec.type === 'integer';
      case 'boolean':
        return spec.type === 'boolean';
      case 'list':
        return spec.type === 'array';
      case 'object':
        return spec.type === 'object';
      default:
        return true;
    }
  });
}

function report(scene: Scene, face: Declaring, name: string, why: string, at: Range, hint: string | null): void {
  scene.error('PLAN_INPUT_INVALID', `The input \`${name}\` of "${face.file}" ${why}.`, at, {
    ...(hint !== null && { hint }),
    ...declared(face, name.split('.')[0] ?? name),
  });
}

function reportUnknown(scene: Scene, face: Declaring, { name, keyRange }: Given): void {
  const names = Object.keys(face.inputs);
  scene.error('PLAN_INPUT_UNKNOWN', `"${face.file}" has no input \`${name}\`.`, keyRange, {
    label: `no input \`${name}\``,
    hint: names.length === 0 ? 'It has no inputs.' : `Its inputs are: ${names.slice(0, 20).join(', ')}.`,
    ...similarHint('an input', name, names),
  });
}

function reportMissing(scene: Scene, at: Range, face: Declaring, name: string, spec: InputSpec): void {
  const about = spec.description === undefined ? '' : ` It is: ${spec.description}`;
  scene.error('PLAN_INPUT_MISSING', `"${face.file}" needs the input \`${name}\`, which is not given.`, at, {
    hint: `Give it: \`with: { ${name}: … }\`.${about}`,
    ...declared(face, name),
  });
}

function declared(face: Declaring, name: string) {
  const at = face.placeOf('inputs', name);
  return at === null ? {} : { related: [{ message: `\`${name}\` is declared here`, at }] };
}
