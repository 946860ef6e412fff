import { describe, expect, it } from 'vitest';
import { print } from '../../../src/core/expr/print.ts';
import { parseExpression, parseExpressionKey, parseTemplate } from '../../../src/lang/expr/parse.ts';

describe('precedence', () => {
  // Each line: an expression, and the same with all its parentheses.
  it.each([
    ['a ? b : c ? d : e', 'a ? b : (c ? d : e)'],
    ['a ? b ? c : d : e', 'a ? (b ? c : d) : e'],
    ['a ?? b ? c : d', '(a ?? b) ? c : d'],
    ['a || b && c', 'a || (b && c)'],
    ['a && b == c', 'a && (b == c)'],
    ['a == b < c', 'a == (b < c)'],
    ['a < b + c', 'a < (b + c)'],
    ['a + b * c', 'a + (b * c)'],
    ['a - b - c', '(a - b) - c'],
    ['a / b % c', '(a / b) % c'],
    ['!a == b', '(!a) == b'],
    ['-a * b', '(-a) * b'],
    ['!a.b', '!(a.b)'],
    ['!!a', '!(!a)'],
    ['a < b < c', '(a < b) < c'],
    ['a == b != c', '(a == b) != c'],
    ['f(x => x ? a : b, c)', 'f(x => (x ? a : b), c)'],
    ['-1 + 2', '(-1) + 2'],
  ])('%s is %s', (short, long) => {
    expect(withoutPlaces(short)).toEqual(withoutPlaces(long));
  });

  it.each([
    ['(a + b) * c', '(a + b) * c'],
    ['a - (b - c)', 'a - (b - c)'],
    ['!(a && b)', '!(a && b)'],
    ['(a || b) ?? c', '(a || b) ?? c'],
    ['(a ? b : c) ? d : e', '(a ? b : c) ? d : e'],
    ["a['x y'].z[0].*", "a['x y'].z[0].*"],
    ["f( 'it''s' , [1,2] , {a:1,'b c':2} )", "f('it''s', [1, 2], { a: 1, 'b c': 2 })"],
    ['map(list,(x,i)=>x)', 'map(list, (x, i) => x)'],
    ['map(list, x => { k: x })', 'map(list, x => { k: x })'],
    ['[ ]', '[]'],
    ['-.5e1', '-5'],
    ['+7', '7'],
    ['0xFF', '255'],
    ['0o17', '15'],
    ['1.', '1'],
    ['1e999', 'Infinity'],
    ['-Infinity', '-Infinity'],
    ['a\n  .b\t[ 0 ]', 'a.b[0]'],
    ['true && null', 'true && null'],
    ['trueish', 'trueish'],
    ['a.true', 'a.true'],
    ['a ?b:c', 'a ? b : c'],
    ['a[b ? 0 : 1]', 'a[b ? 0 : 1]'],
  ])('%s is printed as %s', (text, printed) => {
    const parsed = parseExpression(text);
    expect(parsed.ok && print(parsed.value.expr)).toBe(printed);
  });

  function withoutPlaces(text: string): unknown {
    const parsed = parseExpression(text);
    if (!parsed.ok) expect.fail(parsed.error.message);
    return JSON.parse(
      JSON.stringify(parsed.value.expr, (key, value) => (/^(at|nameAt)$/.test(key) ? undefined : value)),
    );
  }
});

describe('places', () => {
  it('are offsets in the source, which has no blanks around it', () => {
    const parsed = parseExpression('  steps.build . outputs == 1 ');
    expect(parsed).toMatchObject({ ok: true, start: 2, end: 28, value: { source: 'steps.build . outputs == 1' } });
    expect(parsed.ok && parsed.value.expr).toMatchObject({
      at: 0,
      left: { at: 0, name: 'outputs', nameAt: 14, of: { at: 0, name: 'build', nameAt: 6 } },
      right: { at: 25 },
    });
  });

  it('survive JSON, also of numbers that JSON does not have', () => {
    for (const text of ['NaN', '-Infinity', '-0', '1e999', '[0.1, -2]']) {
      const parsed = parseExpression(text);
      expect(parsed.ok && JSON.parse(JSON.stringify(parsed.value.expr))).toEqual(parsed.ok && parsed.value.expr);
    }
  });
});

describe('templates', () => {
  it('are texts and expressions with their bounds', () => {
    const text = 'a ${{ x.y }}b${{z}}';
    const parsed = parseTemplate(text);
    expect(parsed).toMatchObject({
      ok: true,
      parts: ['a ', { source: 'x.y', start: 6, end: 9 }, 'b', { source: 'z', start: 16, end: 17 }],
    });
  });

  it.each([
    ["${{ '}}' }}", "'}}'"],
    ["${{ 'it''s }}' }}", "'it''s }}'"],
    ['${{ { a: { b: 1 }} }}', '{ a: { b: 1 }}'],
    ['${{{a:{b:1}}}}', '{a:{b:1}}'],
    ['${{\n  a &&\n  b\n}}', 'a &&\n  b'],
  ])('%s ends at the brackets that close it', (text, source) => {
    expect(parseTemplate(`<${text}>`)).toMatchObject({ ok: true, parts: ['<', { source }, '>'] });
  });

  it.each(['', 'plain', '$ {{ x }}', '{{ x }}', '$(x) }} {', '$${ {a} }'])('%j has no expressions', (text) => {
    expect(parseTemplate(text)).toEqual({ ok: true, parts: text === '' ? [] : [text] });
  });

  it('of which several expressions are wrong have several problems, at their places', () => {
    const text = "${{ 1 + }} ${{ ok }} ${{ 'a }} ${{ b c }} }}";
    const parsed = parseTemplate(text);
    expect(!parsed.ok && parsed.errors.map(({ code, at }) => [code, text.slice(at, at + 3)])).toEqual([
      ['EXPR_SYNTAX', '}} '],
      ['EXPR_SYNTAX', "'a "],
      ['EXPR_SYNTAX', 'c }'],
    ]);
  });
});

