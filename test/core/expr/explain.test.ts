import { describe, expect, it } from 'vitest';
import { explainCondition } from '../../../src/core/expr/evaluate.ts';
import { references, statusFunctions, usesStatusFunction } from '../../../src/core/expr/references.ts';
import { NeededValue, secretValue } from '../../../src/core/expr/value.ts';
import { environment, expression } from './evaluating.ts';

const env = environment(
  {
    inputs: {
      name: 'a',
      none: null,
      list: [1, 2],
      long: 'x'.repeat(1_000),
      longList: Array.from({ length: 1_000 }, () => 1),
    },
    secrets: { T: secretValue('T') },
  },
  { status: { success: false, failure: true, cancelled: false } },
);

describe('the operands of a condition', () => {
  it('are its references and their values, each once, null among them', () => {
    const { evaluated, operands } = explainCondition(
      expression("inputs.name == 'b' || inputs.none == 1 || inputs . name == 'c'"),
      env,
    );
    expect(evaluated).toEqual({ kind: 'value', value: false });
    expect(operands).toEqual([
      { source: 'inputs.name', value: 'a' },
      { source: 'inputs.none', value: null },
    ]);
  });

  it('are there for branches that were not evaluated, and for status functions', () => {
    const { operands } = explainCondition(expression('success() && inputs.list[0] == 1'), env);
    expect(operands).toEqual([
      { source: 'inputs.list[0]', value: 1 },
      { source: 'success()', value: false },
    ]);
  });

  it('are short, and never a secret', () => {
    const { operands } = explainCondition(
      expression("inputs.long == '' && inputs.longList == 1 && secrets.T == ''"),
      env,
    );
    expect(operands).toEqual([
      { source: 'inputs.long', value: `${'x'.repeat(200)}…` },
      { source: 'inputs.longList', value: '[… 1000 items]' },
      { source: 'secrets.T', value: '***' },
    ]);
  });

  it('are none where the condition has no value; the error names the condition', () => {
    const { evaluated, operands } = explainCondition(expression('int(inputs.name) > 1'), env);
    expect(evaluated).toMatchObject({
      kind: 'error',
      error: { code: 'EXPR_ARGUMENT', message: expect.stringContaining('In `int(inputs.name) > 1`') },
    });
    expect(operands).toEqual([]);
    expect(explainCondition(expression("hashFiles('a') == inputs.name"), env).evaluated.kind).toBe('missing');
  });

  it('are shown up to 200 characters, of texts and of JSON', () => {
    const contexts = {
      text: 'x'.repeat(200),
      list: ['x'.repeat(196)],
      longer: ['x'.repeat(197)],
      object: { k: 'x'.repeat(192) },
      largeObject: { k: 'x'.repeat(193) },
      ofSecret: { k: secretValue('T') },
      listOfSecret: [secretValue('T')],
    };
    const names = Object.keys(contexts);
    const { operands } = explainCondition(
      expression(names.map((name) => `${name} == ''`).join(' || ')),
      environment(contexts),
    );
    expect(operands.map(({ value }) => value)).toEqual([
      contexts.text,
      contexts.list,
      '[… 1 items]',
      contexts.object,
      '{…}',
      '{…}',
      '[…]',
    ]);
  });

  it('are at most 50', () => {
    const text = Array.from({ length: 60 }, (_, i) => `inputs.n${i} == 1`).join(' || ');
    expect(explainCondition(expression(text), env).operands).toHaveLength(50);
  });

  it('leave out what only a capture could tell', () => {
    const evaluated = explainCondition(expression("true || git.sha == ''"), environment({ git: { sha: 1 } }));
    expect(evaluated.operands).toEqual([{ source: 'git.sha', value: 1 }]);
    const git = { sha: new NeededValue({ key: 'git[]', kind: 'git', args: [] }) };
    expect(explainCondition(expression("true || git.sha == ''"), environment({ git })).operands).toEqual([]);
  });
});

describe('references', () => {
  it.each([
    ['steps.build.outputs.file', ['steps.build.outputs.file']],
    ["steps['build'].outputs[0]", ['steps.build.outputs.0']],
    ['steps[inputs.id].result', ['steps…', 'inputs.id']],
    ['steps.*.result', ['steps…']],
    ['steps.build.outputs.*.x', ['steps.build.outputs…']],
    ['toJSON(steps)', ['steps']],
    ['fromJSON(inputs.a).b.c', ['inputs.a']],
    ['filter(inputs.list, x => x.a == env.B)', ['inputs.list', 'env.B']],
    ['map(a, a => map(a, b => b + c.d))', ['a', 'c.d']],
    ["env('HOME')", ['env.HOME']],
    ['env(inputs.n)', ['env…', 'inputs.n']],
    ['a.b[c.d[e.f]]', ['a.b…', 'c.d…', 'e.f']],
    ['NaN == Infinity', []],
    ['a ? b : { k: [c, -d] }', ['a', 'b', 'c', 'd']],
  ])('of %s', (text, paths) => {
    const found = references(expression(text).expr);
    expect(found.map(({ path, isDynamic }) => path.join('.') + (isDynamic ? '…' : ''))).toEqual(paths);
  });

  it('to status functions are found anywhere, in any case', () => {
    expect(usesStatusFunction(expression('a && contains(b, !FAILURE())').expr)).toBe(true);
    expect(statusFunctions(expression('Success() || success() || always()').expr)).toEqual(['success', 'always']);
    expect(usesStatusFunction(expression("success == 'success()'").expr)).toBe(false);
  });
});
