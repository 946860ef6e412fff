import { expect, test } from 'vitest';
import { explainFingerprint } from '../../../src/core/fingerprint.ts';
import { linesOf, promptNotes } from '../../../src/core/plan/claude-request.ts';

test('of a prompt file the line is told that changed', () => {
  const notes = (text: string) => promptNotes({ prompt: '', promptFile: { path: 'p.md', lines: linesOf(text) } });
  expect(explainFingerprint(notes('a\nb\nc'), notes('a\nB\nc'))).toEqual(['p.md:2 changed']);
  expect(explainFingerprint(notes('a\r\nb'), notes('a\nb'))).toEqual([]);
});

test.each([[{ prompt: 'x' }], [{ promptFile: 'x' }], ['x'], [null]])(
  'a request without one has no notes (%j)',
  (request) => {
    expect(promptNotes(request)).toEqual({});
  },
);
