import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { sift } from '../../../src/core/taint/sift.ts';
import { flat, listOf, member, parts, type Taint, text } from '../../../src/core/taint/taint.ts';

const DIRTY: Taint = text({ kind: 'model', of: 'x', via: [] });

const CLEAN: readonly Json[] = [
  { enum: ['a'] },
  { const: 'a' },
  { type: 'number' },
  { type: ['integer', 'null'] },
  { type: 'string', pattern: '^[a-z]+$' },
  { type: ['string', 'null'], pattern: '^(?:a|b)$' },
  { type: 'string', pattern: '^[|]\\|$' },
  { type: 'string', pattern: '^\\(a\\\\$' },
  { type: 'string', format: 'uuid' },
  { allOf: [{ type: 'string' }, { enum: ['a'] }] },
  { anyOf: [{ enum: ['a'] }, { type: 'number' }] },
  { oneOf: [{ enum: ['a'] }, { type: 'number' }] },
  { type: 'object', properties: { a: { enum: ['a'] } }, additionalProperties: false },
  { type: 'array', items: { enum: ['a'] } },
];

const OPEN: readonly Json[] = [
  {},
  true,
  { type: 'string' },
  { type: 'string', maxLength: 3 },
  { type: 'string', pattern: '[a-z]+' },
  { type: 'string', pattern: '^[a-z]+' },
  { type: 'string', pattern: '[a-z]+$' },
  { type: 'string', pattern: '^[a-z]+\\$' },
  { type: 'string', pattern: '^a|b$' },
  { type: 'string', pattern: '^(a)|(b)$' },
  { type: 'string', format: 'uri' },
  { type: 'string', format: 'ipv4' },
  { type: ['string', 'object'], pattern: '^a$' },
  { type: ['string', 'object'] },
  { type: [] },
  { anyOf: [{ enum: ['a'] }, { type: 'string' }] },
  { anyOf: [{ enum: ['a'] }], type: 'string' },
  { allOf: [{ type: 'string' }] },
];

it.each(CLEAN.map((schema) => [schema]))('%j says all of what a text is', (schema) => {
  expect(sift(schema, DIRTY)).toBeNull();
});

it.each(OPEN.map((schema) => [schema]))('%j leaves a text to anybody', (schema) => {
  expect(sift(schema, DIRTY)).toEqual(DIRTY);
});

it('takes an object apart', () => {
  const properties = { a: { enum: ['a'] }, b: { type: 'string' } };
  const closed = sift({ type: 'object', properties, additionalProperties: false }, DIRTY);
  expect(member(closed, 'a')).toBeNull();
  expect(member(closed, 'b')).toEqual(text({ kind: 'model', of: 'x.b', via: [] }));
  expect(member(closed, 'c')).toBeNull();
  const open = [
    { type: 'object', properties },
    { type: 'object', properties, additionalProperties: false, patternProperties: {} },
  ];
  for (const schema of open) {
    expect(member(sift(schema, DIRTY), 'a')).toBeNull();
    expect(member(sift(schema, DIRTY), 'c')).toEqual(DIRTY);
  }
  expect(sift({ type: 'object' }, DIRTY)).toEqual(listOf(DIRTY));
});

it('takes a list apart', () => {
  const items = { type: 'object', properties: { a: { type: 'number' }, b: {} }, additionalProperties: false };
  expect(sift({ type: 'array', items }, DIRTY)).toEqual(
    listOf(
      parts([
        ['a', null],
        ['b', member(DIRTY, 'b')],
      ]),
    ),
  );
  expect(sift({ type: 'array', items: [items] }, DIRTY)).toEqual(listOf(flat(DIRTY)));
});

it('does not take a pattern to speak of what is no text', () => {
  expect(sift({ pattern: '^a$' }, DIRTY)).toEqual(listOf(DIRTY));
});

it('has nothing to do for a clean value', () => {
  expect(sift({ type: 'string' }, null)).toBeNull();
  expect(sift(undefined, DIRTY)).toEqual(DIRTY);
});
