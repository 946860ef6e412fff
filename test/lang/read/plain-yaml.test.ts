import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeLocator } from '../../../src/lang/read/locator.ts';
import { readPlainYaml } from '../../../src/lang/read/plain-yaml.ts';
import { readFully } from '../../../src/lang/read/yaml.ts';

/** Pieces that YAML texts are made of, the plain and the nasty ones. */
const PIECES = [
  'a¦b¦:¦: ¦ ¦  ¦\n¦\n¦\n  ¦\n    ¦- ¦-¦\n- ¦\n  - ¦{¦}¦[¦]¦, ¦,¦\'¦"¦#¦ #¦# c\n¦|¦|\n¦|-\n    ¦|+\n¦>¦1¦1.5¦.5¦-1¦true¦null¦~',
  '${{ x }}¦key: ¦\nkey: ¦\n  k2: ¦\n\n¦? ¦! ¦!x¦&a ¦*a¦%¦---¦\n---\n¦...¦\\¦0x1F¦.inf¦<<: ¦é¦😀¦`¦@¦"q": ¦\'s\': ¦"x y"¦\t¦\'\'¦\r\n',
  'run: echo hi\n¦steps:\n  - id: s1\n    run: |\n      a\n\n      b\n¦{ a: 1, b: [x, y] }¦\n  c: |\n    x\n     y\n\n',
].flatMap((pieces) => pieces.split('¦'));

const texts = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 14 }).map((pieces) => pieces.join(''));

describe('the quick reader', () => {
  it('gives what the full reader gives, or gives up', () => {
    let read = 0;
    const check = (text: string): void => {
      const quick = readPlainYaml(text, [0, text.length]);
      if (quick === null) return;
      read++;
      const full = readFully(text, [0, text.length], makeLocator(text, 'x.yaml'));
      expect({ text, value: quick, diagnostics: [] }).toEqual({ text, ...full });
    };
    fc.assert(
      fc.property(texts, fc.boolean(), (text, isKeyed) => check(isKeyed ? `k: ${text}` : text)),
      { numRuns: 6_000 },
    );
    // It would prove nothing if it always gave up.
    expect(read).toBeGreaterThan(150);
  });

  it.each([
    ['a list of steps', 'steps:\n  - id: a\n    run: echo hi\n  - set: { a: 1, b: [x, "y z"] }\n'],
    ['a list at the column of its key', 'steps:\n- run: a\n- run: b\n'],
    ['comments and blank lines', '# head\n\na: 1 # one\n\n# two\nb:\n  # three\n  c: d\n'],
    ['literal blocks', 'a:\n  run: |\n    one\n\n      two\n    three\n  b: |-\n    x\nc: d\n'],
    ['quoted texts', `a: 'it''s'\n"b": "x # y"\nc: '#'\n`],
    ['a text with colons and hashes', 'a: http://x/y#z\nb: a:b\n'],
    ['no line break at the end', 'a: b'],
    ['lists in lists', '- - a\n  - b\n- - c\n'],
    ['a byte order mark', '\ufeffa: b\n'],
  ])('reads %s', (_, text) => {
    const start = text.startsWith('\ufeff') ? 1 : 0;
    const wrapped = text.startsWith('-') ? `k:\n${text}` : text;
    expect(readPlainYaml(wrapped, [start, wrapped.length])).not.toBeNull();
  });

  it.each([
    'a: &x 1',
    'a: *x',
    'a: !t b',
    'a: >\n  b',
    'a: b\n  c',
    '? a',
    '<<: b',
    '1: a',
    'a: .inf',
    'a:\tb',
    'a: b\r\n',
    '---\na: b',
  ])('leaves %j to the full reader', (text) => {
    expect(readPlainYaml(text, [0, text.length])).toBeNull();
  });

  it('reads a workflow of 100,000 steps', () => {
    const steps = Array.from({ length: 100_000 }, (_, index) => `  - id: s${index}\n    set: { a: ${index} }\n`);
    const text = `steps:\n${steps.join('')}`;
    const tree = readPlainYaml(text, [0, text.length]);
    expect(tree?.entries[0]?.value).toMatchObject({ kind: 'list', items: { length: 100_000 } });
  });
});
