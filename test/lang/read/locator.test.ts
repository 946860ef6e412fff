import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScalarTree, Tree } from '../../../src/core/document.ts';
import { makeLocator } from '../../../src/lang/read/locator.ts';
import { readYaml } from '../../../src/lang/read/yaml.ts';

/** The one scalar under the key `a`. */
function scalarOf(text: string): ScalarTree {
  const { value } = readYaml(text, 'w.yaml');
  const tree: Tree | undefined = value?.kind === 'map' ? value.entries[0]?.value : undefined;
  if (tree?.kind !== 'scalar') throw new Error(`no scalar in ${JSON.stringify(text)}`);
  return tree;
}

/** The part of the file that a part of the value stands for. */
function partIn(text: string, part: string): string {
  const scalar = scalarOf(text);
  const from = String(scalar.value).indexOf(part);
  expect(from).toBeGreaterThanOrEqual(0);
  const { start, end } = makeLocator(text, 'w.yaml').spanIn(scalar, from, from + part.length);
  return text.slice(start.offset, end.offset);
}

describe('lines and columns', () => {
  it.each([
    ['abc', 0, [1, 1]],
    ['abc', 3, [1, 4]],
    ['a\nb', 2, [2, 1]],
    ['a\r\nb', 3, [2, 1]],
    ['a\n', 2, [2, 1]],
    ['\ufeffa: b', 1, [1, 1]],
    ['\ufeffa\nb', 3, [2, 1]],
    ['', 0, [1, 1]],
    ['abc', 99, [1, 4]],
    ['abc', -1, [1, 1]],
  ])('of %j at %d are %j', (text, offset, [line, column]) => {
    const { start } = makeLocator(text, 'w.yaml').span([offset, offset]);
    expect([start.line, start.column]).toEqual([line, column]);
  });

  it('agree with counting', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\n', 'bc')), fc.nat(60), (pieces, at) => {
        const text = pieces.join('');
        const offset = Math.min(at, text.length);
        const before = text.slice(0, offset).split('\n');
        const { start } = makeLocator(text, 'x').span([offset, offset]);
        expect([start.line, start.column]).toEqual([before.length, (before.at(-1) ?? '').length + 1]);
      }),
    );
  });
});

describe('parts of a value', () => {
  it.each([
    ['plain', 'a: one two', 'two', 'two'],
    ['single quotes', "a: 'it''s here'", 'here', 'here'],
    ['a quote in single quotes', "a: 'it''s here'", "'", "''"],
    ['double quotes', 'a: "x\\ty \\u00e9 z"', 'é', '\\u00e9'],
    ['behind an escape', 'a: "x\\ty \\u00e9 z"', 'z', 'z'],
    ['an escaped pair', 'a: "\\U0001F600 b"', 'b', 'b'],
    ['a literal block', 'a: |\n  one\n    two\n  three\n', 'three', 'three'],
    ['across lines of a literal block', 'a: |\n  one\n  two\n', 'e\nt', 'e\n  t'],
    ['an indented literal block', 'a: |2\n    one\n  two\n', 'two', 'two'],
    ['a literal block behind blank lines', 'a: |\n\n\n  one\n  two\n', 'two', 'two'],
    ['a kept block', 'a: |+\n  one\n\n\nb: c\n', 'one', 'one'],
    ['a folded block', 'a: >\n  one\n  two\n\n  three\n', 'three', 'three'],
    ['a folded block with deeper lines', 'a: >\n  one\n    two\n  three\n', 'three', 'three'],
    ['a plain text over lines', 'a: one\n  two\n\n  three\nb: c', 'three', 'three'],
    ['double quotes over lines', 'a: "one\n  two \\\n  three"', 'three', 'three'],
    ['single quotes over lines', "a: 'one\n\n  two'", 'two', 'two'],
    ['a block with windows line ends', 'a: |\r\n  one\r\n  two\r\n', 'two', 'two'],
  ])('in %s', (_, text, part, expected) => {
    expect(partIn(text, part)).toBe(expected);
  });

  it('is empty where nothing is asked for, and stays inside the scalar', () => {
    const text = 'a: "bcd"';
    const scalar = scalarOf(text);
    const locator = makeLocator(text, 'w.yaml');
    expect(locator.spanIn(scalar, 1, 1)).toMatchObject({ start: { offset: 5 }, end: { offset: 5 } });
    expect(locator.spanIn(scalar, 3, 9)).toMatchObject({ start: { offset: 7 }, end: { offset: 7 } });
    expect(locator.spanIn(scalar, 0, 99)).toMatchObject({ start: { offset: 4 }, end: { offset: 7 } });
  });

  it('is the whole scalar when it is no text', () => {
    const text = 'a: 12';
    expect(makeLocator(text, 'x').spanIn(scalarOf(text), 0, 1)).toMatchObject({
      start: { offset: 3 },
      end: { offset: 5 },
    });
  });

  it('is exact for every word of a quoted or literal text', () => {
    const words = fc.array(fc.stringMatching(/^[a-z"'\\é😀]{1,6}$/u), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, fc.constantFrom('single', 'double', 'literal'), (all, style) => {
        const value = all.map((word, index) => `<${index}${word}>`).join(style === 'literal' ? '\n' : ' ');
        const text = `a: ${written(value, style)}\nb: c\n`;
        expect(scalarOf(text).value).toBe(style === 'literal' ? `${value}\n` : value);
        for (const [index, word] of all.entries()) {
          const part = `<${index}${word}>`;
          expect(decoded(partIn(text, part), style)).toBe(part);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function written(value: string, style: string): string {
  if (style === 'double') return JSON.stringify(value);
  return style === 'single' ? `'${value.replaceAll("'", "''")}'` : `|\n   ${value.replaceAll('\n', '\n   ')}`;
}

function decoded(part: string, style: string): string {
  if (style === 'double') return String(JSON.parse(`"${part}"`));
  return style === 'single' ? part.replaceAll("''", "'") : part;
}
