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
  ])('%s among %j', (word, candidates, found) => {
    expect(nearest(word, candidates)).toBe(found);
  });

  it('makes a hint, or none', () => {
    expect(similarHint('a step', 'biuld', ['build'])).toEqual({ hint: 'a step with a similar name exists: `build`' });
    expect(similarHint('a step', 'zzz', ['build'])).toEqual({});
  });
});
