import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, canonicalPieces, digest, type Json, jsonObject, sha256, sha256Of } from '../../src/core/json.ts';

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
