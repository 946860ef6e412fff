import { describe, expect, it } from 'vitest';
import { captureKey } from '../../../src/core/expr/evaluate.ts';
import {
  LookupObject,
  lookupObject,
  NeededValue,
  SecretValue,
  secretValue,
  type Value,
} from '../../../src/core/expr/value.ts';
import type { Json } from '../../../src/core/json.ts';
import { codeOf, evaluateText, valueOf } from './evaluating.ts';

describe('operators of giga', () => {
  it.each<[string, Value]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 - 2 - 1', 4],
    ['7 / 2', 3.5],
    ['7 % 4', 3],
    ["'a' + 'b'", 'ab'],
    ['-(1 + 2)', -3],
    ['true ? 1 : 2', 1],
    ["'' ? 1 : 0 ? 2 : 3", 3],
    ['null ?? 1', 1],
    ["'' ?? 1", ''],
    ['false ?? 1', false],
    ['null ?? null ?? 2', 2],
    ['(null ?? false) || 3', 3],
    ['1 ?? 2 ? 3 : 4', 3],
    ['[1, null, [2]]', [1, null, [2]]],
    ["{ a: 1, 'b c': [2] }.a", 1],
    ["{ a: 1, 'b c': [2] }['B C'][0]", 2],
    ['[1, 2][1]', 2],
    ['1 + 2 == 3 && 4 > 3', true],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it('reads a name with a minus as a name', () => {
    expect(valueOf('a-b', { 'a-b': 1, a: 5, b: 2 })).toBe(1);
    expect(valueOf('a - b', { 'a-b': 1, a: 5, b: 2 })).toBe(3);
  });

  it.each(["1 + '1'", "null + ''", "'3' - 1", '[1] + [2]', '1 / 0', '1 % 0', "-'1'", '-null'])('refuses %s', (text) => {
    expect(codeOf(evaluateText(text))).toBe('EXPR_OPERANDS');
  });

  it('evaluates only the branch that is taken', () => {
    expect(valueOf("true ? 1 : fromJSON('x')")).toBe(1);
    expect(valueOf("1 ?? fromJSON('x')")).toBe(1);
    expect(valueOf("true || fromJSON('x')")).toBe(true);
    expect(valueOf("case(true, 1, fromJSON('x'))")).toBe(1);
  });
});

describe('numbers as text', () => {
  it.each([
    ['0.1 + 0.2', '0.3'],
    ['1 / 3', '0.333333333333333'],
    ['9007199254740991', '9007199254740991'],
    ['1e21', '1e+21'],
    ['-0', '0'],
  ])('%s is %s', (text, written) => {
    expect(valueOf(`format('{0}', ${text})`)).toBe(written);
  });
});

describe('access', () => {
  it('finds an exact name before one in other case', () => {
    expect(valueOf('o.KEY', { o: { key: 1, KEY: 2, Key: 3 } })).toBe(2);
    expect(valueOf('o.kEY', { o: { key: 1, KEY: 2 } })).toBe(1);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])('takes %s for data', (key) => {
    expect(valueOf(`o.${key}`, { o: {} })).toBeNull();
    expect(valueOf(`o['${key}']`, { o: JSON.parse(`{"${key}": 1}`) })).toBe(1);
    expect(valueOf(`fromJSON('{"${key}": {"x": 2}}').${key}.x`)).toBe(2);
    expect(valueOf(`{ ${key}: 3 }.${key}`)).toBe(3);
    expect(valueOf(`merge({ a: 1 }, { ${key}: 4 })['${key}']`)).toBe(4);
    expect(valueOf(`groupBy([1], x => '${key}')['${key}'][0]`)).toBe(1);
    expect(valueOf(`keys({ ${key}: 1 })`)).toEqual([key]);
    expect(codeOf(evaluateText(key))).toBe('EXPR_UNKNOWN_CONTEXT');
    expect(codeOf(evaluateText(`${key}()`))).toBe('EXPR_UNKNOWN_FUNCTION');
    expect({}).not.toHaveProperty('x');
  });

  it('asks a lookup object for no more than it needs', () => {
    const asked: string[] = [];
    const steps = lookupObject(
      (key) => {
        asked.push(key);
        return key === 'build' ? { result: 'succeeded' } : undefined;
      },
      () => ['build'],
    );
    expect(valueOf("steps.build.result == 'succeeded'", { steps })).toBe(true);
    expect(asked).toEqual(['build']);
    expect(valueOf('steps.other.result', { steps })).toBeNull();
    expect(valueOf('toJSON(steps)', { steps })).toBe('{\n  "build": {\n    "result": "succeeded"\n  }\n}');
    expect(valueOf('steps.*.result', { steps })).toEqual(['succeeded']);
    expect(valueOf('length(steps)', { steps })).toBe(1);
  });

  it('asks for a context once', () => {
    let asked = 0;
    evaluateText('a.b == a.c && a.d == null', {}, { context: () => ({ asked: asked++ }) });
    expect(asked).toBe(1);
  });

  it('asks for a context in lower case where it is not found as written', () => {
    expect(valueOf('INPUTS.a', { inputs: { a: 1 } })).toBe(1);
  });

  it('knows a context that is null', () => {
    expect(valueOf('last', { last: null })).toBeNull();
  });
});

