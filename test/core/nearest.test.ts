import { describe, expect, it } from 'vitest';
import { nearest, similarHint } from '../../src/core/nearest.ts';

describe('nearest', () => {
  it.each<[word: string, candidates: readonly string[], found: string | null]>([
    ['biuld', ['build', 'test'], 'build'],
    ['BUILD', ['build'], 'build'],
    ['tets', ['deploy', 'test'], 'test'],
    ['x', ['abc'], null],
    ['', ['abc'], null],
    ['deploy-prod', ['deploy-pord', 'deploy-test'], 'deploy-pord'],
    ['anything', [], null],
    ['a'.repeat(100), ['b'.repeat(100)], null],
    // one step of each kind: left out, put in, replaced, two that changed places
    ['abc', ['abcd'], 'abcd'],
    ['abcd', ['abc'], 'abc'],
    ['abc', ['abd'], 'abd'],
    ['abc', ['bac'], 'bac'],
    ['abc', ['acb'], 'acb'],
    ['a', ['b'], 'b'],
    // a third of the letters may be wrong, and no more
    ['abcdef', ['abcxyf'], 'abcxyf'],
    ['abcdef', ['abxyzf'], null],
    ['abcdef', ['badcef'], 'badcef'],
    ['abcdef', ['badcfe'], null],
    ['abcdef', ['abcdefgh'], 'abcdefgh'],
    ['abcdef', ['abcdefghi'], null],
    ['abcdefg', ['cdefg'], 'cdefg'],
    ['abcdef', ['xabcde'], 'xabcde'],
    ['abcd', ['acdb'], null],
    ['kitten', ['sittin'], 'sittin'],
    ['ab', ['bc'], null],
    ['ab', ['ca'], null],
    ['kitten', ['sitting'], null],
    // the nearest, and of equally near ones the first
    ['tset', ['reset', 'test'], 'test'],
    ['abc', ['abd', 'abe'], 'abd'],
    ['abc', ['abx', 'abc'], 'abc'],
    // long names are compared as wholes
    [`${'a'.repeat(63)}x`, [`${'a'.repeat(63)}y`], `${'a'.repeat(63)}y`],
    [`${'a'.repeat(64)}x`, [`${'a'.repeat(64)}y`], null],
    ['a'.repeat(64), ['a'.repeat(65)], null],
    ['A'.repeat(65), ['a'.repeat(65)], 'a'.repeat(65)],
  ])('%s among %j', (word, candidates, found) => {
    expect(nearest(word, candidates)).toBe(found);
  });

  it('looks at no more than 5,000 names', () => {
    const names = (count: number) => [...Array.from({ length: count }, (_, i) => `zzz-${i}`), 'build'];
    expect(nearest('biuld', names(4_999))).toBe('build');
    expect(nearest('biuld', names(5_000))).toBeNull();
  });

  it('makes a hint, or none', () => {
    expect(similarHint('a step', 'biuld', ['build'])).toEqual({ hint: 'a step with a similar name exists: `build`' });
    expect(similarHint('a step', 'zzz', ['build'])).toEqual({});
  });
});
