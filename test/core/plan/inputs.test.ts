import { describe, expect, it } from 'vitest';
import { checkInputs, type GivenInput, inputVariable, missingInputs } from '../../../src/core/plan/inputs.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';

const INPUTS: Plan['inputs'] = {
  version: { type: 'string', required: true, description: 'The tag.', schema: { type: 'string', pattern: '^v' } },
  count: { type: 'integer', required: false, default: 3, schema: { type: 'integer', minimum: 1 } },
  ratio: { type: 'number', required: false, schema: { type: 'number' } },
  dry: { type: 'boolean', required: false, default: false, schema: { type: 'boolean' } },
  list: { type: 'array', required: false, schema: { type: 'array', items: { type: 'string' } } },
  map: { type: 'object', required: false, schema: { type: 'object' } },
};

const text = (value: string): GivenInput => ({ value, form: 'text', origin: '-i' });
const given = (values: Readonly<Record<string, GivenInput>>): ReadonlyMap<string, GivenInput> =>
  new Map(Object.entries({ version: text('v1'), ...values }));

describe('inputs', () => {
  it('have defaults, and are null without', () => {
    expect(checkInputs(INPUTS, given({}))).toEqual({
      ok: true,
      value: { version: 'v1', count: 3, ratio: null, dry: false, list: null, map: null },
    });
  });

  it.each<[name: string, text: string, value: unknown]>([
    ['count', '12', 12],
    ['count', ' 4 ', 4],
    ['ratio', '-1.5e3', -1500],
    ['dry', 'true', true],
    ['list', '["a"]', ['a']],
    ['map', '{"a": {"b": 1}}', { a: { b: 1 } }],
    ['version', 'v${{ x }} $(y)', 'v${{ x }} $(y)'],
  ])('%s is read from the text %s', (name, written, value) => {
    expect(checkInputs(INPUTS, given({ [name]: text(written) }))).toMatchObject({ ok: true, value: { [name]: value } });
  });

  it('nest as deep as can be written down, and are refused before anything walks into them', () => {
    const nested = (levels: number) => ({ list: text('['.repeat(levels) + ']'.repeat(levels)) });
    expect(
      checkInputs({ list: { type: 'array', required: false, schema: {} } }, new Map(Object.entries(nested(128)))).ok,
    ).toBe(true);
    for (const levels of [129, 5_000, 100_000])
      expect(checkInputs(INPUTS, given(nested(levels)))).toMatchObject({
        diagnostics: [
          { message: 'The input `list` (-i) must be a list, written as JSON, and nests more than 128 deep.' },
        ],
      });
  });

  it('keep a key such as __proto__ as data', () => {
    const checked = checkInputs(INPUTS, given({ map: text('{"__proto__": {"polluted": true}}') }));
    expect(checked.ok && JSON.stringify(checked.value.map)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each<[name: string, value: GivenInput, message: RegExp]>([
    ['count', text('1.5'), /`count` \(-i\) must be a whole number, and is 1.5/],
    ['count', text('0x10'), /must be a whole number/],
    ['count', text('0'), /at least 1/],
    ['ratio', text('1e999'), /must be a number/],
    ['ratio', text(''), /must be a number/],
    ['dry', text('yes'), /must be `true` or `false`/],
    ['list', text('a,b'), /written as JSON/],
    ['list', text('[1]'), /`list\[0\]` \(-i\) must be a text/],
    ['map', text('[]'), /must be an object, and is a list/],
    ['version', text('1'), /must match the pattern \^v/],
    ['version', { value: 1, form: 'value', origin: 'inputs.yaml' }, /\(inputs.yaml\) must be a text, and is 1/],
  ])('%s refuses %o', (name, value, message) => {
    const checked = checkInputs(INPUTS, given({ [name]: value }));
    expect(!checked.ok && checked.diagnostics.map(({ code }) => code)).toEqual(['PLAN_INPUT_INVALID']);
    expect(!checked.ok && checked.diagnostics[0]?.message).toMatch(message);
  });

  it('report everything at once: unknown ones with the near name, and missing ones', () => {
    const checked = checkInputs(
      INPUTS,
      new Map([
        ['cuont', text('1')],
        ['dry', text('no')],
        ['__proto__', text('')],
      ]),
    );
    expect(!checked.ok && checked.diagnostics.map(({ code, hint }) => [code, hint?.slice(0, 50)])).toEqual([
      ['PLAN_INPUT_UNKNOWN', 'an input with a similar name exists: `count`'],
      ['PLAN_INPUT_UNKNOWN', 'The inputs are: version, count, ratio, dry, list, '],
      ['PLAN_INPUT_MISSING', 'Give it with `-i version=VALUE` or as the variable'],
      ['PLAN_INPUT_INVALID', undefined],
    ]);
  });

  it('tell which must be asked for', () => {
    expect(missingInputs(INPUTS, new Map())).toEqual(['version']);
    expect(missingInputs(INPUTS, given({}))).toEqual([]);
    expect(inputVariable('dry-run.x')).toBe('GIGA_INPUT_DRY_RUN_X');
  });
});