describe('captures', () => {
  it('are all named at once, each once', () => {
    const evaluated = evaluateText(
      "format('{0}{1}{2}', hashFiles('a', 'b'), now(), readFile('c')) == hashFiles('a', 'b')",
    );
    expect(evaluated).toEqual({
      kind: 'missing',
      captures: [
        { key: 'hashFiles["a","b"]', kind: 'hashFiles', args: ['a', 'b'] },
        { key: 'now[]', kind: 'now', args: [] },
        { key: 'readFile["c"]', kind: 'readFile', args: ['c'] },
      ],
    });
  });

  it('are found in every item of a list, and in lists and objects', () => {
    const evaluated = evaluateText("[map(['a', 'b'], x => hashFiles(x)), { k: readFile('c') }]");
    expect(evaluated.kind === 'missing' && evaluated.captures.map(({ key }) => key)).toEqual([
      'hashFiles["a"]',
      'hashFiles["b"]',
      'readFile["c"]',
    ]);
  });

  it('are not asked for where a value decides without them', () => {
    expect(valueOf("false && hashFiles('a')")).toBe(false);
    expect(evaluateText("readFile('a') == '' ? readFile('b') : 1")).toMatchObject({ captures: [{ args: ['a'] }] });
  });

  it('are read once they are there; null and false are values', () => {
    const values = new Map<string, Json>([
      [captureKey('hashFiles', ['a']), 'h'],
      [captureKey('glob', ['*']), ['x', 'y']],
      [captureKey('readFile', ['f']), null],
    ]);
    const more = { captured: (key: string) => values.get(key) };
    expect(evaluateText("hashFiles('a') + join(glob('*'))", {}, more)).toEqual({ kind: 'value', value: 'hx,y' });
    expect(evaluateText("readFile('f')", {}, more)).toEqual({ kind: 'value', value: null });
  });

  it('can stand behind members of a context', () => {
    const capture = { key: 'git[]', kind: 'git', args: [] } as const;
    const git = lookupObject(
      () => new NeededValue(capture),
      () => ['sha'],
    );
    for (const text of ['git.sha', "git.sha == 'x'", 'toJSON(git)', 'git.*', 'values(git)', 'merge(git, git)']) {
      expect(evaluateText(text, { git }), text).toEqual({ kind: 'missing', captures: [capture] });
    }
  });

  it('give way to an error beside them', () => {
    expect(codeOf(evaluateText("[now(), fromJSON('x')]"))).toBe('EXPR_JSON');
  });
});