describe('keys that are expressions', () => {
  it.each([
    ['a && b', 'a && b', 0],
    ['${{ a && b }}', 'a && b', 4],
    [' ${{ a }} \n', 'a', 5],
  ])('%j', (text, source, start) => {
    const parsed = parseExpressionKey(text);
    expect(parsed).toMatchObject({ ok: true, value: { source }, start, end: start + source.length });
    expect(parsed.ok && Object.keys(parsed.value).toSorted()).toEqual(['expr', 'source']);
  });
});

describe('what is wrong', () => {
  it.each([
    ['', 'EXPR_EMPTY', 0],
    ['   ', 'EXPR_EMPTY', 0],
    ['1 +', 'EXPR_SYNTAX', 2],
    ['f(1', 'EXPR_SYNTAX', 2],
    ['a b', 'EXPR_SYNTAX', 2],
    ["'abc", 'EXPR_SYNTAX', 0],
    ["a == 'abc", 'EXPR_SYNTAX', 5],
    ['a = b', 'EXPR_SYNTAX', 2],
    ['"a"', 'EXPR_SYNTAX', 0],
    ['a -b', 'EXPR_SYNTAX', 2],
    ['1-2', 'EXPR_SYNTAX', 0],
    ['0xFZ', 'EXPR_SYNTAX', 0],
    ['a.1', 'EXPR_SYNTAX', 2],
    ['😊', 'EXPR_SYNTAX', 0],
    ['x => x', 'EXPR_SYNTAX', 2],
    ['a ?? b || c', 'EXPR_MIXED_OPERATORS', 5],
    ['a && b ?? c', 'EXPR_MIXED_OPERATORS', 0],
    ['{ a: 1, a: 2 }', 'EXPR_DUPLICATE_KEY', 8],
    [`${'!'.repeat(50)}a`, 'EXPR_TOO_DEEP', 0],
    ['('.repeat(200), 'EXPR_TOO_DEEP', 100],
    ['x'.repeat(21_001), 'EXPR_TOO_LONG', 0],
  ])('case %#', (text, code, at) => {
    const parsed = parseExpression(text);
    expect(parsed).toMatchObject({ ok: false, error: { code, at } });
    expect(!parsed.ok && parsed.error.at + parsed.error.length).toBeLessThanOrEqual(Math.max(1, text.length));
  });

  it.each([
    ['${{ a', 'EXPR_UNCLOSED', 0],
    ['a ${{', 'EXPR_UNCLOSED', 2],
    ["${{ f('x'", 'EXPR_UNCLOSED', 0],
    ['${{ }}', 'EXPR_EMPTY', 0],
    ['${{}}', 'EXPR_EMPTY', 0],
    [`\${{ ${'x '.repeat(20_000)} }}`, 'EXPR_SYNTAX', 6],
    [`\${{ ${'x'.repeat(30_000)} }}`, 'EXPR_TOO_LONG', 4],
    [`\${{ '${'x'.repeat(30_000)}' }}`, 'EXPR_TOO_LONG', 4],
  ])('template %#', (text, code, at) => {
    expect(parseTemplate(text)).toMatchObject({ ok: false, errors: [{ code, at }] });
  });

  it.each(['${{ a }} && ${{ b }}', '${{ a }}b', '${{ !a }} == true'])('%s has text beside it', (text) => {
    expect(parseExpressionKey(text)).toMatchObject({ ok: false, error: { code: 'EXPR_TEXT_BESIDE' } });
  });

  it.each([
    ['a = b', '=='],
    ['a === b', '=='],
    ['a !== b', '!='],
    ['a & b', '&&'],
    ['a | b', '||'],
    ['a and b', '&&'],
    ['not a', '!'],
    ['a -b', 'blank'],
    ['a*b', 'blank'],
    ['1-2', 'blank'],
    ['"a"', 'single quotes'],
    ["'it's'", 'operator or a comma'],
    ['a.1', '[0]'],
    ['f(a', '`(`'],
    ['a == ${{ b }}', 'without another'],
    ['x => x', 'argument'],
    ['a ?? b || c', 'parentheses'],
  ])('%s gets a hint with %s', (text, part) => {
    const parsed = parseExpression(text);
    expect(!parsed.ok && parsed.error.hint).toContain(part);
  });
});
