/** The small rules of requests: patterns, modes, statuses, files that were read and files that were kept. */
import { describe, expect, it } from 'vitest';
import { artifactsIn } from '../../../src/core/plan/artifacts.ts';
import { fileNotes, readFilesRead } from '../../../src/core/plan/files.ts';
import { isStatusOf } from '../../../src/core/plan/http-request.ts';
import { checkInputs, missingInputs, parseInput } from '../../../src/core/plan/inputs.ts';
import type { InputSpec } from '../../../src/core/plan/plan.ts';
import { patternIn } from '../../../src/core/plan/service-request.ts';
import { parseMode } from '../../../src/core/plan/write-request.ts';

it.each<[string, string | null]>([
  ['/a/', 'a'],
  ['/a/b/', 'a/b'],
  ['//', null],
  ['/', null],
  ['', null],
  ['/ab', null],
  ['ab/', null],
  ['abc', null],
])('the pattern in %j is %j', (text, pattern) => {
  expect(patternIn(text)).toBe(pattern);
});

it.each<[string, number | null]>([
  ['644', 0o644],
  ['0755', 0o755],
  ['0o600', 0o600],
  ['000', 0],
  ['888', null],
  ['64', null],
  ['1644', null],
  ['x644', null],
  ['644x', null],
])('the mode %j is %j', (text, mode) => {
  expect(parseMode(text)).toBe(mode);
});

it.each<[number, readonly (number | string)[], boolean]>([
  [200, [200], true],
  [200, [404, 200], true],
  [200, ['2xx'], true],
  [299, ['2xx'], true],
  [300, ['2xx'], false],
  [404, ['4xx', 200], true],
  [200, [], false],
  [200, ['200'], false],
])('the status %j is one of %j: %j', (status, wanted, is) => {
  expect(isStatusOf(status, wanted)).toBe(is);
});

