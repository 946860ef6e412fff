import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, problem, type Span, warning } from '../../../src/core/diagnostic/diagnostic.ts';
import { displayWidth } from '../../../src/core/diagnostic/display.ts';
import { renderDiagnostic } from '../../../src/core/diagnostic/frame.ts';

/** The span of the first `part` in a text. */
function spanOf(text: string, part: string, file = 'w.yaml'): Span {
  const offset = text.indexOf(part);
  const position = (at: number) => {
    const before = text.slice(0, at).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1, offset: at };
  };
  return { file, start: position(offset), end: position(offset + part.length) };
}

function render(diagnostic: Diagnostic, text?: string, color = false): string {
  return renderDiagnostic(diagnostic, () => text, { color });
}

/** What stands above the carets. */
function underlined(text: string, part: string): string {
  const lines = render(problem('DOC_BAD_VALUE', 'x', { at: spanOf(text, part) }), text).split('\n');
  const carets = lines.at(-1) ?? '';
  const line = lines.at(-2) ?? '';
  const from = carets.indexOf('^');
  return takeColumns(line, from, carets.lastIndexOf('^') + 1);
}

function takeColumns(line: string, from: number, to: number): string {
  let column = 0;
  let taken = '';
  for (const char of line) {
    if (column >= from && column < to) taken += char;
    column += displayWidth(char);
  }
  return taken;
}

