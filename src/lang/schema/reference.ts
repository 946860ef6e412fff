/** Writes the tables of keys for the documentation from a schema, so that the two cannot differ. Knows JSON Schema, no key. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** Markdown tables of all keys of a schema: those of the document, then those of each definition that has keys of its own. */
export function renderSchemaReference(schema: JsonObject): string {
  const definitions = isJsonObject(schema.definitions) ? schema.definitions : {};
  const tables = Object.entries(definitions).flatMap(([name, definition]) => {
    if (!isJsonObject(definition) || !isJsonObject(definition.properties)) return [];
    return [table(`\`${name}\``, definition)];
  });
  return [table('The document', schema), ...tables].join('\n');
}

function table(title: string, part: JsonObject): string {
  const properties = isJsonObject(part.properties) ? part.properties : {};
  const required = Array.isArray(part.required) ? part.required : [];
  const rows = Object.entries(properties).map(([key, value]) => {
    const inner = isJsonObject(value) ? value : {};
    const mark = required.includes(key) ? ' (required)' : '';
    return `| \`${key}\`${mark} | ${typeOf(inner)} | ${textOf(inner.description)} |`;
  });
  return `### ${title}\n\n${textOf(part.description)}\n\n| key | value | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  array: 'list',
  object: 'map',
  null: 'empty',
};

/** What a value may be: the name of its definition, its allowed words, or its types. */
function typeOf(part: JsonObject): string {
  if (typeof part.$ref === 'string') return part.$ref.slice(part.$ref.lastIndexOf('/') + 1);
  if (Array.isArray(part.enum)) return part.enum.map((word) => `\`${textOf(word)}\``).join(', ');
  const types: readonly Json[] = Array.isArray(part.type) ? part.type : part.type === undefined ? [] : [part.type];
  const words = types.map((type) => WORDS[textOf(type)] ?? textOf(type));
  const items = isJsonObject(part.items) ? ` of ${typeOf(part.items)}` : '';
  return words.length === 0 ? 'any' : words.map((word) => (word === 'list' ? `list${items}` : word)).join(', ');
}

function textOf(value: Json | undefined): string {
  return (typeof value === 'string' ? value : '').replaceAll('|', '\\|');
}
