/** What of a line is shown above its caret, to the column; characters that are not as wide as others; pages of codes. */
import { describe, expect, it } from 'vitest';
import { hasErrors, listedProblems, problem, type Span, warning } from '../../../src/core/diagnostic/diagnostic.ts';
import { charWidth, displayWidth, neutralize } from '../../../src/core/diagnostic/display.ts';
import { renderErrorPage } from '../../../src/core/diagnostic/error-page.ts';
import { renderDiagnostic } from '../../../src/core/diagnostic/frame.ts';

const at = (line: number, from: number, to: number, endLine = line): Span => ({
  file: 'w.yaml',
  start: { line, column: from + 1, offset: 0 },
  end: { line: endLine, column: to + 1, offset: 0 },
});
const render = (text: string, span: Span, more = {}): string =>
  renderDiagnostic(problem('DOC_EMPTY', 'No.', { at: span, ...more }), () => text, { color: false });
/** The line, and its carets. */
const shown = (text: string, from: number, to: number): readonly string[] =>
  render(text, at(1, from, to))
    .split('\n')
    .slice(2)
    .map((line) => line.slice(4));

/** Letters that tell where they stand. */
const letters = (count: number): string =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
const caret = (indent: number, width = 1): string => `${' '.repeat(indent)}${'^'.repeat(width)}`;

describe('a line', () => {
  it('of 100 columns is shown whole', () => {
    const text = letters(100);
    expect(shown(text, 0, 1)).toEqual([text, caret(0)]);
    expect(shown(text, 99, 100)).toEqual([text, caret(99)]);
    expect(shown(text, 60, 100)).toEqual([text, caret(60, 40)]);
  });

  it('of more is cut behind, to 100 columns', () => {
    const text = letters(101);
    expect(shown(text, 0, 1)).toEqual([`${text.slice(0, 99)}…`, caret(0)]);
    expect(shown(text, 40, 41)).toEqual([`${text.slice(0, 99)}…`, caret(40)]);
  });

  it('is cut before the caret where 40 columns are before it', () => {
    const text = letters(150);
    expect(shown(text, 41, 42)).toEqual([`…${text.slice(2, 100)}…`, caret(40)]);
    expect(shown(text, 50, 51)).toEqual([`…${text.slice(11, 109)}…`, caret(40)]);
    expect(shown(text, 149, 150)).toEqual([`…${text.slice(110)}`, caret(40)]);
    expect(shown(text, 91, 92)).toEqual([`…${text.slice(52)}`, caret(40)]);
    expect(shown(text, 90, 91)).toEqual([`…${text.slice(51, 149)}…`, caret(40)]);
  });

  it('is cut in what is marked', () => {
    const text = letters(150);
    expect(shown(text, 0, 150)).toEqual([`${text.slice(0, 99)}…`, caret(0, 99)]);
    expect(shown(text, 60, 150)).toEqual([`…${text.slice(21, 119)}…`, caret(40, 59)]);
    expect(shown(text, 0, 99)).toEqual([`${text.slice(0, 99)}…`, caret(0, 99)]);
  });

  it('that is huge is not read as a whole', () => {
    const text = letters(5_000);
    expect(shown(text, 500, 501)).toEqual([`…${text.slice(461, 559)}…`, caret(40)]);
    expect(shown(text, 201, 202)).toEqual([`…${text.slice(162, 260)}…`, caret(40)]);
    expect(shown(text, 4_999, 5_000)).toEqual([`…${text.slice(4_960)}`, caret(40)]);
    const marks = `${'\u0301'.repeat(300)}x`;
    expect(shown(marks, 300, 301)[1]).toBe(caret(1));
    expect(shown(`x${'\u0301'.repeat(300)}`, 0, 1)[0]?.endsWith('…')).toBe(true);
  });

  it('of wide characters is cut by columns', () => {
    const text = '値'.repeat(60);
    expect(shown(text, 0, 1)).toEqual([`${'値'.repeat(49)}…`, caret(0, 2)]);
    expect(shown(text, 25, 26)).toEqual([`…${'値'.repeat(19 + 1 + 29)}…`, caret(39, 2)]);
    expect(shown(`${text}abc`, 0, 60)).toEqual([`${'値'.repeat(49)}…`, caret(0, 98)]);
    expect(shown('値'.repeat(50), 49, 50)).toEqual(['値'.repeat(50), caret(98, 2)]);
  });

  it('has its tabs as blanks up to the next fourth column', () => {
    expect(shown('\tx', 1, 2)).toEqual(['    x', caret(4)]);
    expect(shown('a\tx', 2, 3)).toEqual(['a   x', caret(4)]);
    expect(shown('abcd\tx', 5, 6)).toEqual(['abcd    x', caret(8)]);
    expect(shown('値\tx', 2, 3)).toEqual(['値  x', caret(4)]);
    expect(shown('ab\t\tx', 2, 4)).toEqual(['ab      x', caret(2, 6)]);
    expect(shown('a\tb\tc', 1, 2)).toEqual(['a   b   c', caret(1, 3)]);
  });

  it('ends where it ends', () => {
    expect(shown('ab  ', 0, 1)).toEqual(['ab', caret(0)]);
    expect(shown('ab\r\ncd', 0, 2)).toEqual(['ab', caret(0, 2)]);
    expect(shown('ab\ncd', 2, 2)).toEqual(['ab', caret(2)]);
    expect(shown('\r\ncd', 0, 0)).toEqual(['', caret(0)]);
    expect(shown('ab', 1, 0)).toEqual(['ab', caret(1)]);
  });
});

