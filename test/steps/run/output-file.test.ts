import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { readOutputFile } from '../../../src/steps/run/output-file.ts';

function read(text: string): Record<string, Json> {
  const { outputs, problem } = readOutputFile(text);
  expect(problem).toBeNull();
  return { ...outputs };
}

describe('lines and blocks', () => {
  test.each<[string, string, Record<string, Json>]>([
    ['nothing', '', {}],
    ['a value', 'a=1\n', { a: '1' }],
    ['no line end', 'a=1', { a: '1' }],
    ['empty value', 'a=\n', { a: '' }],
    ['the first sign counts', 'a=b=c<<d\nb<<=\nx\n=\n', { a: 'b=c<<d', b: 'x' }],
    ['blanks stay', 'a= x \t\n', { a: ' x \t' }],
    ['empty lines between', '\n\na=1\n\n\nb=2\n\n', { a: '1', b: '2' }],
    ['the last of several', 'a=1\na=2\n', { a: '2' }],
    ['a block', 'a<<EOF\none\n\n two \nEOF\nb=2', { a: 'one\n\n two ', b: '2' }],
    ['an empty block', 'a<<EOF\nEOF\n', { a: '' }],
    ['a block that holds what looks like lines', 'a<<E\nb=1\nc<<F\nE\n', { a: 'b=1\nc<<F' }],
    ['CRLF', 'a=1\r\nb<<E\r\nx\r\ny\r\nE\r\n', { a: '1', b: 'x\ny' }],
    ['a carriage return in a file with LF', 'a=1\nb=x\r\n', { a: '1', b: 'x\r' }],
    ['names of prototypes', '__proto__=1\nconstructor=2\n', { ['__proto__']: '1', constructor: '2' }],
    ['names', 'A-b_9=1\n_x=2', { 'A-b_9': '1', _x: '2' }],
  ])('%s', (_, text, outputs) => expect(Object.entries(read(text))).toEqual(Object.entries(outputs)));

  test.each([
    ['no sign', 'a=1\nhello\n', 2],
    ['a name with a blank', 'a b=1\n', 1],
    ['a name that begins with a digit', '1a=1\n', 1],
    ['no name', '=1\n', 1],
    ['a block without end', 'a=1\n\nb<<EOF\nx\n', 3],
    ['a block without a word', 'b<<\nx\n', 1],
    ['an end that is not alone', 'b<<EOF\nx\n EOF\n', 1],
    ['what giga sets', 'exit-code=0\n', 1],
    ['a name that is too long', `${'a'.repeat(129)}=1`, 1],
  ])('refused: %s', (_, text, line) => {
    const { problem } = readOutputFile(text);
    expect(problem).toMatchObject({ code: 'STEP_BAD_OUTPUT', severity: 'error' });
    expect(problem?.message).toContain(`Line ${line} `);
  });

  test('what stands before a mistake counts', () =>
    expect({ ...readOutputFile('a=1\nhello\nb=2').outputs }).toEqual({ a: '1' }));
  test('too many', () =>
    expect(readOutputFile(Array.from({ length: 1_001 }, (_, i) => `a${i}=1`).join('\n')).problem?.message).toContain(
      'more than 1000',
    ));

  test('any text passes unchanged through a block', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(read(`before=1\nv<<the-end-of-it\n${value}\nthe-end-of-it\n`)).toEqual({ before: '1', v: value });
      }),
    );
  });
  test('any text at all is read or refused, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '<', '\n', '\r', '{', '}', '"', '[', ':', '1', ' ') }),
        (text) => void readOutputFile(text),
      ),
    );
  });
});

describe('one JSON object', () => {
  test('keeps types', () =>
    expect(read(' {"a":1,"b":[true,null,{"c":"d"}],"e":-0.0}\n')).toEqual({ a: 1, b: [true, null, { c: 'd' }], e: 0 }));
  test('any JSON is the same afterwards', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(JSON.stringify(read(JSON.stringify({ value }))['value'])).toBe(JSON.stringify(value));
      }),
    );
  });
  test('a prototype is a key like others', () => {
    const { outputs } = readOutputFile('{"a":{"__proto__":{"x":1}}}');
    expect(JSON.stringify(outputs)).toBe('{"a":{"__proto__":{"x":1}}}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
  test.each([
    ['not whole', '{"a":1'],
    ['two of them', '{"a":1}\n{"b":2}'],
    ['a bad name', '{"a b":1}'],
    ['what giga sets', '{"stdout":""}'],
    ['a number that is none', '{"a":1e999}'],
    ['deep', `{"a":${'['.repeat(65)}${']'.repeat(65)}}`],
    ['very deep', `{"a":${'['.repeat(400_000)}`],
  ])('refused: %s', (_, text) => expect(readOutputFile(text).problem).toMatchObject({ code: 'STEP_BAD_OUTPUT' }));
});

test('secrets in what a message quotes are hidden before it is cut', () => {
  const secret = `token-${'x'.repeat(100)}`;
  const hide = (text: string): string => text.replaceAll(secret, '***');
  for (const text of [`${secret}!=1`, `a<<${secret}`, `{ "${secret}": 1`, `{ "a": ${secret} }`]) {
    const { problem } = readOutputFile(text, hide);
    expect([text, problem?.message]).toEqual([text, expect.stringContaining('***')]);
    expect(problem?.message).not.toContain('token-');
  }
});
