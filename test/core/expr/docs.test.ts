import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPR_CODES } from '../../../src/core/diagnostic/codes-expr.ts';
import { renderFunctionTable } from './render-function-table.ts';

const FILE = 'docs/expressions.md';
const PART = /(<!-- functions:[^>]*-->\n)[^]*?(<!-- \/functions -->)/;

describe('docs/expressions.md', () => {
  it('has the tables of the functions as they are', () => {
    const text = readFileSync(FILE, 'utf8');
    const wanted = text.replace(PART, (_, open, close) => `${open}\n${renderFunctionTable()}\n\n${close}`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(FILE, wanted);
    else expect(text).toBe(wanted);
    expect(text).toMatch(PART);
  });
});

describe('the codes of expressions', () => {
  it('have a title without a full stop and a text of sentences', () => {
    for (const { title, text } of Object.values(EXPR_CODES)) {
      expect(title).not.toMatch(/\.$/);
      expect(text).toMatch(/[.`]$/);
    }
  });
});