describe('a frame', () => {
  it('shows the line before, and numbers both', () => {
    const text = Array.from({ length: 12 }, (_, i) => `l${i + 1}`).join('\n');
    expect(render(text, at(10, 0, 1))).toBe('error[DOC_EMPTY]: No.\n  --> w.yaml:10:1\n 9 | l9\n10 | l10\n   | ^');
    expect(render(text, at(1, 0, 2), { label: 'here\nand there' })).toBe(
      'error[DOC_EMPTY]: No.\n --> w.yaml:1:1\n1 | l1\n  | ^^ here\n and there',
    );
    expect(render(text, at(2, 1, 1, 3))).toBe('error[DOC_EMPTY]: No.\n --> w.yaml:2:2\n1 | l1\n2 | l2\n  |  ^');
    expect(render('abcd\nef', at(1, 1, 0, 2))).toBe('error[DOC_EMPTY]: No.\n --> w.yaml:1:2\n1 | abcd\n  |  ^^^');
    expect(render('a\nb', at(3, 0, 1))).toBe('error[DOC_EMPTY]: No.\n --> w.yaml:3:1');
    expect(render('a', at(1, 0, 1), { related: [{ message: 'See.', at: at(10, 0, 1) }] })).toBe(
      'error[DOC_EMPTY]: No.\n  --> w.yaml:1:1\n 1 | a\n   | ^\n   = note: See.\n  --> w.yaml:10:1',
    );
    expect(render('a\n\nc', at(3, 0, 1))).toBe('error[DOC_EMPTY]: No.\n --> w.yaml:3:1\n2 |\n3 | c\n  | ^');
    expect(render('a\r\n\r\nc', at(3, 0, 1))).toBe('error[DOC_EMPTY]: No.\n --> w.yaml:3:1\n2 |\n3 | c\n  | ^');
  });

  it('indents the lines of messages, and shows what is related', () => {
    const related = [{ message: 'First\nhere.', at: at(1, 0, 1) }];
    const diagnostic = problem('DOC_EMPTY', 'No.\nReally.', { at: at(2, 0, 1), hint: 'Do\nthis.', related });
    expect(renderDiagnostic(diagnostic, () => 'a\nb\n', { color: false })).toBe(
      [
        'error[DOC_EMPTY]: No.',
        '  Really.',
        ' --> w.yaml:2:1',
        '1 | a',
        '2 | b',
        '  | ^',
        '  = help: Do',
        '          this.',
        '  = note: First',
        '          here.',
        ' --> w.yaml:1:1',
        '1 | a',
        '  | ^',
      ].join('\n'),
    );
  });

  it('has its colours', () => {
    const diagnostic = warning('DOC_EMPTY', 'No.', {
      at: at(1, 0, 1),
      hint: 'Do.',
      related: [{ message: 'See.', at: at(1, 1, 2) }],
    });
    expect(renderDiagnostic(diagnostic, () => 'ab', { color: true }).replaceAll('\u001b', 'E')).toBe(
      [
        'E[1;33mwarning[DOC_EMPTY]E[0mE[1m: No.E[0m',
        ' E[34m-->E[0m w.yaml:1:1',
        'E[34m1 |E[0m ab',
        'E[34m  |E[0m E[1;33m^E[0m',
        '  E[34m=E[0m E[1mhelpE[0m: Do.',
        '  E[34m=E[0m E[1mnoteE[0m: See.',
        ' E[34m-->E[0m w.yaml:1:2',
        'E[34m1 |E[0m ab',
        'E[34m  |E[0m  E[1;36m^E[0m',
      ].join('\n'),
    );
  });
});

