import { describe, expect, it } from 'vitest';
import { bareObject, canonical, digest, isJsonObject, type Json, sha256, unreachable } from '../../src/core/json.ts';

describe('JSON', () => {
  it.each<[Json, string]>([
    [{ b: 1, a: [true, null, 'x"'] }, '{"a":[true,null,"x\\""],"b":1}'],
    [{ B: 1, a: 2, ä: 3, '': 4 }, '{"":4,"B":1,"a":2,"ä":3}'],
    [[], '[]'],
    [{}, '{}'],
    [{ b: { d: 1, c: 2 }, a: [{ z: 1, y: 2 }] }, '{"a":[{"y":2,"z":1}],"b":{"c":2,"d":1}}'],
    ['text', '"text"'],
    [null, 'null'],
    [-1.5, '-1.5'],
  ])('%j has one canonical text', (value, text) => {
    expect(canonical(value)).toBe(text);
  });

  it('has a digest that is that of its canonical text', () => {
    expect(digest({ b: 1, a: 2 })).toBe(digest({ a: 2, b: 1 }));
    expect(digest({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'));
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('knows objects from all else', () => {
    expect([{}, { a: 1 }, bareObject()].map(isJsonObject)).toEqual([true, true, true]);
    expect([null, [], 'x', 1, undefined].map(isJsonObject)).toEqual([false, false, false, false, false]);
  });

  it('keeps keys that mean something to JavaScript as data', () => {
    const object = bareObject([
      ['__proto__', 1],
      ['toString', 2],
    ]);
    expect(Object.keys(object)).toEqual(['__proto__', 'toString']);
    expect(bareObject()).not.toHaveProperty('toString');
  });

  it('shows what was unexpected', () => {
    expect(() => unreachable({ kind: 'new' } as never)).toThrow('Bug: unexpected {"kind":"new"}'); // never is what the types say
  });
});
