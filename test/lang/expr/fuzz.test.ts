import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BinaryOperator, Expr } from '../../../src/core/expr/ast.ts';
import { evaluate, evaluateTemplate, explainCondition } from '../../../src/core/expr/evaluate.ts';
import { FUNCTIONS } from '../../../src/core/expr/functions/table.ts';
import { print } from '../../../src/core/expr/print.ts';
import { references } from '../../../src/core/expr/references.ts';
import { ANY } from '../../../src/core/expr/type.ts';
import type { Json } from '../../../src/core/json.ts';
import { checkExpression } from '../../../src/lang/expr/check.ts';
import {
  type ExpressionProblem,
  parseExpression,
  parseExpressionKey,
  parseTemplate,
} from '../../../src/lang/expr/parse.ts';
import { environment } from '../../core/expr/evaluating.ts';

const contexts = {
  a: 1,
  b: 'text',
  c: null,
  d: [1, 'x', null, { k: [2] }],
  e: { k: { n: true }, __proto__: null },
  f: false,
};
const env = environment(contexts, { status: { success: true, failure: false, cancelled: false } });
const types = { contexts: new Map(Object.keys(contexts).map((name) => [name, ANY])), status: true };

const operators: readonly BinaryOperator[] = [
  '||',
  '&&',
  '??',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
];
const name = fc
  .oneof(
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'a-b', '__proto__', 'constructor'),
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/),
  )
  .filter((text) => !/^(true|false|null|NaN|Infinity)$/.test(text));
const at = fc.constant(0);

/** Expressions as the parser makes them. Negative numbers and signs before numbers are one thing to it, so only one is made. */
const { expr } = fc.letrec<{ expr: Expr }>((tie) => {
  const sub = tie('expr');
  return {
    expr: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({
        kind: fc.constant('literal' as const),
        at,
        value: fc.oneof(
          fc.constant(null),
          fc.boolean(),
          fc.nat(),
          fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.001 }),
          fc.string({ unit: 'binary', maxLength: 8 }),
        ),
      }),
      fc.record({ kind: fc.constant('name' as const), at, name }),
      fc.record({ kind: fc.constant('member' as const), at, of: sub, name }),
      fc.record({ kind: fc.constant('index' as const), at, of: sub, index: sub }),
      fc.record({ kind: fc.constant('wildcard' as const), at, of: sub }),
      fc.record({ kind: fc.constant('unary' as const), at, op: fc.constant('!' as const), of: sub }),
      fc.record({ kind: fc.constant('binary' as const), at, op: fc.constantFrom(...operators), left: sub, right: sub }),
      fc.record({ kind: fc.constant('choice' as const), at, test: sub, yes: sub, no: sub }),
      fc.record({
        kind: fc.constant('call' as const),
        at,
        name: fc.constantFrom(...FUNCTIONS.map((spec) => spec.name)),
        args: fc.array(
          fc.oneof(
            sub,
            fc.record({
              kind: fc.constant('lambda' as const),
              at,
              params: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
              body: sub,
            }),
          ),
          { maxLength: 3 },
        ),
      }),
      fc.record({ kind: fc.constant('list' as const), at, items: fc.array(sub, { maxLength: 3 }) }),
      fc.record({
        kind: fc.constant('object' as const),
        at,
        entries: fc.uniqueArray(fc.tuple(fc.oneof(name, fc.string({ maxLength: 5 })), sub), {
          maxLength: 3,
          selector: ([key]) => key,
        }),
      }),
    ) as fc.Arbitrary<Expr>,
  };
});

