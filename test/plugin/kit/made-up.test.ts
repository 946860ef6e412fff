import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { validateJson } from '../../../src/core/schema/validate.ts';
import { madeUp } from '../../../src/plugin/kit/made-up.ts';

const SCHEMAS: readonly JsonObject[] = [
  { type: 'object' },
  {
    type: 'object',
    required: ['text', 'count'],
    properties: {
      text: { type: 'string', minLength: 2, maxLength: 5 },
      count: { type: 'integer', minimum: 3, exclusiveMaximum: 9, multipleOf: 3 },
      share: { type: 'number', minimum: 0, maximum: 1 },
      kind: { enum: ['a', 1, null] },
      only: { const: { a: 1 } },
      list: { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 3 },
      either: { anyOf: [{ type: 'null' }, { type: ['integer', 'boolean'] }] },
      usual: { type: 'string', default: 'x' },
      whatever: {},
    },
  },
];

it.each(SCHEMAS)('makes values that fit, the same ones from a seed, and not all alike: %j', (schema) => {
  const values = madeUp(schema, 200, 7);
  expect(values).toHaveLength(200);
  expect(values.flatMap((value) => validateJson(value, schema))).toEqual([]);
  expect(madeUp(schema, 200, 7)).toEqual(values);
  if (schema['properties'] === undefined) return;
  expect(madeUp(schema, 200, 8)).not.toEqual(values);
  expect(new Set(values.map((value) => value['text'])).size).toBeGreaterThan(5);
  expect(new Set(values.map((value) => value['count']))).toEqual(new Set([3, 6]));
});

it('makes none where it cannot guess what fits, and comes to an end', () => {
  const never = { type: 'object', required: ['id'], properties: { id: { type: 'string', pattern: '^[0-9a-f]{40}$' } } };
  expect(madeUp(never, 50, 1)).toEqual([]);
  const nested: JsonObject = {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'array', minItems: 1, items: { type: 'object' } } },
  };
  expect(madeUp(nested, 5, 1)).toHaveLength(5);
});
