/** What expressions, templates and shell scripts are read by. */
import { evalBatchLine, evalExpression, readContexts } from '../../src/app/commands/eval.ts';
import { evaluate, evaluateTemplate, explainCondition } from '../../src/core/expr/evaluate.ts';
import { Budget, Halt } from '../../src/core/expr/halt.ts';
import { print } from '../../src/core/expr/print.ts';
import { references } from '../../src/core/expr/references.ts';
import { findPattern } from '../../src/core/expr/regex.ts';
import { ANY } from '../../src/core/expr/type.ts';
import type { Value } from '../../src/core/expr/value.ts';
import { lowerPwsh } from '../../src/lang/compile/lower-pwsh.ts';
import { checkExpression } from '../../src/lang/expr/check.ts';
import {
  type ExpressionProblem,
  parseExpression,
  parseExpressionKey,
  parseTemplate,
} from '../../src/lang/expr/parse.ts';
import { lowerScript } from '../../src/lang/lower-shell/index.ts';
import { promise, type Target, textOf, times } from './target.ts';
import { EXPRESSION_WORDS, JSON_WORDS, SHELL_WORDS } from './words.ts';

const CASES = '../shared/conformance';
const contexts: Readonly<Record<string, Value>> = {
  a: 1,
  b: 'text',
  c: null,
  d: [1, 'x', null, { k: [2] }],
  inputs: { x: 'y', n: 3, list: [3, 1, 2], __proto__: null },
  steps: { a: { outputs: { b: 'c' } } },
};
const env = {
  context: (name: string): Value | undefined => (Object.hasOwn(contexts, name) ? contexts[name] : undefined),
  captured: (): undefined => undefined,
  status: { success: true, failure: false, cancelled: false },
};
const types = { contexts: new Map(Object.keys(contexts).map((name) => [name, ANY])), status: true };

function checkProblem({ at, length, message }: ExpressionProblem, text: string): void {
  promise(at >= 0 && length >= 0 && at + length <= Math.max(text.length, 1), `a problem at ${at}, ${length} long`);
  promise(message !== '', 'a problem that says nothing');
}

const expression: Target = {
  name: 'expression',
  run(bytes) {
    const text = textOf(bytes);
    for (const parsed of [parseExpression(text), parseExpressionKey(text)]) {
      if (!parsed.ok) {
        checkProblem(parsed.error, text);
        continue;
      }
      const { value, start, end } = parsed;
      promise(text.slice(start, end) === value.source, 'the source is not what stands there');
      for (const problem of checkExpression(value.expr, types)) checkProblem(problem, text);
      references(value.expr);
      const result = evaluate(value.expr, env);
      explainCondition(value, env);
      const printed = print(value.expr);
      const again = parseExpression(printed);
      if (!again.ok) promise(/DEEP|LONG/.test(again.error.code), `its own print is refused: ${again.error.message}`);
      else {
        promise(print(again.value.expr) === printed, 'it is printed in another way the second time');
        if (result.kind === 'value')
          promise(
            JSON.stringify(evaluate(again.value.expr, env)) === JSON.stringify(result),
            'its print gives another value',
          );
      }
    }
    evalExpression(text, { inputs: { x: 'y' } });
  },
  seeds: [
    "inputs.x == 'y' && (steps.a.outputs[\"b\"] ?? '') != null",
    "d[0] + 1 * -2 % 3 < 4 ? format('{0}-{1}', a, b) : [1, { k: 2, 'l m': [3] }]",
    'inputs.list.map(x => x * 2).filter(x => x > 2)',
    'map(inputs.list, x => x + 1)',
    'sort(inputs.list, (x) => -x)',
    'toJSON(fromJSON(\'{"a": [1, 2.5e3]}\')).a.*',
    "matches(b, '^(t|x)+$') || contains(split(b, 'e'), 't') || !startsWith(b, 'x')",
    '${{ a }}',
    "join(range(1, 5), ', ')",
    "date('2026-01-01T00:00:00Z', 'yyyy') ",
  ],
  words: EXPRESSION_WORDS,
  cases: [`${CASES}/expressions`, `${CASES}/robustness`],
  large: [
    ['brackets', times(5_000_000, '(')],
    ['lists', times(10_000, '[')],
    ['signs', () => `${'!'.repeat(20_000)}1`],
    ['minus signs', () => `${'-'.repeat(20_000)}1`],
    ['a sum', () => `1${' + 1'.repeat(5_000)}`],
    ['indexes', () => `a${'[0]'.repeat(6_900)}`],
    ['choices', () => `1${' ? 1 : 1'.repeat(2_500)}`],
    ['objects', () => `${'{a: '.repeat(99)}1${'}'.repeat(99)}`],
    ['lambdas', () => `${'map(d, x => '.repeat(90)}1${')'.repeat(90)}`],
    ['lambdas that multiply', () => `${'map(range(0, 999), x => '.repeat(9)}1${')'.repeat(9)}`],
    ['long texts doubled', () => `join(map(range(0, 999), x => join(map(range(0, 999), y => '${'x'.repeat(900)}'))))`],
    ['quotes', times(21_000, "'")],
    ['a long name', times(10_000_000, 'x')],
    ['blanks', times(10_000_000, ' ')],
    ['a pattern that grows', () => `matches('${'a'.repeat(10_000)}', '${'(a?){1000}'.repeat(1)}')`],
    ['a pattern of patterns', () => `matches('${'a'.repeat(1_000)}', '(((a{30}){30}){30})b')`],
    ['a range', () => 'range(0, 9007199254740991)'],
    ['a repeated replacement', () => `replace('${'a'.repeat(9_000)}', 'a', '${'b'.repeat(9_000)}')`],
    ['wildcards', () => `d${'.*'.repeat(9_000)}`],
  ],
};

