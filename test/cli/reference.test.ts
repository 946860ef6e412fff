import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { withReference } from '../../src/cli/reference.ts';

const PAGE = 'docs/cli.md';

it('docs/cli.md lists the commands as they are (UPDATE_GOLDEN=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_GOLDEN']) writeFileSync(PAGE, withReference(page));
  else expect(page).toBe(withReference(page));
});

it('has a section for each command', () => {
  const page = withReference('');
  expect(COMMANDS.filter(({ name }) => !page.includes(`## giga ${name}\n`))).toEqual([]);
});
