/** Values and schemas at the edges of what a schema allows, and how much is said of them. */
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { checkSchema } from '../../../src/core/schema/check.ts';
import { type Fault, validateJson } from '../../../src/core/schema/validate.ts';

const said = (faults: readonly Fault[]): readonly string[] => faults.map(({ path, message }) => `${path}: ${message}`);
const list = (count: number): readonly Json[] => Array.from({ length: count }, (_, i) => i);

describe('validateJson', () => {
  it.each<[JsonObject, Json]>([
    [{ type: 'number' }, 1],
    [{ type: 'number' }, 1.5],
    [{ type: 'object' }, {}],
    [{ minLength: 2 }, 'ab'],
    [{ maxLength: 2 }, 'ab'],
    [{ minLength: 2, maxLength: 1 }, 5],
    [{ minimum: 1, maximum: 1 }, 1],
    [{ exclusiveMinimum: 1, exclusiveMaximum: 3 }, 2],
    [{ minimum: 5 }, 'text'],
    [{ multipleOf: 0.01 }, 19.99],
    [{ multipleOf: 3 }, -9],
    [{ multipleOf: 3 }, 0],
    [{ minItems: 2, maxItems: 2 }, [1, 2]],
    [{ uniqueItems: false }, [1, 1]],
    [{ uniqueItems: true }, [1, '1', [1], { a: 1 }]],
    [{ minProperties: 1, maxProperties: 1 }, { a: 1 }],
    [{ required: [] }, {}],
    [{ enum: [null] }, null],
    [{ const: null }, null],
    [{ const: false }, false],
    [{ anyOf: [true] }, 1],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 1],
    [{ properties: { a: {} }, additionalProperties: false }, { a: { b: 1 } }],
    [{ allOf: [true, {}] }, 1],
    [{ items: true }, [1]],
    [{ items: [{}] }, [1, 2]],
    [{ additionalProperties: true }, { a: 1 }],
    [{ properties: { a: true } }, { a: 1 }],
    [{ properties: { a: { type: 'text' } } }, 1],
    [{ items: { type: 'text' } }, 1],
    [{ patternProperties: { '^a': {}, b: { type: 'number' } } }, { ac: 'x', b: 1 }],
    [{ properties: { toString: { type: 'number' } } }, {}],
    [{ pattern: 'x' }, 1],
    [{ format: 'date' }, 1],
  ])('%j lets %j pass', (schema, value) => {
    expect(validateJson(value, schema)).toEqual([]);
  });

  it.each<[JsonObject, Json, readonly string[]]>([
    [{ type: 'integer' }, 1.5, [': must be a whole number, and is 1.5']],
    [{ type: 'object' }, [], [': must be an object, and is a list']],
    [{ type: 'object' }, null, [': must be an object, and is null']],
    [{ type: 'boolean' }, {}, [': must be true or false, and is an object']],
    [{ type: ['array', 'string'] }, true, [': must be a list or a text, and is true']],
    [{ minLength: 1 }, '', [': must have at least 1 character, and has 0']],
    [{ maxLength: 2 }, 'abc', [': must have at most 2 characters, and has 3']],
    [{ minimum: 2 }, 1, [': must be at least 2, and is 1']],
    [{ exclusiveMinimum: 1 }, 0, [': must be more than 1, and is 0']],
    [{ exclusiveMaximum: 1 }, 2, [': must be less than 1, and is 2']],
    [{ multipleOf: 3 }, 10, [': must be a multiple of 3, and is 10']],
    [{ multipleOf: 1_000 }, 1_001, [': must be a multiple of 1000, and is 1001']],
    [{ maxItems: 1 }, [1, 2], [': must have at most 1 item, and has 2']],
    [{ minItems: 2 }, [1], [': must have at least 2 items, and has 1']],
    [{ maxProperties: 1 }, { a: 1, b: 2 }, [': must have at most 1 key, and has 2']],
    [{ minProperties: 2 }, { a: 1 }, [': must have at least 2 keys, and has 1']],
    [{ required: ['a', 'b'] }, {}, [': must have the key `a`', ': must have the key `b`']],
    [{ const: 1 }, true, [': must be 1']],
    [{ const: { a: 1 } }, null, [': must be {"a":1}']],
    [{ const: null }, {}, [': must be null']],
    [{ oneOf: [{ type: 'string' }] }, 1, [': must fit exactly one of the 1 schema of `oneOf`, and fits 0']],
    [{ oneOf: [] }, 1, [': must fit exactly one of the 0 schemas of `oneOf`, and fits 0']],
    [{ not: true }, 1, [': must not fit the schema of `not`, and is 1']],
    [{ allOf: [false] }, 1, [': is not allowed here']],
    [{ properties: { a: { properties: { b: false } } } }, { a: { b: 1 } }, ['a: must not have the key `b`']],
    [
      { properties: { a: { items: { properties: { b: { type: 'null' } } } } } },
      { a: [{ b: 1 }] },
      ['a[0].b: must be null, and is 1'],
    ],
    [
      { patternProperties: { a: { minimum: 2 }, b: { minimum: 3 } }, additionalProperties: false },
      { ab: 1 },
      ['ab: must be at least 2, and is 1', 'ab: must be at least 3, and is 1'],
    ],
    [
      { properties: { a: { minimum: 2 } }, patternProperties: { a: { minimum: 3 } } },
      { a: 1 },
      ['a: must be at least 2, and is 1', 'a: must be at least 3, and is 1'],
    ],
    [{ type: 'string', minLength: 5, pattern: 'x' }, 1, [': must be a text, and is 1']],
    [
      { minLength: 3, pattern: '^x' },
      'ab',
      [': must have at least 3 characters, and has 2', ': must match the pattern ^x, and is "ab"'],
    ],
    [{ enum: list(25) }, 'a', [`: must be one of ${list(20).join(', ')}, and is "a"`]],
    [{ const: 'a' }, 'x'.repeat(80), [': must be "a"']],
    [{ enum: ['a'] }, 'x'.repeat(58), [`: must be one of "a", and is "${'x'.repeat(58)}"`]],
    [{ enum: ['a'] }, 'x'.repeat(59), [`: must be one of "a", and is "${'x'.repeat(59)}…`]],
  ])('%j says of %j: %j', (schema, value, faults) => {
    expect(said(validateJson(value, schema))).toEqual(faults);
  });

  it('names no more than 20 faults', () => {
    const schema = { items: { type: 'string' } };
    expect(validateJson(list(20), schema)).toHaveLength(20);
    expect(validateJson(list(21), schema)).toHaveLength(20);
    const no = Array.from({ length: 25 }, () => ({ type: 'null' }));
    expect(validateJson(1, { allOf: no })).toHaveLength(20);
    const keys = Object.fromEntries(list(30).map((i) => [`k${String(i)}`, 1]));
    expect(validateJson(keys, { additionalProperties: { type: 'string' } })).toHaveLength(20);
    expect(validateJson(keys, { propertyNames: { type: 'null' } })).toHaveLength(20);
  });

  it('says that a text is too large for a pattern', () => {
    const faults = validateJson('a'.repeat(4_000_000), { pattern: '(x{1,100}){1,9}' });
    expect(said(faults)).toEqual([': is too large to be held against the pattern (x{1,100}){1,9}']);
  });
});