/** Texts that look like expressions more often than random ones do. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...operators,
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        '}}',
        '${{',
        '.',
        ',',
        ':',
        '?',
        '=>',
        '!',
        "'",
        "''",
        ' ',
        '\n',
        '*',
        '0x',
        '1',
        '.5',
        '1e9',
        '\u00a0',
        '"',
        '=',
        '&',
        '|',
        '$',
        '@',
        '😊',
        '\0',
        '\ud800',
      ),
      name,
      fc.constantFrom(...FUNCTIONS.map((spec) => spec.name)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
const anyText = fc.oneof(
  soup,
  fc.string({ unit: 'binary', maxLength: 60 }),
  soup.map((text) => `x \${{ ${text} }} y`),
);

function expectInside({ at: start, length, message }: ExpressionProblem, text: string): void {
  expect(start).toBeGreaterThanOrEqual(0);
  expect(length).toBeGreaterThan(text === '' ? -1 : 0);
  expect(start + length).toBeLessThanOrEqual(Math.max(text.length, 1));
  expect(message).not.toBe('');
}

describe('any text', () => {
  it('is parsed, checked and evaluated, or refused at a place inside it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const parsed of [parseExpression(text), parseExpressionKey(text)]) {
          if (!parsed.ok) expectInside(parsed.error, text);
          else {
            expect(text.slice(parsed.start, parsed.end)).toBe(parsed.value.source);
            for (const problem of checkExpression(parsed.value.expr, types)) expectInside(problem, text);
            explainCondition(parsed.value, env);
          }
        }
        const template = parseTemplate(text);
        if (!template.ok) for (const error of template.errors) expectInside(error, text);
        else {
          evaluateTemplate({ kind: 'text', parts: template.parts, nulls: 'refuse' }, env);
          for (const part of template.parts)
            if (typeof part !== 'string') expect(text.slice(part.start, part.end)).toBe(part.source);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('that is parsed keeps its plain pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), name)), (pieces) => {
        const text = pieces.map(([plain, inner]) => `${plain.replaceAll('$', '')}\${{ ${inner} }}`).join('');
        const parsed = parseTemplate(text);
        const rebuilt = parsed.ok
          ? parsed.parts.map((part) => (typeof part === 'string' ? part : `\${{ ${part.source} }}`))
          : [];
        expect(rebuilt.join('')).toBe(text);
      }),
    );
  });
});

describe('any expression', () => {
  const bare = (value: unknown): Json =>
    JSON.parse(JSON.stringify(value, (key, item) => (key === 'at' || key === 'nameAt' ? undefined : item)));

  it('that is printed is parsed to the same', () => {
    fc.assert(
      fc.property(expr, (made) => {
        const printed = print(made);
        const parsed = parseExpression(printed);
        if (!parsed.ok) expect(parsed.error.code, printed).toBe('EXPR_TOO_DEEP');
        // Chains of `||`, `&&` and `??` are balanced by the parser: printing again must change nothing.
        else {
          expect(print(parsed.value.expr)).toBe(printed);
          if (!/\|\||&&|\?\?/.test(printed)) expect(bare(parsed.value.expr)).toEqual(bare(made));
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('has a result, the same each time, and the same after a trip through JSON', () => {
    fc.assert(
      fc.property(expr, (made) => {
        const first = evaluate(made, env);
        expect(evaluate(JSON.parse(JSON.stringify(made)) as Expr, env)).toEqual(first);
        checkExpression(made, types);
        references(made);
        evaluateTemplate({ kind: 'value', expression: { source: '', expr: made } }, env);
      }),
      { numRuns: 1_500 },
    );
  });

  it('that chooses by || or && means the same however it is grouped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('||', '&&', '??'),
        fc.array(fc.constantFrom('a', 'b', 'c', 'f', "''", '0', 'd'), { minLength: 1, maxLength: 20 }),
        (op, operands) => {
          const leftward = operands.slice(1).reduce((left, right) => `(${left}) ${op} ${right}`, `${operands[0]}`);
          const deep = parseExpression(leftward);
          const flat = parseExpression(operands.join(` ${op} `));
          if (deep.ok && flat.ok) expect(evaluate(flat.value.expr, env)).toEqual(evaluate(deep.value.expr, env));
          expect(flat.ok).toBe(true);
        },
      ),
    );
  });
});

describe('a plain reference', () => {
  it('is read as the grammar reads it', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 60 }), (names) => {
        const text = names.join('.');
        const plain = parseExpression(text);
        // Parentheses lead to the grammar; all its places are one further.
        const read = parseExpression(`(${text})`);
        expect(plain.ok).toBe(read.ok);
        const moved = JSON.stringify(read.ok && read.value.expr, (key, at) =>
          /^(at|nameAt)$/.test(key) ? at - 1 : at,
        );
        if (plain.ok) expect(JSON.stringify(plain.value.expr)).toBe(moved);
      }),
    );
  });

  it.each(['true.x', 'a.1', 'a.', '.a', 'a..b', 'null.a.b'])('is not %s', (text) => {
    expect(parseExpression(text).ok).toBe(false);
    expect(parseTemplate(`\${{ ${text} }}`).ok).toBe(false);
  });
});

describe('large and deep texts', () => {
  it.each([
    ['nested brackets', '('.repeat(5_000_000)],
    ['nested lists', '['.repeat(10_000)],
    ['closed nested brackets', `${'('.repeat(10_000)}1${')'.repeat(10_000)}`],
    ['signs', `${'!'.repeat(20_000)}1`],
    ['a sum', `1${' + 1'.repeat(5_000)}`],
    ['indexes', `a${'[0]'.repeat(6_900)}`],
    ['choices to the right', `1${' ? 1 : 1'.repeat(2_500)}`],
    ['choices to the left', '1 ? '.repeat(5_000)],
    ['quotes', "'".repeat(20_999)],
    ['lambdas', `${'map(a, x => '.repeat(1_000)}1${')'.repeat(1_000)}`],
    ['a long name', 'x'.repeat(10_000_000)],
    ['blanks', ' '.repeat(10_000_000)],
  ])('of %s are refused', (_, text) => {
    const parsed = parseExpression(text);
    expect(parsed.ok).toBe(false);
    expect(parseTemplate(`\${{ ${text} }}`).ok).toBe(false);
    expect(parseTemplate(`\${{ ${text}`).ok).toBe(false);
  });

  it.each(['!', '!-'])('of signs are refused at a place inside them (%s)', (sign) => {
    const text = `${sign.repeat(60)}1`;
    const parsed = parseExpression(text);
    if (!parsed.ok) expectInside(parsed.error, text);
    expect(parsed.ok).toBe(false);
  });

  it('of a chain of one operator are read', () => {
    const chain = parseExpression(`0${' || 0'.repeat(4_000)} || 7`);
    expect(chain.ok && evaluate(chain.value.expr, env)).toEqual({ kind: 'value', value: 7 });
  });

  it('with many broken expressions have few problems', () => {
    const parsed = parseTemplate('${{ a b }}'.repeat(100_000));
    expect(!parsed.ok && parsed.errors.length).toBe(20);
  });
});

const BLNS = '../shared/conformance/robustness/blns/blns.json';
if (!existsSync(BLNS)) console.log(`skipped: ${BLNS} is not here`);
describe.skipIf(!existsSync(BLNS))('naughty strings', () => {
  const strings = existsSync(BLNS) ? (JSON.parse(readFileSync(BLNS, 'utf8')) as readonly string[]) : [];

  it('are safe as expressions and templates', () => {
    for (const text of strings) {
      const parsed = parseExpression(text);
      if (parsed.ok) evaluate(parsed.value.expr, env);
      else expectInside(parsed.error, text);
      parseTemplate(text);
      parseTemplate(`\${{ ${text} }}`);
    }
  });

  it('pass unchanged as values', () => {
    expect(strings.length).toBeGreaterThan(500);
    for (const text of strings) {
      const naughty = environment({ x: text });
      const written = `'${text.replaceAll("'", "''")}'`;
      for (const source of [
        'x',
        written,
        `format('{0}', x)`,
        'join([x])',
        "'' + x",
        'fromJSON(toJSON(x))',
        '{ k: x }.k',
        'x ?? 1',
        `x == ${written} ? x : 0`,
      ]) {
        const parsed = parseExpression(source);
        expect(parsed.ok && evaluate(parsed.value.expr, naughty), source).toEqual({ kind: 'value', value: text });
      }
      const template = parseTemplate(`<\${{ ${written} }}>`);
      expect(
        template.ok && evaluateTemplate({ kind: 'text', parts: template.parts, nulls: 'refuse' }, naughty),
      ).toEqual({ kind: 'value', value: `<${text}>` });
    }
  });
});
