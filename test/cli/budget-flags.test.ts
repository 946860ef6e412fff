import { expect, test } from 'vitest';
import { readBudgets } from '../../src/cli/budget-flags.ts';

test('budgets of one step are one', () => {
  expect(readBudgets(['usd=5', 'tokens=800k', 'deploy:usd=2.50', 'each[a:b]/x:calls=3'])).toEqual({
    ok: true,
    value: [
      { step: '', usd: 5, tokens: 800_000 },
      { step: 'deploy', usd: 2.5 },
      { step: 'each[a:b]/x', calls: 3 },
    ],
  });
  expect(readBudgets([])).toEqual({ ok: true, value: [] });
});

test.each([
  ['usd'],
  ['usd='],
  ['usd=x'],
  ['usd=-1'],
  ['usd=1e3'],
  ['usd=9999999'],
  ['money=5'],
  ['calls=1.5'],
  [':usd=5'],
  ['=5'],
])('%j is none', (text) => {
  expect(readBudgets([text])).toMatchObject({
    ok: false,
    diagnostics: [
      {
        code: 'CLI_USAGE',
        message: `--budget takes usd=5, tokens=800k or calls=300, of a step STEP:usd=5, and not \`${text}\`.`,
      },
    ],
  });
});

test('time is raised elsewhere', () => {
  expect(readBudgets(['duration=2h'])).toMatchObject({
    diagnostics: [{ hint: expect.stringContaining('is said in the workflow') }],
  });
});