describe('characters', () => {
  it.each<[string, string]>([
    ['\u0000', '\u2400'],
    ['\u001f', '\u241f'],
    ['\u007f', '\u2421'],
    ['\u0080', '\ufffd'],
    ['\u202e', '\ufffd'],
    ['\ud800', '\ufffd'],
    ['\t', '\t'],
    [' ~é値😀', ' ~é値😀'],
  ])('%j is shown as %j', (text, safe) => {
    expect(neutralize(text)).toBe(safe);
  });

  it.each<[string, number]>([
    ['a', 1],
    ['é', 1],
    ['\u02ff', 1],
    ['\u0300', 0],
    ['\u0301', 0],
    ['\u20dd', 0],
    ['\u200b', 0],
    ['\u200d', 0],
    ['α', 1],
    ['値', 2],
    ['한', 2],
    ['😀', 2],
    ['⌚', 2],
    ['𠀀', 2],
  ])('%j has %j columns', (char, columns) => {
    expect(charWidth(char)).toBe(columns);
    expect(displayWidth(`${char}a${char}`)).toBe(2 * columns + 1);
  });
});

it('an error among diagnostics is one', () => {
  const [bad, fair] = [problem('DOC_EMPTY', 'No.'), warning('DOC_EMPTY', 'Well.')];
  expect([[], [fair], [bad], [fair, bad], [bad, fair]].map(hasErrors)).toEqual([false, false, true, true, true]);
});

it('problems are listed up to a hundred, and counted beyond', () => {
  const list = (count: number) => Array.from({ length: count }, () => problem('DOC_EMPTY', 'No.'));
  expect(listedProblems(list(100))).toEqual(list(100));
  expect(listedProblems([])).toEqual([]);
  const counted = (count: number) => listedProblems(list(count)).slice(99);
  expect(counted(101)).toEqual([...list(1), problem('DOC_MORE_PROBLEMS', 'There is 1 further problem.')]);
  expect(counted(103)).toEqual([...list(1), problem('DOC_MORE_PROBLEMS', 'There are 3 further problems.')]);
});

it('the page of codes has those of no family at its end', () => {
  const one = { title: 'T', text: 'X' };
  const page = renderErrorPage({ RUN_B: one, RUN_A: one, NEW_C: one, DOC_D: one });
  expect(page.match(/^##+ .*$/gm)).toEqual([
    '## Documents',
    '### DOC_D',
    '## Runs',
    '### RUN_A',
    '### RUN_B',
    '## Others',
    '### NEW_C',
  ]);
  expect(page.endsWith('## Others\n\n### NEW_C\n\n**T.** X\n')).toBe(true);
  expect(renderErrorPage({})).not.toContain('##');
});
