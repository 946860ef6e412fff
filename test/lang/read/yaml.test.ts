import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tree } from '../../../src/core/document.ts';
import { jsonOf } from '../../../src/lang/compile/tree.ts';
import { readYaml } from '../../../src/lang/read/yaml.ts';

const BLNS = '../shared/conformance/robustness/blns/blns.json';

function problems(text: string): readonly string[] {
  return readYaml(text, 'w.yaml').diagnostics.map(
    ({ code, at }) => `${code} ${at?.start.line}:${at?.start.column}-${at?.end.line}:${at?.end.column}`,
  );
}

function valueOf(text: string): unknown {
  const { value, diagnostics } = readYaml(text, 'w.yaml');
  expect(diagnostics).toEqual([]);
  return JSON.parse(JSON.stringify(value === null ? null : jsonOf(value)));
}

describe('values', () => {
  it.each([
    ['a: yes', { a: 'yes' }],
    ['a: on\nb: off', { a: 'on', b: 'off' }],
    ['a: 3.10', { a: 3.1 }],
    ['a: 0o17\nb: 0x1f\nc: 017', { a: 15, b: 31, c: 17 }],
    ['a: 1e3\nb: -.5\nc: +7', { a: 1000, b: -0.5, c: 7 }],
    ['a: null\nb: ~\nc:', { a: null, b: null, c: null }],
    ['a: 2024-01-01', { a: '2024-01-01' }],
    ['a: 12:30:45', { a: '12:30:45' }],
    ['on: push', { on: 'push' }],
    ['a: >-\n  one\n  two\n\n  three\n', { a: 'one two\nthree' }],
    ['a: "x\\ty\\u00e9\\\n  z"', { a: 'x\tyéz' }],
    ['a: one\n  two', { a: 'one two' }],
    ['a: [b, {c: d}, [e: f]]', { a: ['b', { c: 'd' }, [{ e: 'f' }]] }],
    ['? a\n: b', { a: 'b' }],
    ['a: &x { b: 1 }\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['---\na: b\n', { a: 'b' }],
    ['a: b\r\nc: |\r\n  d\r\n  e\r\n', { a: 'b', c: 'd\ne\n' }],
    ['__proto__: { a: 1 }\nconstructor: b', { ['__proto__']: { a: 1 }, constructor: 'b' }],
    ['a: "#"\nb: x#y', { a: '#', b: 'x#y' }],
  ])('reads %j', (text, value) => {
    expect(JSON.stringify(valueOf(text))).toBe(JSON.stringify(value));
  });

  it('keeps the source of plain scalars', () => {
    const { value } = readYaml('a: 3.10\nb: "3.10"\nc: 1_000\nd: True', 'w.yaml');
    const sources =
      value?.kind === 'map' ? value.entries.map(({ value: one }) => one.kind === 'scalar' && one.source) : [];
    expect(sources).toEqual(['3.10', '3.10', '1_000', 'True']);
  });

  it('has no value for an empty text, comments only, or nothing behind a marker', () => {
    expect([valueOf(''), valueOf('# x\n'), valueOf('---\n')]).toEqual([null, null, null]);
  });
});

describe('problems', () => {
  it.each([
    ['a: 1\na: 2', ['DOC_DUPLICATE_KEY 2:1-2:2']],
    ['a: { b: 1, b: 2 }', ['DOC_DUPLICATE_KEY 1:12-1:13']],
    ['<<: { a: 1 }', ['DOC_MERGE_KEY 1:1-1:3']],
    ['a: &x {b: 1}\nc:\n  <<: *x', ['DOC_MERGE_KEY 3:3-3:5']],
    ['1: a\ntrue: b\n~: c', ['DOC_KEY_NOT_TEXT 1:1-1:2', 'DOC_KEY_NOT_TEXT 2:1-2:5', 'DOC_KEY_NOT_TEXT 3:1-3:2']],
    ['? [a]\n: b', ['DOC_KEY_NOT_TEXT 1:3-1:6']],
    ['a: 1\n---\nb: 2', ['DOC_MULTIPLE_DOCUMENTS 2:1-2:4']],
    ['a: 1\n...\nb: 2', ['DOC_MULTIPLE_DOCUMENTS 2:1-2:4']],
    ['if: !inputs.x', ['DOC_TAG 1:5-1:14']],
    ['a: !!str 1\nb: !x 2', ['DOC_TAG 1:4-1:9', 'DOC_TAG 2:4-2:6']],
    ['a:\n\tb: 1', ['DOC_TAB 2:1-2:2']],
    ['a: *b', ['DOC_UNKNOWN_ALIAS 1:4-1:6']],
    ['a: &x [*x]', ['DOC_UNKNOWN_ALIAS 1:8-1:10']],
    ['%YAML 1.1\n---\na: yes', ['DOC_YAML_SYNTAX 1:1-1:10']],
    ['a: { b: ${{ c }} }', ['DOC_UNQUOTED_TEMPLATE 1:9-1:12']],
    ['a: [x, v${{ c }}]', ['DOC_UNQUOTED_TEMPLATE 1:9-1:12']],
    ['a: .inf\nb: .nan\nc: 1e999', ['DOC_BAD_NUMBER 1:4-1:8', 'DOC_BAD_NUMBER 2:4-2:8', 'DOC_BAD_NUMBER 3:4-3:9']],
    ['a: b\0c', ['DOC_BAD_CHARACTER 1:5-1:6']],
    ['a: \ud800b', ['DOC_BAD_CHARACTER 1:4-1:5']],
    ['a: b\udc00', ['DOC_BAD_CHARACTER 1:5-1:6']],
  ])('of %j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it.each([
    'a: [b',
    'a: "b',
    'a: b: c',
    'a:\n  b: 1\n c: 2',
    'a: @b',
    '{ a: 1 }}',
    'a: |x\n  b',
    'a: "\\q"',
    '- a\nb: c',
    'a: 1\n b: 2\n  c: 3\nd',
  ])('one for the syntax error in %j, and no value', (text) => {
    const { value, diagnostics } = readYaml(text, 'w.yaml');
    expect(value).toBeNull();
    expect(diagnostics.map((one) => one.code)).toEqual(['DOC_YAML_SYNTAX']);
    expect(diagnostics[0]?.at?.start.offset).toBeLessThanOrEqual(text.length);
  });

  it.each([
    ['a: 1\nb: "x\nc: 2\n', '2:4-2:5'],
    ["a: ['x, y]\n", '1:5-1:6'],
  ])('names the quote that is not closed in %j', (text, place) => {
    expect(problems(text)).toEqual([`DOC_YAML_SYNTAX ${place}`]);
  });

  it('names the first of two equal keys', () => {
    const [duplicate] = readYaml('a: 1\nb: 2\na: 3', 'w.yaml').diagnostics;
    expect(duplicate?.related?.[0]?.at.start).toEqual({ line: 1, column: 1, offset: 0 });
  });

  it('gives places in the whole text for a part of it', () => {
    const text = '---\ntitle: a\ntitle: b\n---\nbody';
    const { diagnostics } = readYaml(text, 'w.md', { range: [4, 21] });
    expect(diagnostics[0]?.at?.start).toEqual({ line: 3, column: 1, offset: 13 });
  });
});

