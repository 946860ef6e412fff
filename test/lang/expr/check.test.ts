import { describe, expect, it } from 'vitest';
import {
  ANY,
  BOOLEAN,
  closedObject,
  listOf,
  NULL,
  NUMBER,
  OBJECT,
  openObject,
  SECRET,
  STRING,
  unionOf,
  wordOf,
} from '../../../src/core/expr/type.ts';
import { checkExpression, type ExprTypes, inferType } from '../../../src/lang/expr/check.ts';
import { expression } from '../../core/expr/evaluating.ts';

const step = (outputs = OBJECT) =>
  closedObject({
    outputs,
    result: wordOf('succeeded', 'failed', 'skipped', 'cancelled'),
    conclusion: wordOf('success', 'failure', 'skipped', 'cancelled'),
    error: unionOf(openObject({ code: STRING }), NULL),
  });

const types: ExprTypes = {
  contexts: new Map([
    [
      'inputs',
      closedObject({
        name: STRING,
        'dry-run': BOOLEAN,
        count: NUMBER,
        tags: listOf(STRING),
        people: listOf(closedObject({ name: STRING })),
        any: ANY,
        env: wordOf('dev', 'prod'),
      }),
    ],
    ['steps', closedObject({ build: step(closedObject({ file: STRING })), test: step() })],
    ['env', openObject({ HOME: STRING })],
    ['secrets', closedObject({ TOKEN: SECRET })],
  ]),
};
const everywhere: ExprTypes = { ...types, status: true, secrets: true };

function problemsOf(text: string, given: ExprTypes = types): readonly [code: string, at: string][] {
  const { source, expr } = expression(text);
  return checkExpression(expr, given).map(({ code, at, length }) => [code, source.slice(at, at + length)]);
}
function hintOf(text: string): string | undefined {
  return checkExpression(expression(text).expr, types)[0]?.hint;
}

describe('what is right', () => {
  it.each([
    "inputs.name == 'a' && !inputs.dry-run",
    "INPUTS.Name == 'a'",
    "inputs['name'] == 'x'",
    "steps.build.result == 'FAILED'",
    "steps.build.conclusion == 'success'",
    'steps.build.outputs.file',
    "steps.test.outputs.anything.at.all == 'x'",
    "steps.build.error.code == 'X'",
    'steps.build.error == null',
    "env.OTHER == '1'",
    'inputs.tags[0]',
    'inputs.people.*.name',
    'inputs.people[0].name',
    'map(inputs.people, p => p.name)',
    'map(inputs.tags, (t, i) => i + 1)',
    'inputs.any.x.y[0].z',
    'inputs.count + 1 > 2',
    "inputs.name + '!'",
    'length(inputs.tags) > 0',
    "contains(inputs.tags, 'a')",
    'inputs.dry-run == 1',
    "inputs.dry-run == ''",
    "inputs.count == '5'",
    "'a' == 'b'",
    'NaN == Infinity',
    'steps.build.outputs.file == null',
    "toJSON(inputs) == 'x'",
    'first(inputs.people).name',
    '(inputs.any ?? inputs.name).x || inputs.any',
    "inputs.env == 'PROD'",
  ])('%s', (text) => {
    expect(checkExpression(expression(text).expr, types)).toEqual([]);
  });

  it.each([
    'success() && !failure()',
    "'Bearer ' + secrets.TOKEN",
    "secrets.TOKEN != ''",
    'secrets.TOKEN ? 1 : 2',
    "format('{0}', secrets.TOKEN)",
  ])('%s, where it may stand', (text) => {
    expect(problemsOf(text, everywhere)).toEqual([]);
  });
});

