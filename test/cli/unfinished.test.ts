import { expect, it } from 'vitest';
import { openWorkplace } from './giga.ts';

it('a command that nothing can wake any more is a bug that is told, and no success', async () => {
  const place = openWorkplace({ NODE_OPTIONS: '--require ./deaf.cjs' });
  const never = '{ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }';
  place.put('deaf.cjs', `require('node:readline').createInterface = () => (${never});\n`);
  const { code, err } = await place.giga('eval', '--batch');
  place.remove();
  expect(err).toContain('CLI_BUG');
  expect(err).toContain('it waits for something that cannot come');
  expect(code).toBe(70);
});
