import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../../src/app/commands/parse.ts';

describe('parsing a file', () => {
  it('tells kind, frontmatter, body and sections of Markdown', () => {
    const text = '---\nkind: workflow\nname: Notes\n---\n# Notes\n\n## build\n```sh\nmake\n```\n## Why {#reason}\n';
    expect(parseDocument(text, 'notes.md')).toEqual({
      file: 'notes.md',
      kind: 'workflow',
      frontmatter: { kind: 'workflow', name: 'Notes' },
      bodyLine: 5,
      sections: [
        { title: 'Notes', id: 'Notes', level: 1, line: 5, fences: [{ language: 'sh', line: 8, text: 'make\n' }] },
        { title: 'build', id: 'build', level: 2, line: 7, fences: [{ language: 'sh', line: 8, text: 'make\n' }] },
        { title: 'Why', id: 'reason', level: 2, line: 11, fences: [] },
      ],
      diagnostics: [],
      ok: true,
    });
  });

  it('tells the problems of reading and of shape', () => {
    expect(parseDocument('steps: [{ rum: x }]', 'w.yaml')).toMatchObject({
      kind: 'workflow',
      frontmatter: { steps: [{ rum: 'x' }] },
      bodyLine: null,
      diagnostics: [{ code: 'DOC_UNKNOWN_KEY' }],
      ok: false,
    });
    expect(parseDocument('a: [', 'w.yaml')).toMatchObject({
      frontmatter: null,
      diagnostics: [{ code: 'DOC_YAML_SYNTAX' }],
    });
    expect(parseDocument('\0', 'w.yaml')).toMatchObject({
      kind: null,
      sections: [],
      diagnostics: [{ code: 'DOC_BAD_CHARACTER' }],
    });
  });
});
