/** Names of runs that other runs called. */
import { expect, test } from 'vitest';
import { calledRunId, callerOf } from '../../../src/core/run/called-run.ts';

test('the same call is the same run, another one another, and both say who called', () => {
  const one = calledRunId('7f3c', 'fix.1/toolu_1');
  expect(calledRunId('7f3c', 'fix.1/toolu_1')).toBe(one);
  expect(calledRunId('7f3c', 'fix.2/toolu_1')).not.toBe(one);
  expect([one, 'x', '7f3c-00', '-00000000', 'a-b-00000000'].map(callerOf)).toEqual(['7f3c', null, null, null, null]);
});
