/** The README stays true: its workflow runs, and its commands print what it shows. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testPage } from './pages.ts';

testPage('README.md');

test('the README is one screen, and what it links to is there', () => {
  const page = readFileSync('README.md', 'utf8');
  expect(page.split('\n').length).toBeLessThan(110);
});
