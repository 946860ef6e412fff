import { expect, test } from 'vitest';
import { formOf } from '../../src/app/verdict-form.ts';
import type { JsonObject } from '../../src/core/json.ts';

const FORM: JsonObject = {
  type: 'object',
  properties: {
    ticket: { type: 'string' },
    count: { type: 'integer' },
    sure: { type: 'boolean', default: true },
    tags: { type: 'array' },
  },
};

test.each<[readonly string[], JsonObject]>([
  [[], { sure: true }],
  [['ticket=A-1', 'count=2'], { sure: true, ticket: 'A-1', count: 2 }],
  [['ticket=a=b', 'ticket=', 'sure=false'], { sure: false, ticket: '' }],
  [['tags=["x"]'], { sure: true, tags: ['x'] }],
  [['{"ticket":"A","more":1}', 'ticket=B'], { sure: true, ticket: 'B', more: 1 }],
])('%j fill in a form with values of its types', (given, values) => {
  const form = formOf(FORM, given);
  expect(form.ok && form.value).toEqual(values);
});

test.each([
  ['count=two', 'RUN_FORM_INVALID', 'takes an integer'],
  ['sure=yes', 'RUN_FORM_INVALID', 'takes a boolean'],
  ['tikcet=A', 'RUN_FORM_INVALID', 'no field `tikcet`'],
  ['{"ticket"', 'RUN_FORM_INVALID', 'begins as a JSON object'],
  ['ticket', 'CLI_USAGE', '--form takes'],
])('%s is refused', (given, code, message) => {
  const form = formOf(FORM, [given]);
  expect(form.ok ? [] : form.diagnostics).toMatchObject([{ code, message: expect.stringContaining(message) }]);
});

test('without a form nothing is one, and a key of its own is harmless', () => {
  expect(formOf(null, [])).toEqual({ ok: true, value: null });
  expect(formOf(null, ['a=b'])).toMatchObject({ ok: false });
  const form = formOf(FORM, ['{"__proto__":{"polluted":true}}']);
  expect(form.ok && Object.getPrototypeOf(form.value)).toBeNull();
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