describe('checkSchema', () => {
  const deep = (levels: number): JsonObject => {
    let schema: JsonObject = {};
    for (let i = 0; i < levels; i++) schema = { items: schema };
    return schema;
  };

  it.each<[Json]>([
    [{}],
    [{ minLength: 0, maxItems: 3, minimum: -1.5, multipleOf: 0.1 }],
    [{ enum: [null], const: {}, default: [], examples: 1 }],
    [{ title: 'a', description: 'b', $comment: 'c', $schema: 'd' }],
    [{ type: 'string' }],
    [{ type: ['string', 'null'] }],
    [{ items: true, additionalItems: false, contains: {}, not: {}, propertyNames: {}, additionalProperties: false }],
    [{ items: [{}, true] }],
    [{ allOf: [{}], anyOf: [true], oneOf: [] }],
    [{ properties: { a: true, b: {} }, patternProperties: { '^a': {} } }],
    [{ uniqueItems: true, required: ['a'], pattern: '^a', format: 'date' }],
    [deep(32)],
  ])('lets %j pass', (schema) => {
    expect(checkSchema(schema)).toEqual([]);
  });

  it.each<[Json, readonly (readonly [path: string, message: string])[]]>([
    [true, [['', 'must be a schema: an object of keywords']]],
    [[], [['', 'must be a schema: an object of keywords']]],
    [{ minLength: -1 }, [['minLength', 'must be a whole number, at least 0']]],
    [{ minLength: 1.5 }, [['minLength', 'must be a whole number, at least 0']]],
    [{ maxItems: '1' }, [['maxItems', 'must be a whole number, at least 0']]],
    [{ minimum: '1' }, [['minimum', 'must be a number']]],
    [{ multipleOf: 0 }, [['multipleOf', 'must be a number above 0']]],
    [{ multipleOf: '1' }, [['multipleOf', 'must be a number above 0']]],
    [{ title: 1 }, [['title', 'must be a text']]],
    [{ uniqueItems: 1 }, [['uniqueItems', 'must be true or false']]],
    [{ enum: [] }, [['enum', 'must be a list of at least one value']]],
    [{ enum: 1 }, [['enum', 'must be a list of at least one value']]],
    [{ required: 'a' }, [['required', 'must be a list of keys']]],
    [{ required: ['a', 1] }, [['required', 'must be a list of keys']]],
    [{ format: 'x' }, [['format', expect.stringContaining('must be one of date, time')]]],
    [{ format: 1 }, [['format', expect.stringContaining('must be one of date, time')]]],
    [{ pattern: 1 }, [['pattern', expect.stringContaining('must be a regular expression')]]],
    [{ pattern: '(' }, [['pattern', expect.stringContaining('must be a regular expression')]]],
    [{ type: [] }, [['type', 'must be one of string, number, integer, boolean, array, object, null']]],
    [{ type: 1 }, [['type', 'must be one of string, number, integer, boolean, array, object, null']]],
    [{ type: 'strng' }, [['type', expect.stringMatching(/null; did you mean `string`\?$/)]]],
    [{ type: ['null', 'strng'] }, [['type', expect.stringMatching(/null; did you mean `string`\?$/)]]],
    [{ minLenght: 1 }, [['minLenght', 'is no keyword that giga checks; did you mean `minLength`?']]],
    [{ $ref: '#' }, [['$ref', 'is no keyword that giga checks']]],
    [{ items: 1 }, [['items', 'must be a schema: an object of keywords']]],
    [{ items: [1] }, [['items[0]', 'must be a schema: an object of keywords']]],
    [{ items: { items: { minLength: 'x' } } }, [['items.items.minLength', 'must be a whole number, at least 0']]],
    [{ additionalItems: [{}] }, [['additionalItems', 'must be a schema: an object of keywords']]],
    [{ allOf: {} }, [['allOf', 'must be a list of schemas']]],
    [{ anyOf: [1] }, [['anyOf[0]', 'must be a schema: an object of keywords']]],
    [{ not: { oneOf: 1 } }, [['not.oneOf', 'must be a list of schemas']]],
    [{ properties: [] }, [['properties', 'must be a map of schemas']]],
    [{ properties: { a: 1 } }, [['properties.a', 'must be a schema: an object of keywords']]],
    [{ items: { properties: 1 } }, [['items.properties', 'must be a map of schemas']]],
    [
      { patternProperties: { '(': {} } },
      [['patternProperties.(', expect.stringContaining('must be a regular expression')]],
    ],
    [
      { items: { patternProperties: { '(': {} } } },
      [['items.patternProperties.(', expect.stringContaining('must be a regular')]],
    ],
    [deep(33), [[Array.from({ length: 33 }, () => 'items').join('.'), 'stands more than 32 deep']]],
  ])('says of %j: %j', (schema, faults) => {
    expect(checkSchema(schema).map(({ path, message }) => [path, message])).toEqual(faults);
  });
});
