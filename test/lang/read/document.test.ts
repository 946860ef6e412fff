import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOf } from '../../../src/lang/compile/tree.ts';
import { readDocument } from '../../../src/lang/read/document.ts';
import { loadDocument } from '../../../src/lang/read/load-document.ts';

const FRONTMATTER = '../shared/conformance/frontmatter';
const BLNS = '../shared/conformance/robustness/blns/blns.json';

function read(text: string, file = 'w.md') {
  const { value, diagnostics } = readDocument(text, file);
  if (value === null) throw new Error('no document');
  return { ...value, codes: diagnostics.map((one) => one.code), diagnostics };
}

describe('the kind of a document', () => {
  it.each([
    ['ci.yaml', 'steps: []', 'workflow'],
    ['a/ci.yml', 'steps: []', 'workflow'],
    ['giga.yaml', 'env: {}', 'config'],
    ['a/giga.yml', 'env: {}', 'config'],
    ['ci.test.yaml', 'a: b', 'test'],
    ['README.md', '# Hello', 'markdown'],
    ['specs/a/login.md', '# Login', 'spec'],
    ['specs.md', '# Specs', 'markdown'],
    ['a.md', '---\nkind: workflow\n---\n', 'workflow'],
    ['a.md', '---\nkind: prompt\n---\n', 'prompt'],
    ['specs/a.md', '---\nkind: prompt\n---\n', 'prompt'],
    ['A.MARKDOWN', '---\nkind: spec\n---\n', 'spec'],
  ])('%s with %j is %s', (file, text, kind) => {
    expect(read(text, file)).toMatchObject({ kind, codes: [] });
  });

  it('must be known', () => {
    const { kind, diagnostics } = read('---\ntitle: x\nkind: worklfow\n---\n');
    expect(kind).toBe('markdown');
    expect(diagnostics).toMatchObject([{ code: 'DOC_UNKNOWN_KIND', at: { start: { line: 3, column: 7 } } }]);
  });
});

describe('a YAML document', () => {
  it.each([
    ['', 'DOC_EMPTY'],
    ['# nothing\n', 'DOC_EMPTY'],
    ['- a', 'DOC_NOT_A_MAP'],
    ['hello', 'DOC_NOT_A_MAP'],
    ['a: [', 'DOC_YAML_SYNTAX'],
  ])('%j is refused: %s', (text, code) => {
    expect(read(text, 'w.yaml')).toMatchObject({ root: null, codes: [code] });
  });

  it('with a NUL is no document at all', () => {
    expect(readDocument('a: \0', 'w.yaml')).toMatchObject({
      value: null,
      diagnostics: [{ code: 'DOC_BAD_CHARACTER' }],
    });
  });
});

describe('frontmatter', () => {
  it.each([
    ['---\na: b\n---\nbody', { a: 'b' }, 4],
    ['\ufeff---\na: b\n---\nbody', { a: 'b' }, 4],
    ['---\r\na: b\r\n---\r\nbody', { a: 'b' }, 4],
    ['---  \na: b\n---\t\nbody', { a: 'b' }, 4],
    ['---\na: b\n---', { a: 'b' }, 3],
    ['---\n---\nbody', null, 3],
    ['---\n# only a comment\n---\nbody', null, 4],
    ['---\na: |\n  ---x\n  y\n---\nbody', { a: '---x\ny\n' }, 6],
    ['---\na: b\n----\nc: d\n', null, 1],
    ['---\nnever closed', null, 1],
    ['----\na: b\n---\n', null, 1],
    ['--- a\nb: c\n---\n', null, 1],
    [' ---\na: b\n---\n', null, 1],
    ['text\n---\na: b\n---\n', null, 1],
    ['', null, 1],
    ['---', null, 1],
    ['---\na: b\n---x\n---', null, 1],
  ])('of %j', (text, frontmatter, line) => {
    const document = read(text);
    // The last one is closed, but a line in it is no YAML.
    expect(document.codes).toEqual(text.includes('---x\n---') && !text.includes('|') ? ['DOC_YAML_SYNTAX'] : []);
    expect(document.root === null ? null : JSON.parse(JSON.stringify(jsonOf(document.root)))).toEqual(frontmatter);
    if (document.codes.length === 0) expect(document.body?.line).toBe(line);
  });

  it.each(['js', 'javascript', 'coffee', 'json', 'toml', 'yaml', 'JS'])(
    'in %s is refused and not executed',
    (engine) => {
      const text = `---${engine}\nglobalThis.executed = true\n---\nbody`;
      const { diagnostics, root } = read(text);
      expect(root).toBeNull();
      expect(diagnostics).toMatchObject([{ code: 'DOC_FRONTMATTER', at: { start: { line: 1, column: 4 } } }]);
      expect('executed' in globalThis).toBe(false);
    },
  );

  it('has the places of the file', () => {
    const { diagnostics } = read('---\na: 1\nb: 2\na: 3\n---\n');
    expect(diagnostics).toMatchObject([
      { code: 'DOC_DUPLICATE_KEY', at: { start: { line: 4, column: 1, offset: 14 } } },
    ]);
  });

  it('must be a map', () => {
    expect(read('---\n- a\n---\n').codes).toEqual(['DOC_NOT_A_MAP']);
  });
});

