import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bareObject,
  canonical,
  canonicalPieces,
  digest,
  isJsonObject,
  type Json,
  jsonObject,
  sha256,
  sha256Of,
  unreachable,
} from '../../src/core/json.ts';

const values = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>; // fast-check knows JSON by another name
const SEED = 20_261_120;

describe('the canonical text in pieces', () => {
  it('is the canonical text, and its digest that of the whole', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 130 }), (value, count) => {
        const many = [value, Array.from({ length: count }, () => value)];
        expect(canonicalPieces(many).join('')).toBe(canonical(many));
        expect(digest(many)).toBe(sha256(canonical(many)));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('of a large value has pieces of a bounded size', () => {
    const large = { nodes: Array.from({ length: 20_000 }, (_, index) => ({ id: `s${index}`, needs: [index] })) };
    const pieces = canonicalPieces(large);
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(2 ** 17);
    expect(sha256Of(pieces)).toBe(sha256(canonical(large)));
  });

  it.each<[Json, string]>([
    [{}, '{}'],
    [[], '[]'],
    [{ b: [], a: {} }, '{"a":{},"b":[]}'],
    [null, 'null'],
  ])('of %j is %s', (value, text) => expect(canonicalPieces(value).join('')).toBe(text));
});

it('an object of values is as JSON.parse makes it, whatever its keys are', () => {
  const entries = [
    ['a', 1],
    ['__proto__', { b: 2 }],
    ['constructor', 3],
  ] as const;
  const made = jsonObject(entries);
  expect(JSON.stringify(made)).toBe('{"a":1,"__proto__":{"b":2},"constructor":3}');
  expect(Object.keys(made)).toEqual(['a', '__proto__', 'constructor']);
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
});

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

  it('is canonical in pieces as it is as a whole, and pieces are of some size', () => {
    const large = Array.from({ length: 5_000 }, (_, i) => ({ b: `text ${i}`, a: [i] }));
    const short = Array.from({ length: 64 }, () => ({ deep: Array.from({ length: 64 }, () => 'x'.repeat(50)) }));
    for (const value of [large, short, { short, large }, [], {}, [[]], 'x'.repeat(200_000)]) {
      const pieces = canonicalPieces(value);
      expect(pieces.join('')).toBe(canonical(value));
      for (const piece of pieces.slice(0, -1)) expect(piece.length).toBeGreaterThanOrEqual(65_536);
    }
    expect(canonicalPieces(large).length).toBe(3);
    expect(canonicalPieces(short).length).toBe(4);
  });

  it('made of entries has the keys that it was given', () => {
    const object = jsonObject([
      ['__proto__', { a: 1 }],
      ['b', 2],
    ]);
    expect(Object.entries(object)).toEqual([
      ['__proto__', { a: 1 }],
      ['b', 2],
    ]);
    expect(JSON.stringify(object)).toBe('{"__proto__":{"a":1},"b":2}');
    expect(object.toString).toBe(Object.prototype.toString);
  });
});