describe('artifacts in outputs', () => {
  const artifact = { path: 'a', file: '/f', size: 1, sha256: 'x' };

  it('are those that are whole', () => {
    const half = ['path', 'file', 'size', 'sha256'].map((key) => ({ ...artifact, [key]: null }));
    const list = [artifact, null, 'x', [], {}, { ...artifact, name: 'n' }, ...half];
    expect(artifactsIn({ artifacts: list })).toEqual([artifact, { ...artifact, name: 'n' }]);
  });

  it('are none where there is no list', () => {
    expect([artifactsIn(null), artifactsIn(undefined), artifactsIn({}), artifactsIn({ artifacts: 'x' })]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});

describe('files that were read', () => {
  it('are a digest, and digests by path', () => {
    expect(readFilesRead({ digest: 'd', of: { a: 'x', b: 1 } })).toEqual({ digest: 'd', of: { a: 'x', b: '1' } });
    for (const none of [null, 'x', [], {}, { digest: 1, of: [] }])
      expect(readFilesRead(none)).toEqual({ digest: '', of: {} });
  });

  it('are parts of a fingerprint', () => {
    expect(fileNotes({ digest: 'd', of: { 'src/a': 'x', b: 'y' } })).toEqual({ 'file src/a': 'x', 'file b': 'y' });
    expect(fileNotes(null)).toEqual({});
  });
});

describe('inputs', () => {
  it.each<[string, InputSpec['type'], unknown]>([
    ['1.25', 'number', 1.25],
    ['1.', 'number', 1],
    ['.25', 'number', 0.25],
    ['+1e10', 'number', 1e10],
    ['1E+2', 'number', 100],
    ['1e-2', 'number', 0.01],
    ['true', 'boolean', true],
    ['false', 'boolean', false],
    ['[{"a":[1]}]', 'array', [{ a: [1] }]],
    ['5', 'object', 5],
    ['"x"', 'array', 'x'],
  ])('%j as %s is %j', (text, type, value) => {
    expect(parseInput(text, type)).toEqual({ value });
  });

  it.each<[string, InputSpec['type']]>([
    ['.', 'number'],
    ['.x', 'number'],
    ['1e', 'number'],
    ['1ex', 'number'],
    ['1e 5', 'number'],
    ['x1', 'number'],
    ['1x', 'number'],
    ['True', 'boolean'],
    ['', 'boolean'],
    ['{', 'object'],
  ])('%j is no %s', (text, type) => {
    expect(parseInput(text, type)).toBeNull();
  });

  it('keep keys that mean something to JavaScript as data, at any depth', () => {
    const read = parseInput('[{"__proto__": {"a": 1}}]', 'array')?.value;
    const [item] = Array.isArray(read) ? read : [];
    expect(Object.keys(item as object)).toEqual(['__proto__']); // it was just written so
    expect(Object.getPrototypeOf(item)).toBeNull();
    expect(JSON.stringify(read)).toBe('[{"__proto__":{"a":1}}]');
  });

  it('must be asked for only where nothing stands in for them', () => {
    const inputs = { a: spec({ required: true }), b: spec({ required: true, default: 1 }), c: spec({}) };
    expect(missingInputs(inputs, new Map())).toEqual(['a']);
  });

  const spec = (more: Partial<InputSpec>): InputSpec => ({ type: 'string', required: false, schema: {}, ...more });
  const problems = (
    inputs: Readonly<Record<string, InputSpec>>,
    name: string,
    value: unknown,
    form: 'text' | 'value',
  ): unknown => {
    const checked = checkInputs(inputs, new Map([[name, { value: value as null, form, origin: 'o' }]])); // any JSON
    return checked.ok ? checked.value : checked.diagnostics.map(({ message, hint }) => [message, hint]);
  };

  it('say of a fault what the input is', () => {
    const inputs = { n: spec({ type: 'number', description: 'How many.' }), m: spec({ type: 'number' }) };
    expect(problems(inputs, 'n', 'x', 'text')).toEqual([
      ['The input `n` (o) must be a number, and is "x".', 'How many.'],
    ]);
    expect(problems(inputs, 'm', 'x', 'text')).toEqual([
      ['The input `m` (o) must be a number, and is "x".', undefined],
    ]);
    const long = `The input \`m\` (o) must be a number, and is "${'x'.repeat(59)}.`;
    expect(problems(inputs, 'm', 'x'.repeat(70), 'text')).toEqual([[long, undefined]]);
  });

  it('say of one that is missing what it is', () => {
    const hintOf = (one: InputSpec): unknown => {
      const checked = checkInputs({ a: one }, new Map());
      return checked.ok ? checked.value : checked.diagnostics[0]?.hint;
    };
    const how = 'Give it with `-i a=VALUE` or as the variable `GIGA_INPUT_A`.';
    expect(hintOf(spec({ required: true }))).toBe(how);
    expect(hintOf(spec({ required: true, description: 'The tag.' }))).toBe(`${how} It is: The tag.`);
    expect(hintOf(spec({ required: true, default: 1 }))).toEqual({ a: 1 });
  });

  it('name what there is, up to 20', () => {
    expect(problems({}, 'x', 1, 'text')).toEqual([
      ['The workflow has no input `x` (o).', 'The workflow has no inputs.'],
    ]);
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`input-${i}`, spec({})]));
    const names = Object.keys(many).slice(0, 20).join(', ');
    expect(problems(many, 'x', 1, 'text')).toEqual([
      ['The workflow has no input `x` (o).', `The inputs are: ${names}.`],
    ]);
  });

  it('are texts only where they were given as texts', () => {
    const inputs = { n: spec({ type: 'number', schema: { type: 'number' } }) };
    expect(problems(inputs, 'n', '5', 'text')).toEqual({ n: 5 });
    expect(problems(inputs, 'n', 5, 'text')).toEqual({ n: 5 });
    expect(problems(inputs, 'n', '5', 'value')).toEqual([
      ['The input `n` (o) must be a number, and is the text "5".', undefined],
    ]);
  });
});