const template: Target = {
  name: 'template',
  run(bytes) {
    const text = textOf(bytes);
    const parsed = parseTemplate(text);
    if (!parsed.ok) {
      promise(parsed.errors.length <= 20, `${parsed.errors.length} problems of one template`);
      for (const error of parsed.errors) checkProblem(error, text);
      return;
    }
    for (const part of parsed.parts)
      if (typeof part !== 'string') promise(text.slice(part.start, part.end) === part.source, 'a source elsewhere');
    const plain = parsed.parts.filter((part) => typeof part === 'string').join('');
    promise(plain.length <= text.length, 'more text than there is');
    evaluateTemplate({ kind: 'text', parts: parsed.parts, nulls: 'refuse' }, env);
  },
  seeds: [
    "a ${{ a }} b ${{ b }}${{ toJSON(d) }} }} ${{ '}}' }} ${{ { k: { l: 1 } }.k }}",
    "${{ c ?? '' }}",
    '${{',
    '$${{ a }}',
  ],
  words: EXPRESSION_WORDS,
  cases: [`${CASES}/robustness`],
  large: [
    ['broken ones', times(100_000, '${{ a b }}')],
    ['open ones', times(1_000_000, '${{')],
    ['open ones with quotes', times(100_000, "${{ '")],
    ['many', times(50_000, '${{ a }}')],
    ['objects that close', times(200_000, '${{ { }}')],
    ['one that is never closed', () => `\${{ ${'a + '.repeat(1_000_000)}`],
  ],
};

