/** What may be the path of a note, a note, and a store of notes. */
import { expect, test } from 'vitest';
import {
  MOST_NOTE_BYTES,
  MOST_NOTES,
  MOST_STORE_BYTES,
  noteFault,
  notePath,
  STORE_NAME,
  storeFault,
} from '../../../src/core/memory/bounds.ts';

test.each(['a', 'style/commits.md', 'Größe.txt', 'a b (2).md', '_x', 'a/b/c/d/e/f', '日本/語.md'])(
  '%j is a path',
  (path) => {
    expect(notePath(path)).toBe(path);
  },
);

test('a path is kept in one form of Unicode', () => {
  expect(notePath('Gro\u0308ße')).toBe('Größe');
});

test.each([
  '',
  '.',
  '..',
  '../a',
  'a/../b',
  'a//b',
  '/a',
  'a/',
  '.git/x',
  'a.',
  'a ',
  ' a',
  'a\\b',
  'a\nb',
  'a\u0000',
  'c:d',
  'a*',
  '-a',
  'a\u202eb',
  'a\ud800',
  'a/b/c/d/e/f/g',
  'a'.repeat(201),
])('%j is none', (path) => {
  expect(notePath(path)).toBeNull();
});

test('a note is a text of a bounded size', () => {
  expect(noteFault('a\tb\r\nc\n')).toBeNull();
  expect(noteFault('x'.repeat(MOST_NOTE_BYTES))).toBeNull();
  expect(noteFault('x'.repeat(MOST_NOTE_BYTES + 1))).toContain(`${MOST_NOTE_BYTES + 1} bytes`);
  for (const text of ['\u0000', '\u001b[31m', '\u0085', '\u007f'])
    expect([text, noteFault(text)]).toEqual([text, 'it holds control characters']);
  expect(noteFault('\udc00')).toBe('it is no text in Unicode');
});

test('a store holds so many notes, of so many bytes, and no name twice', () => {
  const many = (count: number, text = ''): Map<string, string> =>
    new Map(Array.from({ length: count }, (_, at) => [`n${at}`, text]));
  expect(storeFault(many(MOST_NOTES))).toBeNull();
  expect(storeFault(many(MOST_NOTES + 1))).toContain(`${MOST_NOTES + 1} notes`);
  expect(storeFault(many(16, 'x'.repeat(MOST_STORE_BYTES / 16)))).toContain('bytes');
  expect(
    storeFault(
      new Map([
        ['a', ''],
        ['a/b/c', ''],
      ]),
    ),
  ).toBe('`a` would be a note and a folder');
  expect(
    storeFault(
      new Map([
        ['a/b', ''],
        ['a/c', ''],
        ['ab', ''],
      ]),
    ),
  ).toBeNull();
});

test('the name of a store is one word', () => {
  expect(['reviews', 'a-1'].every((name) => STORE_NAME.test(name))).toBe(true);
  expect(['', 'A', '../a', 'a/b', '-a', '1a', 'a'.repeat(64)].some((name) => STORE_NAME.test(name))).toBe(false);
});