describe('limits', () => {
  const deep = (open: string, close: string, levels: number): string =>
    `a: ${open.repeat(levels)}${close.repeat(levels)}`;
  it.each([
    ['open brackets', '['.repeat(100_000)],
    ['closed brackets', deep('[', ']', 2_000)],
    ['braces', deep('{a: ', '}', 2_000)],
    ['dashes', `${'- '.repeat(5_000)}a`],
    ['question marks', `${'? '.repeat(5_000)}a`],
    ['indented maps', Array.from({ length: 400 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['a large text', 'a: b\n'.repeat(4_000_000)],
    ['aliases', `a: &x b\nc: [${'*x, '.repeat(1_001)}]`],
    [
      'aliases of aliases',
      Array.from({ length: 12 }, (_, i) => `a${i}: &x${i} [${i === 0 ? 'b' : `*x${i - 1}, `.repeat(9)}]`).join('\n'),
    ],
  ])('refuse %s', (_, text) => {
    const { diagnostics } = readYaml(text, 'w.yaml');
    expect(diagnostics.map((one) => one.code)).toContain('DOC_LIMIT');
    expect(diagnostics.length).toBeLessThan(10);
  });

  it('allow what a workflow needs', () => {
    expect(problems(deep('[', ']', 100))).toEqual([]);
    expect(
      problems(`${'  '.repeat(0)}${Array.from({ length: 100 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')}`),
    ).toEqual([]);
  });

  it('read many keys without comparing each with each', () => {
    const text = `? x\n: y\n${Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join('\n')}`;
    const { value } = readYaml(text, 'w.yaml');
    expect(value).toMatchObject({ kind: 'map', entries: { length: 10_001 } });
  });
});

describe('any text', () => {
  it('is read or refused with a place, and never throws', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      '#',
      '|',
      '>',
      '&',
      '*',
      '!',
      '%',
      '?',
      '\t',
      ',',
      '${{',
      '\\',
    );
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(pieces, { maxLength: 25 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const { value, diagnostics } = readYaml(text, 'w.yaml');
        for (const one of diagnostics) {
          expect(one.at?.start.offset).toBeLessThanOrEqual(text.length);
          expect(one.at?.end.offset).toBeGreaterThanOrEqual(one.at?.start.offset ?? 0);
        }
        if (value !== null) expectWithin(value, text.length);
      }),
      { numRuns: 1_500 },
    );
  });

  it('stands in quotes and comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(valueOf(`a: ${JSON.stringify(text)}`)).toEqual({ a: text });
      }),
      { numRuns: 1_000 },
    );
  });
});

function expectWithin(tree: Tree, end: number): void {
  expect(tree.range[0]).toBeLessThanOrEqual(tree.range[1]);
  expect(tree.range[1]).toBeLessThanOrEqual(end);
  const inner = tree.kind === 'list' ? tree.items : tree.kind === 'map' ? tree.entries.map((entry) => entry.value) : [];
  for (const one of inner) expectWithin(one, end);
}

describe.skipIf(!existsSync(BLNS))('naughty strings', () => {
  const strings: readonly string[] = existsSync(BLNS) ? JSON.parse(readFileSync(BLNS, 'utf8')) : [];
  if (strings.length === 0) console.log(`skipped: ${BLNS} is not here`);

  it('are read or refused as the text of a file', () => {
    for (const text of strings) {
      const { diagnostics } = readYaml(text, 'w.yaml');
      for (const one of diagnostics) expect(one.at).toBeDefined();
    }
  });

  it('come back unchanged from double and single quotes', () => {
    for (const text of strings) {
      expect(valueOf(`a: ${JSON.stringify(text)}`)).toEqual({ a: text });
      // A line break in single quotes is a fold, and cannot be written.
      if (!/[\r\n]/.test(text)) expect(valueOf(`a: '${text.replaceAll("'", "''")}'`)).toEqual({ a: text });
    }
  });
});
