/** Holds values against JSON Schemas of servers, which use drafts and references that giga's own check does not take. */
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import { canonical, type Json, type JsonObject } from '../../core/json.ts';
import { checkSchema } from '../../core/schema/check.ts';
import { validateJson } from '../../core/schema/validate.ts';

/** What is wrong with a value first. Giga's own check is bounded, so it is taken wherever it understands the schema whole. */
export function makeFault(): (schema: JsonObject, value: Json) => string | null {
  const engine = new AjvJsonSchemaValidator();
  const isOwn = new Map<string, boolean>();
  return (schema, value) => {
    const key = canonical(schema);
    const own = isOwn.get(key) ?? checkSchema(schema).length === 0;
    isOwn.set(key, own);
    if (own) {
      const [fault] = validateJson(value, schema);
      return fault === undefined ? null : `${fault.path === '' ? 'the value' : `\`${fault.path}\``} ${fault.message}`;
    }
    try {
      const told = engine.getValidator<Json>({ ...schema })(value);
      return told.valid ? null : told.errorMessage;
    } catch (error) {
      return `the schema cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}
