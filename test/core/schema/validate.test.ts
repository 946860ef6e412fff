import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { checkSchema } from '../../../src/core/schema/check.ts';
import { validateJson } from '../../../src/core/schema/validate.ts';

const faults = (value: Json, schema: JsonObject): readonly string[] =>
  validateJson(value, schema).map(({ path, message }) => `${path}: ${message}`);

describe('validateJson', () => {
  it('fits nothing to a type that there is not', () => {
    expect(faults(1, { type: 'frob' })).toEqual([': must be frob, and is 1']);
    expect(faults(1, { type: [1] })).toHaveLength(1);
  });
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
    [{ format: 'date' }, '2024-02-29', '2023-02-29', /must have the format date, and is "2023-02-29"/],
    [{ allOf: [{ minimum: 1 }, { maximum: 3 }] }, 2, 4, /at most 3/],
    [{ anyOf: [{ type: 'string' }, { minimum: 3 }] }, 'a', 1, /must fit one of the 2 schemas of `anyOf`, and is 1/],
    [{ oneOf: [{ minimum: 1 }, { maximum: 3 }] }, 4, 2, /exactly one of the 2 schemas of `oneOf`, and fits 2/],
    [{ not: { enum: ['root'] } }, 'a', 'root', /must not fit the schema of `not`, and is "root"/],
    [{ contains: { const: 1 } }, [2, 1], [2], /an item that fits the schema of `contains`/],
    [{ items: [{ type: 'string' }], additionalItems: { type: 'number' } }, ['a', 1], ['a', 'b'], /^\[1\]: must be a n/],
    [{ items: [{}], additionalItems: false }, [1], [1, 2], /^\[1\]: is not allowed here/],
    [{ minProperties: 1, maxProperties: 1 }, { a: 1 }, {}, /at least 1 key, and has 0/],
    [{ propertyNames: { pattern: '^[a-z]+$' } }, { a: 1 }, { A: 1 }, /must not have a key of the name `A`/],
    [
      { patternProperties: { '^n': { type: 'number' } }, additionalProperties: false },
      { n1: 1 },
      { n1: 'a' },
      /^n1: must be a number/,
    ],
    [
      { patternProperties: { '^n': {} }, additionalProperties: false },
      { n1: 1 },
      { m: 1 },
      /must not have the key `m`/,
    ],
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
    [{ format: 'phone' }, 'format: must be one of date, time,'],
    [{ $ref: '#' }, '$ref: is no keyword that giga checks'],
    [{ anyOf: {} }, 'anyOf: must be a list of schemas'],
    [{ oneOf: [{ minimum: 'x' }] }, 'oneOf[0].minimum: must be a number'],
    [{ not: 1 }, 'not: must be a schema'],
    [{ patternProperties: { '(': {} } }, 'patternProperties.(: must be a regular expression'],
    [{ pattern: '(?=a)' }, 'pattern: must be a regular expression'],
    [{ pattern: 'a'.repeat(2_000) }, 'pattern: must be a regular expression'],
    [{ minLength: -1 }, 'minLength: must be a whole number'],
    [{ enum: [] }, 'enum: must be a list of at least one value'],
    [{ required: true }, 'required: must be a list of keys'],
    [{ properties: { a: { type: 1 } } }, 'properties.a.type: must be one of'],
    [{ properties: [] }, 'properties: must be a map of schemas'],
    [{ items: [1] }, 'items[0]: must be a schema'],
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

it('finds twenty faults at most, of keys that are missing as well', () => {
  const required = Array.from({ length: 1_000 }, (_, index) => `k${index}`);
  expect(faults({}, { required })).toHaveLength(20);
});

describe('formats', () => {
  it.each([
    ['date', '2024-02-29', '2024-13-01'],
    ['time', '23:59:60Z', '24:00:00Z'],
    ['date-time', '2024-02-29T12:00:00.5+01:00', '2024-02-29 12:00'],
    ['email', 'a.b+c@example.com', 'a b@example.com'],
    ['email', 'a@b', '@b'],
    ['hostname', 'a-1.example', '-a.example'],
    ['ipv4', '192.168.0.255', '192.168.0.256'],
    ['ipv6', '::1', '1::2::3'],
    ['ipv6', '2001:db8:0:0:0:0:0:1', '2001:db8:0:0:0:0:1'],
    ['ipv6', '::ffff:1.2.3.4', '1.2.3.4::'],
    ['uri', 'https://example.com/a?b#c', 'example.com'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
  ])('%s', (format, fits, not) => {
    expect([faults(fits, { format }), faults(not, { format }).length]).toEqual([[], 1]);
  });
});
