import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { readUsesRequest } from '../../../src/core/plan/uses-request.ts';

const PLUGIN = { name: 'hello', from: 'plugins/hello.ts', integrity: 'x', isolation: 'limited', config: {} };
const REQUEST: JsonObject = {
  plugin: PLUGIN,
  step: 'greet',
  input: {},
  schema: { input: { type: 'object' }, output: { type: 'object' } },
  granted: {},
};

describe('the request of a uses step', () => {
  it('is what the compiler made', () => {
    expect(readUsesRequest(REQUEST)).toEqual(REQUEST);
  });

  it.each<[string, JsonObject]>([
    ['plugin', { plugin: 'hello' }],
    ['name', { plugin: { ...PLUGIN, name: 1 } }],
    ['isolation', { plugin: { ...PLUGIN, isolation: 'a bit' } }],
    ['config', { plugin: { ...PLUGIN, config: [] } }],
    ['step', { step: 1 }],
    ['input', { input: null }],
    ['schema', { schema: 1 }],
    ['schema of the input', { schema: { output: {} } }],
    ['schema of the output', { schema: { input: {} } }],
    ['what is granted', { granted: 'all' }],
  ])('is none without its %s', (_, wrong) => {
    expect(readUsesRequest({ ...REQUEST, ...wrong })).toBeNull();
  });

  it('is none where it is no map', () => {
    expect(readUsesRequest(null)).toBeNull();
  });
});
