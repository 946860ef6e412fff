import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { PLACES } from '../../../src/lang/generated/schemas.js';
import { renderSchemaReference } from '../../../src/lang/schema/reference.ts';
import { FAMILIAR_KEYS, RESERVED_KEYS } from '../../../src/lang/schema/reserved-keys.ts';

function schemaOf(name: string): JsonObject {
  const schema: Json = JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'));
  if (!isJsonObject(schema)) throw new Error(`${name} is no schema`);
  return schema;
}

/** Every key of a schema, with its path. */
function keysOf(part: Json, path = '#'): readonly (readonly [path: string, schema: JsonObject])[] {
  if (!isJsonObject(part)) return [];
  const named = ['properties', 'definitions'].flatMap((group) =>
    Object.entries(isJsonObject(part[group]) ? part[group] : {}).flatMap(([key, value]) => {
      const here = isJsonObject(value) ? [[`${path}/${key}`, value] as const] : [];
      return [...here, ...keysOf(value, `${path}/${key}`)];
    }),
  );
  return [
    ...named,
    ...['items', 'additionalProperties'].flatMap((group) => keysOf(part[group] ?? null, `${path}/${group}`)),
  ];
}

describe.each(['workflow', 'config'])('the schema of a %s', (name) => {
  it('is valid draft-07', () => {
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(schemaOf(name))).toBe(true);
  });

  it('has a title and a description for every key, so that an editor helps', () => {
    const silent = keysOf(schemaOf(name)).filter(([, schema]) => !(schema.title && schema.description));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('has examples that it accepts', () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema(schemaOf('workflow'), 'workflow.schema.json');
    ajv.addSchema(schemaOf('config'), 'config.schema.json');
    for (const [path, schema] of keysOf(schemaOf(name))) {
      const place = path.slice(2).replace(/^definitions\//, '');
      const pointer =
        path.split('/').length === 2 &&
        schemaOf(name).properties &&
        Object.hasOwn(schemaOf(name).properties as JsonObject, place) // a schema's properties are an object
          ? `${name}.schema.json#/properties/${place}`
          : null;
      if (pointer === null || !Array.isArray(schema.examples)) continue;
      for (const example of schema.examples)
        expect([pointer, ajv.validate({ $ref: pointer }, example)]).toEqual([pointer, true]);
    }
  });
});

describe('reserved and familiar keys', () => {
  it.each([...Object.entries(RESERVED_KEYS), ...Object.entries(FAMILIAR_KEYS)])(
    'of %s stand at a place of the schema and are not built',
    (place, keys) => {
      expect(PLACES[place]?.keys).toBeDefined();
      expect(Object.keys(keys).filter((key) => PLACES[place]?.keys?.includes(key))).toEqual([]);
    },
  );
});

describe('the reference', () => {
  const reference = renderSchemaReference(schemaOf('workflow'));

  it('has a row for every key', () => {
    for (const key of PLACES['workflow.schema.json#/definitions/step']?.keys ?? [])
      expect(reference).toContain(`| \`${key}\` |`);
    expect(reference).toContain('| `steps` (required) | steps |');
    expect(reference).toContain('| `backoff` | `constant`, `linear`, `exponential` |');
  });

  it('is a table of three columns throughout', () => {
    const rows = reference.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.filter((row) => row.split(/(?<!\\)\|/).length !== 5)).toEqual([]);
  });
});