const shell: Target = {
  name: 'shell',
  run(bytes) {
    const text = textOf(bytes);
    const parsed = parseTemplate(text);
    if (!parsed.ok) return;
    for (const dialect of ['bash', 'sh'] as const) {
      const lowered = lowerScript(parsed.parts, dialect, text);
      if (!lowered.ok)
        for (const { offset } of lowered.problems)
          promise(offset >= 0 && offset <= text.length, `a problem at ${offset}`);
      else promise(!lowered.script.includes('\uFDD0') || text.includes('\uFDD0'), 'a mark is left in the script');
    }
    lowerPwsh(parsed.parts);
  },
  seeds: [
    'set -e\necho "${{ a }}" \'${{ b }}\' $((${{ a }} + 1)) <<E\n${{ b }}\nE\n',
    'case ${{ a }} in x) y;; *) z;; esac\nfor i in ${{ b }}; do echo "$i"; done\n[[ ${{ a }} == b ]] && f() { echo "$(cat ${{ b }})"; }\n',
    'cat <<-"E" <<F\n\t${{ a }}\n\tE\n${x:-${{ b }}}\nF\necho `echo ${{ a }}` $\'\\x41${{ b }}\' > ${{ a }} 2>&1\n',
    'Write-Output "${{ a }}" ${{ b }}\n@"\n${{ a }}\n"@\n',
  ],
  words: SHELL_WORDS,
  cases: [`${CASES}/robustness`],
  large: [
    ['nested substitutions', () => `${'$('.repeat(20_000)}\${{ a }}`],
    ['nested quotes', () => `${'"$('.repeat(20_000)}\${{ a }}`],
    ['back quotes', () => `${'`'.repeat(100_000)}\${{ a }}`],
    ['here-documents', () => `\${{ a }} ${'<<A '.repeat(50_000)}\n`],
    ['parameters', () => `${'${a:-'.repeat(20_000)}\${{ a }}`],
    ['arithmetic', () => `${'$(('.repeat(20_000)}\${{ a }}`],
    ['cases', () => `${'case a in b) '.repeat(20_000)}\${{ a }}`],
    ['1 MB of words', () => `${'echo "a" b;\n'.repeat(80_000)}\${{ a }}`],
    ['many values', times(5_000, 'echo "${{ a }}"\n')],
    ['braces', () => `${'{ '.repeat(100_000)}\${{ a }}`],
    ['backslashes', () => `"${'\\'.repeat(200_000)}\${{ a }}`],
  ],
};

const batch: Target = {
  name: 'eval-batch',
  run(bytes) {
    const text = textOf(bytes);
    const answer: unknown = JSON.parse(evalBatchLine(text));
    promise(typeof answer === 'object' && answer !== null, 'the answer is no object');
    readContexts(text);
  },
  seeds: [
    '{"expr":"a.b + 1","contexts":{"a":{"b":2}}}',
    '{"expr":"toJSON(a)","contexts":{"a":{"__proto__":[1,null,{"secretText":[1]}]}}}',
  ],
  words: [...JSON_WORDS, '"expr":', '"contexts":', ...EXPRESSION_WORDS],
  cases: [],
  large: [
    ['deep contexts', () => `{"expr":"a","contexts":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['wide contexts', () => `{"expr":"toJSON(a)","contexts":{"a":[${'1,'.repeat(500_000)}1]}}`],
    [
      'many keys',
      () => `{"expr":"a.k9","contexts":{"a":{${Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`).join()}}}}`,
    ],
    ['brackets', times(1_000_000, '{"a":')],
  ],
};

const pattern: Target = {
  name: 'pattern',
  run(bytes) {
    const [source = '', ...rest] = textOf(bytes).split('\n');
    const text = rest.join('\n');
    const found = findPattern(source, text, new Budget());
    if (found instanceof Halt) promise(found.error !== null && /\S/.test(found.error.message), 'no reason is given');
  },
  seeds: [
    '^a+(b|c)*$\naabc',
    '(?i)[\\p{L}\\d_-]{1,64}\\b\nx',
    '(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
    '(?P<n>x)\\Q.\\E\nx.',
    '[[:alpha:]]\\x{10FFFF}\nq',
  ],
  words: [
    '(',
    ')',
    '(?:',
    '(?i)',
    '(?=',
    '(?P<n>',
    '[',
    ']',
    '[^',
    '\\p{L}',
    '\\pN',
    '\\Q',
    '\\E',
    '{1000}',
    '{1,}',
    '{0,1000}',
    '*',
    '+',
    '?',
    '*?',
    '|',
    '^',
    '$',
    '\\b',
    '\\x{',
    '\\C',
    '[[:alpha:]]',
    '\n',
    '.',
    '\\8',
  ],
  cases: [`${CASES}/robustness`],
  large: [
    ['repetitions of repetitions', () => `${'('.repeat(5)}a${'{30})'.repeat(5)}\n${'a'.repeat(100_000)}`],
    ['the largest repetition', () => `${'a{1000}'.repeat(140)}\n${'a'.repeat(1_000_000)}`],
    ['classes', () => `${'[\\p{L}\\p{N}]{1000}'.repeat(50)}\n${'ä'.repeat(100_000)}`],
    ['one that fails late', () => `(a|aa)+$\n${'a'.repeat(5_000_000)}b`],
    ['nested groups', () => `${'('.repeat(499)}${')'.repeat(499)}\nx`],
    ['empty choices', () => `(${'|'.repeat(990)})*\n${'a'.repeat(100_000)}`],
    ['stars of stars', () => `(${'(a*)*'.repeat(190)})*b\n${'a'.repeat(100_000)}`],
  ],
};

export const EXPRESSIONS: readonly Target[] = [expression, template, shell, batch, pattern];
