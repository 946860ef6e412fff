import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRICES, PRICES_READ, PRICES_SOURCES, PRICES_UNIT } from '../../../src/core/money/price-table.ts';

const PAGE = 'docs/budgets.md';
const TABLE = /(<!-- prices:[^\n]*-->)[\s\S]*?(<!-- end of prices -->)/;

function table(): string {
  const rows = Object.entries(PRICES).flatMap(([model, { bands, source }]) =>
    bands.map(({ promptUpTo, input, output, write5m, write1h, read }) => {
      const name =
        bands.length === 1 ? `\`${model}\`` : `\`${model}\`, ${promptUpTo ? `prompt up to ${promptUpTo}` : 'longer'}`;
      return `| ${[name, input, output, write5m, write1h, read, source].join(' | ')} |`;
    }),
  );
  return [
    `In ${PRICES_UNIT}, as they stood in ${PRICES_READ}. Sources: ${Object.entries(PRICES_SOURCES)
      .map(([word, text]) => `${word}: ${text}`)
      .join('; ')}.`,
    '',
    '| model | input | output | cache write, 5 minutes | cache write, 1 hour | cache read | source |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

test('the page of budgets has all prices (UPDATE_GOLDEN=1 writes them)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const made = page.replace(TABLE, (_all, begin: string, end: string) => `${begin}\n${table()}\n${end}`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(PAGE, made);
  else expect(page).toBe(made);
  expect(page).toMatch(TABLE);
});