describe('a diagnostic on a screen', () => {
  it('looks as designed', () => {
    const text = `name: CI\nsteps:\n  build:\n    run: make\n  test:\n    # all\n    run: npm test\n    needs: [biuld]\n`;
    const at = spanOf(text, 'biuld', 'workflows/release.yaml');
    const diagnostic = problem('DOC_BAD_VALUE', 'step `test` needs a step that does not exist', {
      at,
      label: 'no step `biuld`',
      hint: 'a step with a similar name exists: `build`',
    });
    expect(render(diagnostic, text)).toMatchInlineSnapshot(`
      "error[DOC_BAD_VALUE]: step \`test\` needs a step that does not exist
       --> workflows/release.yaml:8:13
      7 |     run: npm test
      8 |     needs: [biuld]
        |             ^^^^^ no step \`biuld\`
        = help: a step with a similar name exists: \`build\`"
    `);
  });

  it('shows what is related, and lines the numbers up', () => {
    const text = `${'# x\n'.repeat(9)}a: 1\nb: 2\na: 3\n`;
    const diagnostic = warning('DOC_DUPLICATE_KEY', 'The key `a` stands twice.', {
      at: { ...spanOf(text, 'a: 3'), end: spanOf(text, ': 3').start },
      hint: 'Remove one.\nOr rename it.',
      related: [{ message: 'first here', at: spanOf(text, 'a: 1') }],
    });
    expect(render(diagnostic, text)).toMatchInlineSnapshot(`
      "warning[DOC_DUPLICATE_KEY]: The key \`a\` stands twice.
        --> w.yaml:12:1
      11 | b: 2
      12 | a: 3
         | ^
         = help: Remove one.
                 Or rename it.
         = note: first here
        --> w.yaml:10:1
      10 | a: 1
         | ^^^^"
    `);
  });

  it('is coloured on request, and otherwise the same', () => {
    const text = 'a: b\n';
    const diagnostic = problem('DOC_BAD_VALUE', 'No.', { at: spanOf(text, 'b'), label: 'here', hint: 'Yes.' });
    const colored = render(diagnostic, text, true);
    expect(colored).toContain('\u001b[1;31merror[DOC_BAD_VALUE]\u001b[0m');
    // oxlint-disable-next-line no-control-regex
    expect(colored.replaceAll(/\u001b\[[0-9;]*m/g, '')).toBe(render(diagnostic, text));
  });

  it.each([
    ['without a place', problem('DOC_EMPTY', 'Nothing.'), undefined, 'error[DOC_EMPTY]: Nothing.'],
    [
      'without the file',
      problem('DOC_EMPTY', 'No.', { at: spanOf('a', 'a') }),
      undefined,
      'error[DOC_EMPTY]: No.\n --> w.yaml:1:1',
    ],
    [
      'of a file that became shorter',
      problem('DOC_EMPTY', 'No.', { at: spanOf('a\nb\nc', 'c') }),
      'a',
      'error[DOC_EMPTY]: No.\n --> w.yaml:3:1',
    ],
    [
      'of an empty file',
      problem('DOC_EMPTY', 'No.', { at: spanOf('', '') }),
      '',
      'error[DOC_EMPTY]: No.\n --> w.yaml:1:1\n1 |\n  | ^',
    ],
  ])('%s', (_, diagnostic, text, expected) => {
    expect(render(diagnostic, text)).toBe(expected);
  });
});

describe('the caret', () => {
  it.each([
    ['a plain word', 'key: value', 'value', 'value'],
    ['wide characters before', '名前: 値 x', 'x', 'x'],
    ['wide characters', 'a: 値段 x', '値段', '値段'],
    ['an emoji before', 'a: 😀 x', 'x', 'x'],
    ['combining marks', 'e\u0301: x', 'x', 'x'],
    ['a tab before', 'a:\tx', 'x', 'x'],
    ['the end of a long line', `a: ${'b'.repeat(5_000)} x`, 'x', 'x'],
    ['the middle of a long line', `${'b'.repeat(300)} x ${'c'.repeat(5_000)}`, 'x', 'x'],
    ['a byte order mark', '\ufeffa: x', 'x', 'x'],
  ])('stands below %s', (_, text, part, expected) => {
    const span = spanOf(text, part);
    // Columns do not count a byte order mark.
    const shift = text.startsWith('\ufeff') ? 1 : 0;
    const at = {
      ...span,
      start: { ...span.start, column: span.start.column - shift },
      end: { ...span.end, column: span.end.column - shift },
    };
    if (shift === 0) expect(underlined(text, part)).toBe(expected);
    const lines = render(problem('DOC_BAD_VALUE', 'x', { at }), text).split('\n');
    expect(
      takeColumns(lines.at(-2) ?? '', (lines.at(-1) ?? '').indexOf('^'), (lines.at(-1) ?? '').lastIndexOf('^') + 1),
    ).toBe(expected);
  });

  it('ends with the line when the place goes on', () => {
    const text = 'a: b\nc: d\n';
    const lines = render(problem('DOC_BAD_VALUE', 'x', { at: spanOf(text, 'b\nc') }), text).split('\n');
    expect(lines.at(-1)).toBe('  |    ^');
  });
});

describe('text of users', () => {
  const nasty = [
    '\u001b[31mred',
    '\u001b]0;title\u0007',
    '\u009b2J',
    'a\rb',
    '\u202egnp.exe',
    '\u2066x',
    'a\u0000b',
    '\ud800',
    'x\u2028y',
    '\ufeffz',
  ];

  it.each(nasty)('%j cannot act on the terminal', (text) => {
    const shown = render(
      problem('DOC_BAD_VALUE', text, { at: { ...spanOf(text, ''), file: text }, label: text, hint: text }),
      text,
    );
    expect(shown).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\ufeff]|\p{Surrogate}/u);
  });

  it('of any kind gives lines of bounded width without controls', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(400), fc.nat(20), (text, from, length) => {
        const line = text.replaceAll('\n', ' ');
        const start = Math.min(from, line.length);
        const at: Span = {
          file: 'w.yaml',
          start: { line: 1, column: start + 1, offset: start },
          end: { line: 1, column: Math.min(start + length, line.length) + 1, offset: 0 },
        };
        const lines = render(problem('DOC_BAD_VALUE', 'x', { at }), line).split('\n');
        for (const shown of lines) {
          expect(shown).not.toMatch(/\p{Cc}/u);
          expect(displayWidth(shown)).toBeLessThanOrEqual(104);
        }
        expect(lines.at(-1)).toContain('^');
      }),
      { numRuns: 1_000 },
    );
  });
});
