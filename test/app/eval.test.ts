import { describe, expect, it } from 'vitest';
import { evalBatchLine, evalExpression, readContexts } from '../../src/app/commands/eval.ts';

describe('giga eval', () => {
  it.each([
    ["'a' + 'b'", {}, { ok: true, kind: 'String', value: 'ab' }],
    ['inputs.list[1]', { inputs: { list: [1, 2] } }, { ok: true, kind: 'Number', value: 2 }],
    ['inputs', { inputs: { a: null } }, { ok: true, kind: 'Object', value: { a: null } }],
    ['x', { x: null }, { ok: true, kind: 'Null', value: null }],
    ['X == 1', { x: 1 }, { ok: true, kind: 'Boolean', value: true }],
    ['success()', {}, { ok: true, kind: 'Boolean', value: true }],
    ['  ', {}, { ok: true, kind: 'Null', value: null }],
    ['0 / 1 - 0', {}, { ok: true, kind: 'Number', value: 0 }],
    ["typeof(x) == 'string' && x == 'text'", { x: 'text' }, { ok: true, value: true }],
    [' 1 +', {}, { ok: false, kind: 'parsing', problem: { code: 'EXPR_SYNTAX', at: 3 } }],
    [' nope.x', { x: 1 }, { ok: false, kind: 'parsing', problem: { code: 'EXPR_UNKNOWN_CONTEXT', at: 1, length: 4 } }],
    ['false && nope()', {}, { ok: false, kind: 'parsing', problem: { code: 'EXPR_UNKNOWN_FUNCTION' } }],
    ["fromJSON('x')", {}, { ok: false, kind: 'evaluation', diagnostic: { code: 'EXPR_JSON' } }],
    ["hashFiles('x')", {}, { ok: false, kind: 'evaluation', diagnostic: { code: 'EXPR_OUTSIDE' } }],
    ['__proto__', {}, { ok: false, kind: 'parsing' }],
    ['constructor.name', {}, { ok: false, kind: 'parsing' }],
  ])('%s', (text, contexts, outcome) => {
    expect(evalExpression(text, contexts)).toMatchObject(outcome);
  });
});

describe('a file of contexts', () => {
  it('is a JSON object', () => {
    expect(readContexts('{"inputs": {"__proto__": 1}}')).toMatchObject({ ok: true });
    for (const text of ['', '[]', '1', '{', `{"a": ${'['.repeat(1_000_000)}`]) {
      expect(readContexts(text)).toMatchObject({ ok: false, diagnostics: [{ code: 'EXPR_CONTEXTS' }] });
    }
  });
});

describe('giga eval --batch', () => {
  it.each([
    ['{"expr": "1 + 1"}', { result: { kind: 'Number', value: 2 } }],
    ['{"expr": "a.b", "contexts": {"a": {"b": []}}}', { result: { kind: 'Array', value: [] } }],
    [
      '{"expr": "toJSON(a)", "contexts": {"a": {"__proto__": 1}}}',
      { result: { kind: 'String', value: '{\n  "__proto__": 1\n}' } },
    ],
    ['{"expr": "1 +"}', { err: { kind: 'parsing', message: 'The expression ends too early.' } }],
    ['{"expr": "1 / 0"}', { err: { kind: 'evaluation', message: '`/` has 0 as its divisor.' } }],
    ['{"expr": 1}', { err: { kind: 'parsing' } }],
    ['[]', { err: { kind: 'parsing' } }],
    ['not json', { err: { kind: 'parsing' } }],
    ['', { err: { kind: 'parsing' } }],
    ['{"expr": "1", "contexts": []}', { err: { kind: 'parsing' } }],
    [`{"expr": "1", "contexts": ${'['.repeat(100_000)}}`, { err: { kind: 'parsing' } }],
  ])('%.60s', (line, answer) => {
    expect(JSON.parse(evalBatchLine(line))).toMatchObject(answer);
  });

  it('answers a line of any length with one line', () => {
    const answer = evalBatchLine(`{"expr": "x", "contexts": {"x": "${'\\n'.repeat(6_000_000)}"}}`);
    expect(JSON.parse(answer)).toMatchObject({ err: { kind: 'parsing' } });
    expect(answer).not.toContain('\n');
  });
});
