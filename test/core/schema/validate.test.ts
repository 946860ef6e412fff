import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { checkSchema } from '../../../src/core/schema/check.ts';
import { validateJson } from '../../../src/core/schema/validate.ts';

const faults = (value: Json, schema: JsonObject): readonly string[] =>
  validateJson(value, schema).map(({ path, message }) => `${path}: ${message}`);

describe('validateJson', () => {
  it.each<[schema: JsonObject, fits: Json, not: Json, fault: RegExp]>([
    [{ type: 'string' }, 'a', 1, /must be a text, and is 1/],
    [{ type: 'number' }, 1, '1', /must be a number, and is the text "1"/],
    [{ type: 'integer' }, 1, 1.5, /a whole number/],
    [{ type: 'boolean' }, true, 'true', /true or false/],
    [{ type: 'null' }, null, 0, /must be null/],
    [{ type: ['string', 'null'] }, null, 1, /a text or null/],
    [{ type: 'array' }, [], {}, /a list, and is an object/],
    [{ enum: ['a', 1, { x: [1] }] }, { x: [1] }, 'b', /one of "a", 1, \{"x":\[1\]\}/],
    [{ const: { a: 1, b: 2 } }, { b: 2, a: 1 }, { a: 1 }, /must be \{/],
    [{ pattern: '^a+$' }, 'aa', 'ab', /pattern \^a\+\$/],
    [{ pattern: 'b' }, 'abc', 'ac', /pattern b/],
    [{ minLength: 2, maxLength: 3 }, '😀😀', '😀', /at least 2 characters, and has 1/],
    [{ maxLength: 1 }, '😀', 'ab', /at most 1 character,/],
    [{ minimum: 1, maximum: 3 }, 1, 4, /at most 3/],
    [{ exclusiveMinimum: 1 }, 1.1, 1, /more than 1/],
    [{ exclusiveMaximum: 1 }, 0, 1, /less than 1/],
    [{ multipleOf: 0.1 }, 0.3, 0.35, /multiple of 0.1/],
    [{ minItems: 1, maxItems: 2 }, [1], [], /at least 1 item,/],
    [
      { uniqueItems: true },
      [1, 2],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      /twice/,
    ],
    [{ items: { type: 'number' } }, [1], [1, 'a'], /^\[1\]: must be a number/],
    [{ properties: { a: { items: { type: 'number' } } } }, { a: [1] }, { a: [1, 'x'] }, /^a\[1\]: /],
    [{ required: ['a'] }, { a: null }, {}, /must have the key `a`/],
    [{ required: ['constructor'] }, { constructor: 1 }, {}, /`constructor`/],
    [{ properties: { a: {} }, additionalProperties: false }, { a: 1 }, { b: 1 }, /must not have the key `b`/],
    [{ additionalProperties: { type: 'number' } }, { toString: 1 }, { toString: 'a' }, /^toString: must be a number/],
  ])('%j', (schema, fits, not, fault) => {
    expect(checkSchema(schema)).toEqual([]);
    expect(faults(fits, schema)).toEqual([]);
    expect(faults(not, schema).join('\n')).toMatch(fault);
  });

  it('looks at values of other types with no rule for them', () => {
    expect(faults(1, { minLength: 3, pattern: 'x', minItems: 2, required: ['a'] })).toEqual([]);
  });

  it('stops after twenty faults', () => {
    expect(
      validateJson(
        Array.from({ length: 10_000 }, () => 'x'),
        { items: { type: 'number' } },
      ).length,
    ).toBe(20);
  });

  it('is linear in a text, whatever the pattern', () => {
    expect(faults(`${'a'.repeat(50_000)}!`, { pattern: '^(a+)+$' }).length).toBe(1);
  });
});

describe('checkSchema', () => {
  it.each<[schema: Json, fault: string]>([
    ['string', ': must be a schema: an object of keywords'],
    [
      { type: 'strin' },
      'type: must be one of string, number, integer, boolean, array, object, null; did you mean `string`?',
    ],
    [{ type: [] }, 'type: must be one of'],
    [{ minimun: 1 }, 'minimun: is no keyword that giga checks; did you mean `minimum`?'],
    [{ format: 'date' }, 'format: is no keyword that giga checks'],
    [{ pattern: '(?=a)' }, 'pattern: must be a regular expression'],
    [{ pattern: 'a'.repeat(2_000) }, 'pattern: must be a regular expression'],
    [{ minLength: -1 }, 'minLength: must be a whole number'],
    [{ enum: [] }, 'enum: must be a list of at least one value'],
    [{ required: true }, 'required: must be a list of keys'],
    [{ properties: { a: { type: 1 } } }, 'properties.a.type: must be one of'],
    [{ properties: [] }, 'properties: must be a map of schemas'],
    [{ items: [{}] }, 'items: must be a schema'],
    [{ items: { items: { minimum: 'x' } } }, 'items.items.minimum: must be a number'],
  ])('%j', (schema, fault) => {
    expect(checkSchema(schema).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringContaining(fault),
    ]);
  });

  it('bounds the depth', () => {
    const nested = Array.from({ length: 100 }).reduce<JsonObject>((items) => ({ items }), {});
    expect(checkSchema(nested).map(({ message }) => message)).toEqual(['stands more than 32 deep']);
  });
});
