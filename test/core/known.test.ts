import { expect, test } from 'vitest';
import { known } from '../../src/core/known.ts';

test.each([0, '', false, [null]])('what is there is given as it is: %j', (value) => {
  expect(known(value)).toBe(value);
});

test.each([null, undefined])('what is missing is a bug of giga: %s', (value) => {
  expect(() => known(value)).toThrow('Bug: what is always there is missing');
});
