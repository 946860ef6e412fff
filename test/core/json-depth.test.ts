import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { depthOfText, isDeeper } from '../../src/core/json-depth.ts';

describe('the depth of JSON', () => {
  it.each<[string, number]>([
    ['1', 0],
    ['"[[["', 0],
    ['"a\\"[["', 0],
    ['"\\\\"', 0],
    ['["\\\\", [1]]', 2],
    ['[]', 1],
    ['{}', 1],
    ['[[], [], {}]', 2],
    ['[{}, {}]', 2],
    ['{"a": {"b": [1]}, "c": 1}', 3],
    ['[[[]]]', 3],
    ['[[[]], [[[]]]]', 4],
    ['{"]": [1], "}": [[1]]}', 3],
    ['\\[', 1],
  ])('of %j is %j', (text, depth) => {
    expect(depthOfText(text)).toBe(depth);
  });

  it.each<[Json, number]>([
    [1, 0],
    [null, 0],
    ['[[', 0],
    [[], 0],
    [[1], 1],
    [{ a: 1 }, 1],
    [{ a: [1, { b: null }] }, 3],
    [[[], [[]], 1], 2],
  ])('of the value %j is at most %j', (value, depth) => {
    expect(isDeeper(value, depth)).toBe(false);
    expect(isDeeper(value, depth - 1)).toBe(true);
  });
});