describe('secrets', () => {
  const secrets = lookupObject(
    (key) => (key === 'TOKEN' ? secretValue('TOKEN') : undefined),
    () => ['TOKEN'],
  );

  it.each([
    ["'Bearer ' + secrets.TOKEN", ['Bearer ', { secret: 'TOKEN' }]],
    ["format('{0}:{0}', secrets.TOKEN)", [{ secret: 'TOKEN' }, ':', { secret: 'TOKEN' }]],
    ["join(['a', secrets.TOKEN], '/')", ['a/', { secret: 'TOKEN' }]],
    ["secrets.TOKEN || 'none'", [{ secret: 'TOKEN' }]],
    ["secrets.TOKEN ?? ''", [{ secret: 'TOKEN' }]],
  ])('%s', (text, parts) => {
    expect(valueOf(text, { secrets })).toEqual(new SecretValue(parts));
  });

  it.each<[string, Value]>([
    ["secrets.TOKEN == ''", false],
    ["secrets.TOKEN != ''", true],
    ['secrets.TOKEN ? 1 : 2', 1],
    ['!secrets.TOKEN', false],
    ['secrets.OTHER', null],
  ])('%s', (text, value) => {
    expect(valueOf(text, { secrets })).toBe(value);
  });

  it.each([
    "secrets.TOKEN == 'guess'",
    "'guess' != secrets.TOKEN",
    'secrets.TOKEN == secrets.TOKEN',
    "secrets.TOKEN > 'm'",
    'secrets.TOKEN.length',
    '{ a: 1 }[secrets.TOKEN]',
    "secrets.TOKEN['x']",
    'secrets.TOKEN.*',
    'toJSON(secrets)',
    'toJSON(secrets.TOKEN)',
    'toJSON([secrets.TOKEN])',
    'fromJSON(secrets.TOKEN)',
    'length(secrets.TOKEN)',
    "contains(secrets.TOKEN, 'a')",
    "startsWith(secrets.TOKEN, 'a')",
    'base64(secrets.TOKEN)',
    'sha256(secrets.TOKEN)',
    'format(secrets.TOKEN)',
    'string(secrets.TOKEN)',
    'unique([secrets.TOKEN])',
    'hashFiles(secrets.TOKEN)',
    '-secrets.TOKEN',
    'secrets.TOKEN * 2',
    'matches(secrets.TOKEN, secrets.TOKEN)',
  ])('refuses %s', (text) => {
    expect(codeOf(evaluateText(text, { secrets }))).toBe('EXPR_SECRET');
  });

  it('do not leak by the items of a list', () => {
    expect(valueOf("contains([secrets.TOKEN], 'guess')", { secrets })).toBe(false);
    expect(codeOf(evaluateText('sort([secrets.TOKEN])', { secrets }))).toBe('EXPR_ARGUMENT');
    expect(codeOf(evaluateText('groupBy([1], x => secrets.TOKEN)', { secrets }))).toBe('EXPR_ARGUMENT');
  });
});

describe('status functions', () => {
  const status = { success: false, failure: true, cancelled: false };

  it('give what they are told', () => {
    expect(evaluateText('failure() && !success() && always() && !cancelled()', {}, { status })).toEqual({
      kind: 'value',
      value: true,
    });
  });

  it('are an error where they have no meaning', () => {
    expect(codeOf(evaluateText('success()'))).toBe('EXPR_STATUS_FUNCTION');
  });
});

describe('bounds', () => {
  it.each([
    ['range(2000000)', 'EXPR_TOO_MUCH_WORK'],
    ['length(map(range(2000), x => map(range(2000), y => x)))', 'EXPR_TOO_MUCH_WORK'],
    ['map(range(100), x => text + text)', 'EXPR_TOO_LARGE'],
    ["replace(text, 'a', text)", 'EXPR_TOO_LARGE'],
    ['toJSON(map(range(100), x => text))', 'EXPR_TOO_LARGE'],
    ["format('{0}{0}{0}', text)", 'EXPR_TOO_LARGE'],
    ['join(map(range(100), x => text))', 'EXPR_TOO_LARGE'],
    ["map(range(1000), x => matches('a', '(((a{1,10}){1,10}){1,10})' + string(x)))", 'EXPR_TOO_MUCH_WORK'],
    ["map(range(100), x => contains(text, 'b'))", 'EXPR_TOO_LARGE'],
    ['fromJSON(deep)', 'EXPR_VALUE_TOO_DEEP'],
    ['toJSON(nested)', 'EXPR_VALUE_TOO_DEEP'],
    ["matches(text, '(x{1,100}){1,9}')", 'EXPR_TOO_MUCH_WORK'],
  ])('stop %s with %s', (text, code) => {
    let nested: Value = 1;
    for (let i = 0; i < 1_000; i++) nested = [nested];
    const contexts = { text: 'a'.repeat(4_000_000), deep: '['.repeat(5_000_000), nested };
    expect(codeOf(evaluateText(text, contexts))).toBe(code);
  });

  it('are wide enough for many reads of a large object in other case', () => {
    const o = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key${i}`, i]));
    expect(valueOf('sum(map(range(20000), x => o.KEY1))', { o })).toBe(20_000);
  });

  it('are wide enough for a long list', () => {
    expect(valueOf('length(filter(range(50000), x => x % 2 == 0))')).toBe(25_000);
  });
});

describe('lookup objects', () => {
  it('can be classes', () => {
    class Steps extends LookupObject {
      get(key: string): Value | undefined {
        return key === 'a' ? 1 : undefined;
      }
      keys(): Iterable<string> {
        return ['a'];
      }
    }
    expect(valueOf('entries(steps)', { steps: new Steps() })).toEqual([{ key: 'a', value: 1 }]);
  });
});