describe('what is wrong', () => {
  it.each([
    ['github.sha', 'EXPR_UNKNOWN_CONTEXT', 'github'],
    ['input.name', 'EXPR_UNKNOWN_CONTEXT', 'input'],
    ['inputs.name == success', 'EXPR_UNKNOWN_CONTEXT', 'success'],
    ['inputs.nmae', 'EXPR_UNKNOWN_MEMBER', 'nmae'],
    ["inputs . nmae == 'x'", 'EXPR_UNKNOWN_MEMBER', 'nmae'],
    ["inputs['nmae']", 'EXPR_UNKNOWN_MEMBER', "'nmae'"],
    ['steps.bild.outputs.file', 'EXPR_UNKNOWN_STEP', 'bild'],
    ['steps.build.outputs.fiel', 'EXPR_UNKNOWN_MEMBER', 'fiel'],
    ['steps.build.output', 'EXPR_UNKNOWN_MEMBER', 'output'],
    ['inputs.tags.name', 'EXPR_UNKNOWN_MEMBER', 'name'],
    ['inputs.name.length', 'EXPR_UNKNOWN_MEMBER', 'length'],
    ['inputs.people.*.nmae', 'EXPR_UNKNOWN_MEMBER', 'nmae'],
    ['map(inputs.people, p => p.nmae)', 'EXPR_UNKNOWN_MEMBER', 'nmae'],
    ['lenght(inputs.tags)', 'EXPR_UNKNOWN_FUNCTION', 'lenght'],
    ["startsWith('a')", 'EXPR_ARGUMENT_COUNT', 'startsWith'],
    ['case(true, 1)', 'EXPR_ARGUMENT_COUNT', 'case'],
    ['now(1)', 'EXPR_ARGUMENT_COUNT', 'now'],
    ['length(inputs.count)', 'EXPR_ARGUMENT', 'inputs.count'],
    ['sum(inputs.name)', 'EXPR_ARGUMENT', 'inputs.name'],
    ['map(inputs.tags, 1)', 'EXPR_LAMBDA', '1'],
    ['length(x => x)', 'EXPR_LAMBDA', 'x => x'],
    ['raw(inputs.name)', 'EXPR_NOT_BUILT', 'raw'],
    ["steps.build.result == 'success'", 'EXPR_IMPOSSIBLE_COMPARISON', "'success'"],
    ["'failure' != steps.build.result", 'EXPR_IMPOSSIBLE_COMPARISON', "'failure'"],
    ["inputs.dry-run == 'true'", 'EXPR_IMPOSSIBLE_COMPARISON', "'true'"],
    ["inputs.count == 'many'", 'EXPR_IMPOSSIBLE_COMPARISON', "'many'"],
    ["inputs.env == 'staging'", 'EXPR_IMPOSSIBLE_COMPARISON', "'staging'"],
    ["inputs.tags == 'a'", 'EXPR_IMPOSSIBLE_COMPARISON', "'a'"],
    ['inputs.dry-run == 2', 'EXPR_IMPOSSIBLE_COMPARISON', '2'],
    ['inputs.name + 1', 'EXPR_OPERANDS', 'inputs.name + 1'],
    ['inputs.name * 2', 'EXPR_OPERANDS', 'inputs.name'],
    ['-inputs.name', 'EXPR_OPERANDS', 'inputs.name'],
    ['success()', 'EXPR_STATUS_FUNCTION', 'success'],
    ['secrets.TOKEN', 'EXPR_SECRET', 'secrets.TOKEN'],
    ["format('{0}', secrets.TOKEN)", 'EXPR_SECRET', 'secrets.TOKEN'],
    ['secrets.TOKNE', 'EXPR_UNKNOWN_MEMBER', 'TOKNE'],
    ['toJSON(secrets)', 'EXPR_SECRET', 'secrets'],
    ['secrets[inputs.name]', 'EXPR_SECRET', 'secrets[inputs.name]'],
  ])('%s is %s at %s', (text, code, at) => {
    expect(problemsOf(text)).toEqual([[code, at]]);
  });

  it.each([
    ["secrets.TOKEN == 'guess'", "secrets.TOKEN == 'guess'"],
    ["secrets.TOKEN > 'm'", 'secrets.TOKEN'],
    ['length(secrets.TOKEN)', 'secrets.TOKEN'],
    ['secrets.TOKEN.x', 'secrets.TOKEN.x'],
    ["('a' + secrets.TOKEN) * 2", "'a' + secrets.TOKEN"],
    ["sha256(format('{0}', secrets.TOKEN))", 'format'],
  ])('%s, although secrets may stand here', (text, at) => {
    expect(problemsOf(text, everywhere)).toEqual([['EXPR_SECRET', at]]);
  });

  it.each(['steps[inputs.name].result', 'steps.*', 'toJSON(steps)', 'map(inputs.tags, t => steps[t].result)'])(
    '%s hides which steps are read',
    (text) => {
      expect(problemsOf(text)).toEqual([]);
      expect(problemsOf(text, { ...types, dynamicSteps: false }).map(([code]) => code)).toEqual(['EXPR_DYNAMIC_STEPS']);
    },
  );

  it('is all told at once, in order', () => {
    expect(problemsOf('nope(inputs.x) == steps.y.z').map(([, at]) => at)).toEqual(['nope', 'x', 'y']);
  });

  it.each([
    ['inputs.nmae', '`name`'],
    ['steps.bild', '`build`'],
    ['lenght(1)', '`length`'],
    ['input.name', '`inputs`'],
    ["steps.build.result == 'success'", "'succeeded'"],
    ["steps.build.result == 'failure'", "'failed'"],
    ["steps.build.conclusion == 'succeeded'", "'success'"],
    ["steps.build.result == 'canceled'", "'cancelled'"],
    ["inputs.dry-run == 'true'", 'write `inputs.dry-run`'],
    ["inputs.dry-run == 'false'", 'write `!inputs.dry-run`'],
    ["inputs.dry-run != 'true'", 'write `!inputs.dry-run`'],
    ["inputs.tags == 'a'", 'contains'],
    ['inputs.people.name', '.*.name'],
    ['github.sha', '`git`'],
    ['xyz', "'xyz'"],
  ])('%s gets a hint with %s', (text, part) => {
    expect(hintOf(text)).toContain(part);
  });
});

describe('the type of an expression', () => {
  it.each([
    ['1 + 1', NUMBER],
    ["'a' + inputs.name", STRING],
    ['inputs.name == inputs.name', BOOLEAN],
    ["inputs.dry-run && 'a' || 'b'", unionOf(BOOLEAN, wordOf('b', 'a'))],
    ['map(inputs.tags, t => length(t))', listOf(NUMBER)],
    ['first(inputs.tags)', unionOf(STRING, NULL)],
    ["first(inputs.tags) ?? ''", STRING],
    ['inputs.people.*.name', listOf(STRING)],
    ['inputs.any', ANY],
    ['inputs.dry-run ? 1 : 2', NUMBER],
  ])('%s', (text, type) => {
    const { type: actual } = inferType(expression(text).expr, types);
    expect(sorted(actual)).toEqual(sorted(type));
  });

  function sorted(type: unknown): unknown {
    return JSON.parse(JSON.stringify(type), (_, value) =>
      Array.isArray(value) ? value.map((v) => JSON.stringify(v)).toSorted() : value,
    );
  }
});
