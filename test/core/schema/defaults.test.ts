import { expect, it } from 'vitest';
import { withDefaults } from '../../../src/core/schema/defaults.ts';

const SCHEMA = {
  type: 'object',
  properties: { a: { default: 1 }, b: { type: 'string' }, c: true, d: { default: null } },
};

it.each([
  [{}, SCHEMA, { a: 1, d: null }],
  [{ a: 2, b: 'x', d: 3 }, SCHEMA, { a: 2, b: 'x', d: 3 }],
  [{ a: null }, SCHEMA, { a: null, d: null }],
  [{ z: 1 }, {}, { z: 1 }],
  [{ z: 1 }, { properties: [] }, { z: 1 }],
  [{ z: 1 }, { properties: {} }, { z: 1 }],
])('%j under %j is %j', (given, schema, value) => {
  expect(withDefaults(given, schema)).toEqual(value);
});
