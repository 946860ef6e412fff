import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOG, isCode } from '../../../src/core/diagnostic/catalog.ts';
import { renderErrorPage } from '../../../src/core/diagnostic/error-page.ts';

const PAGE = 'docs/errors.md';

describe('the catalogue of codes', () => {
  it.each(Object.entries(CATALOG))('%s is explained', (code, { title, text }) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z0-9]+)+$/);
    expect(title).toMatch(/^.{4,100}[^.]$/);
    expect(text.length).toBeGreaterThan(40);
    expect(text).toMatch(/[.`)]$/);
  });

  it('knows its codes and nothing else', () => {
    expect(isCode('DOC_EMPTY')).toBe(true);
    expect(isCode('toString')).toBe(false);
    expect(isCode('DOC_')).toBe(false);
  });
});

describe('the page of errors', () => {
  it('is what the catalogue says (UPDATE_GOLDEN=1 writes it)', () => {
    const page = renderErrorPage(CATALOG);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  it('has families, and each code once', () => {
    const page = renderErrorPage({
      RUN_B: { title: 'B', text: 'b.' },
      DOC_A: { title: 'A', text: 'a.' },
      ODD: { title: 'O', text: 'o.' },
    });
    expect(page.match(/^#+ .*$/gm)).toEqual([
      '# Errors',
      '## Documents',
      '### DOC_A',
      '## Runs',
      '### RUN_B',
      '## Others',
      '### ODD',
    ]);
    expect(page.endsWith('o.\n')).toBe(true);
  });
});
