/** The form of a verdict from what was given on a command line. Whether it satisfies its schema is checked elsewhere. */
import { type Diagnostic, problem, type Result } from '../core/diagnostic/diagnostic.ts';
import { bareObject, isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { similarHint } from '../core/nearest.ts';
import { parseInput } from '../core/plan/inputs.ts';
import type { InputSpec } from '../core/plan/plan.ts';

/** A field of a form, as far as it can be asked for at a prompt. */
export interface FormField {
  readonly name: string;
  /** In the form of an input: text, number, … */
  readonly spec: InputSpec;
}

const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

export function fieldsOf(form: JsonObject): readonly FormField[] {
  const required = Array.isArray(form.required) ? form.required : [];
  return Object.entries(isJsonObject(form.properties) ? form.properties : {}).map(([name, value]) => {
    const schema = isJsonObject(value) ? value : {};
    const { type, description, default: usual } = schema;
    return {
      name,
      spec: {
        type: (typeof type === 'string' && TYPES.includes(type) ? type : 'string') as InputSpec['type'], // one of them
        required: required.includes(name),
        ...(usual !== undefined && { default: usual }),
        ...(typeof description === 'string' && { description }),
        schema,
      },
    };
  });
}

/** Fields given as `name=value`, or as a JSON object; a later one wins. Defaults fill the rest. Null where the step asks for no form and none is given. */
export function formOf(form: JsonObject | null, given: readonly string[]): Result<Json> {
  if (form === null && given.length === 0) return { ok: true, value: null };
  const fields = fieldsOf(form ?? {});
  const values = new Map<string, Json>();
  for (const { name, spec } of fields) if (spec.default !== undefined) values.set(name, spec.default);
  const diagnostics = given.flatMap((one) => read(fields, one, values) ?? []);
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: bareObject(values) };
}

function read(fields: readonly FormField[], given: string, into: Map<string, Json>): Diagnostic | null {
  if (given.trimStart().startsWith('{')) {
    const whole = parseInput(given, 'object');
    if (whole === null || !isJsonObject(whole.value))
      return problem('RUN_FORM_INVALID', 'What --form was given begins as a JSON object, and is none.');
    for (const [name, value] of Object.entries(whole.value)) into.set(name, value);
    return null;
  }
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || text === undefined)
    return problem('CLI_USAGE', `--form takes \`name=value\` or a JSON object; it was given "${given}".`);
  const field = fields.find((one) => one.name === name);
  if (field === undefined) {
    const names = fields.map((one) => one.name);
    return problem('RUN_FORM_INVALID', `The form has no field \`${name}\`.`, {
      hint:
        names.length === 0 ? 'The step asks for no form; --comment says why.' : `Its fields are ${names.join(', ')}.`,
      ...similarHint('a field', name, names),
    });
  }
  const value = parseInput(text, field.spec.type);
  if (value === null)
    return problem(
      'RUN_FORM_INVALID',
      `The field \`${name}\` of the form takes ${article(field.spec.type)}; it was given "${text}".`,
    );
  into.set(name, value.value);
  return null;
}

function article(type: InputSpec['type']): string {
  return `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
}
