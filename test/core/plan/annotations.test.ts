/** What counts as an annotation, and what does not. */
import { expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { ANNOTATIONS_SCHEMA, annotationsIn } from '../../../src/core/plan/annotations.ts';

const value = { kind: 'literal', value: null } as const;
const node = { outputs: { annotations: { value, schema: ANNOTATIONS_SCHEMA } } };

function read(annotations: Json) {
  return annotationsIn(node, { annotations });
}

test('those of the modifier, with what they say', () => {
  const all = { file: 'a.js', line: 3, 'end-line': 4, column: 1, level: 'error', title: 'T', message: 'm' };
  expect(read([all, { message: 'n' }, { message: 'o', level: 'terrible' }])).toEqual([
    { file: 'a.js', line: 3, endLine: 4, column: 1, level: 'error', title: 'T', message: 'm' },
    { level: 'warning', message: 'n' },
    { level: 'warning', message: 'o' },
  ]);
});

test('what has another shape is none: a journal may be damaged', () => {
  for (const one of [null, 3, 'x', {}, { message: 3 }, [[]]]) expect(read([one])).toEqual([]);
  expect(read('x')).toEqual([]);
  expect(annotationsIn(node, undefined)).toEqual([]);
});

test('an output that only has the name is none', () => {
  const outputs = { annotations: [{ message: 'm' }] };
  for (const other of [undefined, {}, { outputs: {} }, { outputs: { annotations: { value } } }])
    expect(annotationsIn(other, outputs)).toEqual([]);
});