describe('loading on demand', () => {
  it.each([
    ['w.yaml', 'steps:\n  - run: a\n'],
    ['w.yaml', 'steps: &x\n  - run: a\n'],
    ['w.yaml', 'a: ['],
    ['w.yaml', ''],
    ['w.yaml', '\0'],
    ['w.md', '---\nkind: workflow\n---\n## a\n```sh\nb\n```\n'],
  ])('gives the same for %s with %j', async (file, text) => {
    expect(await loadDocument(text, file)).toEqual(readDocument(text, file));
  });
});

describe.skipIf(!existsSync(FRONTMATTER))('real Markdown files', () => {
  const table = existsSync(FRONTMATTER) ? readFileSync(join(FRONTMATTER, 'PROVENANCE.tsv'), 'utf8') : '';
  if (table === '') console.log(`skipped: ${FRONTMATTER} is not here`);
  const [head = '', ...rows] = table.trim().split('\n');
  const column = head.split('\t').indexOf('yaml2_error');

  it('are read, or refused with a place, as the YAML parser finds them', () => {
    let refused = 0;
    for (const row of rows) {
      const cells = row.split('\t');
      const [name = ''] = cells;
      const { value, diagnostics } = readDocument(readFileSync(join(FRONTMATTER, name), 'utf8'), name);
      expect(value).not.toBeNull();
      for (const one of diagnostics) expect(one.at?.start.line).toBeGreaterThan(0);
      if (diagnostics.length > 0) refused++;
      // YAML allows a map as a key and leaves aliases to its reader; giga does neither.
      const isOurs = diagnostics.some((one) => one.code === 'DOC_KEY_NOT_TEXT' || one.code === 'DOC_UNKNOWN_ALIAS');
      expect([name, diagnostics.length > 0]).toEqual([name, (cells[column] ?? '') !== '' || isOurs]);
    }
    expect(rows.length).toBe(readdirSync(FRONTMATTER).length - 1);
    expect(refused).toBeGreaterThan(5);
  });
});

describe('any text', () => {
  it.skipIf(!existsSync(BLNS))('of the naughty strings is read as Markdown', () => {
    const strings: readonly string[] = JSON.parse(readFileSync(BLNS, 'utf8'));
    for (const text of strings) {
      const { value, diagnostics } = readDocument(`## a\n\n\`\`\`sh\n${text}\n\`\`\`\n`, 'w.md');
      expect(value === null ? diagnostics : value.body?.sections).not.toHaveLength(0);
    }
  });

  it('is read or refused', () => {
    const pieces = fc.constantFrom(
      '---\n',
      '---',
      '---js\n',
      'a: b\n',
      '\n',
      '# x\n',
      '## y\n',
      '```\n',
      '~~~~\n',
      '    ',
      '- ',
      '> ',
      '<!--',
      '-->',
      '\r\n',
      '\t',
      '{#z}',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (all) => {
        const text = all.join('');
        const { value } = readDocument(text, 'w.md');
        for (const section of value?.body?.sections ?? []) {
          expect(section.headingRange[1]).toBeLessThanOrEqual(section.bodyRange[0]);
          expect(section.bodyRange[1]).toBeLessThanOrEqual(text.length);
          for (const fence of section.fences) expect(fence.range[1]).toBeLessThanOrEqual(section.bodyRange[1]);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
