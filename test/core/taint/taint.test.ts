import { expect, it } from 'vitest';
import {
  anyMember,
  asEncoded,
  asText,
  flat,
  isSame,
  join,
  listOf,
  member,
  namesIn,
  type Origin,
  origins,
  parts,
  substitute,
  type Taint,
  text,
  through,
} from '../../../src/core/taint/taint.ts';

const origin = (of: string, more: Partial<Origin> = {}): Origin => ({ kind: 'model', of, via: [], ...more });
const A = text(origin('a'));
const B = text(origin('b'));
const GIVEN = text(origin('inputs.x', { kind: 'given' }));
const PARTS = parts([
  ['a', A],
  ['b', null],
]);

it('joins to the worst of both', () => {
  expect(join()).toBeNull();
  expect(join(null, A)).toEqual(A);
  expect(join(A, null)).toEqual(A);
  expect(join(A, B)).toEqual(text(origin('a'), origin('b')));
  expect(join(PARTS, parts([['b', B]]))).toEqual(
    parts([
      ['a', A],
      ['b', B],
    ]),
  );
  expect(join(PARTS, listOf(B))).toEqual(
    parts(
      [
        ['a', join(A, B)],
        ['b', B],
      ],
      B,
    ),
  );
  expect(join(PARTS, B)).toEqual(join(A, B));
  expect(join(text(origin('a', { encoded: true })), A)).toEqual(A);
  expect(join(A, text(origin('a', { encoded: true })))).toEqual(A);
});

it('names no more origins than say something, but all that are given', () => {
  const many = Array.from({ length: 20 }, (_, at) => text(origin(`m${at}`)));
  const given = Array.from({ length: 20 }, (_, at) => text(origin(`inputs.i${at}`, { kind: 'given' })));
  expect(origins(join(...many, ...given))).toHaveLength(28);
});

it('is clean where nothing in it is not', () => {
  expect(text()).toBeNull();
  expect(parts([['a', null]])).toBeNull();
  expect(listOf(null)).toBeNull();
  expect(origins(null)).toEqual([]);
  expect(flat(PARTS)).toEqual(A);
});

it('finds members without regard to case', () => {
  expect(member(PARTS, 'a')).toEqual(A);
  expect(member(PARTS, 'A')).toEqual(A);
  expect(member(PARTS, 'B')).toBeNull();
  expect(member(listOf(A), 'x')).toEqual(A);
  expect(member(null, 'x')).toBeNull();
  expect(anyMember(PARTS)).toEqual(A);
  expect(anyMember(null)).toBeNull();
  expect(anyMember(A)).toEqual(A);
});

it('says which part of a text is meant', () => {
  expect(member(A, 'x')).toEqual(text(origin('a.x')));
  expect(member(A, '0')).toEqual(text(origin('a[0]')));
  expect(member(A, 'x'.repeat(100))).toEqual(A);
  expect(member(GIVEN, 'x')).toEqual(GIVEN);
  expect(member(text(origin('a', { via: ['b'] })), 'x')).toEqual(text(origin('a', { via: ['b'] })));
});

it('knows whether names are of anybody', () => {
  expect(namesIn(PARTS)).toBeNull();
  expect(namesIn(A)).toEqual(A);
  expect(namesIn(null)).toBeNull();
  expect(namesIn(listOf(A))).toEqual(A);
});

it('is no text where it is a list or an object', () => {
  expect(asText(A)).toEqual(A);
  expect(asText(PARTS)).toBeNull();
  expect(asText(null)).toBeNull();
});

it('remembers the way, each place once and not too many', () => {
  expect(through(A, 'x')).toEqual(text(origin('a', { via: ['x'] })));
  expect(through(through(A, 'x'), 'x')).toEqual(through(A, 'x'));
  expect(through(A, 'a')).toEqual(A);
  expect(through(null, 'a')).toBeNull();
  expect(through(PARTS, 'x')).toEqual(
    parts([
      ['a', through(A, 'x')],
      ['b', null],
    ]),
  );
  const long = ['1', '2', '3', '4', '5', '6'].reduce(through, A);
  expect(long).toEqual(text(origin('a', { via: ['1', '2', '3', '4'] })));
});

it('is encoded, or not any more', () => {
  expect(asEncoded(A, true)).toEqual(text(origin('a', { encoded: true })));
  expect(asEncoded(asEncoded(A, true), false)).toEqual(A);
});

it('is seen from another file by what that file gives', () => {
  const given = (name: string): Taint => (name === 'inputs.x' ? PARTS : null);
  expect(substitute(null, 'f.yaml', given)).toBeNull();
  expect(substitute(GIVEN, 'f.yaml', given)).toEqual(A);
  expect(substitute(text(origin('inputs.y', { kind: 'given' })), 'f.yaml', given)).toBeNull();
  expect(substitute(A, 'f.yaml', given)).toEqual(text(origin('f.yaml: a')));
  expect(substitute(text(origin('g.yaml: a')), 'f.yaml', given)).toEqual(text(origin('g.yaml: a')));
  expect(substitute(parts([['p', GIVEN]], B), 'f.yaml', given)).toEqual(parts([['p', A]], text(origin('f.yaml: b'))));
});

it('is the same where the same places are tainted', () => {
  expect(isSame(null, null)).toBe(true);
  expect(isSame(A, null)).toBe(false);
  expect(isSame(null, A)).toBe(false);
  expect(isSame(A, B)).toBe(true);
  expect(isSame(A, GIVEN)).toBe(false);
  expect(isSame(A, asEncoded(A, true))).toBe(false);
  expect(isSame(A, PARTS)).toBe(false);
  expect(isSame(PARTS, A)).toBe(false);
  expect(
    isSame(
      PARTS,
      parts([
        ['a', B],
        ['b', null],
      ]),
    ),
  ).toBe(true);
  expect(
    isSame(
      PARTS,
      parts([
        ['a', A],
        ['c', null],
      ]),
    ),
  ).toBe(false);
  expect(isSame(PARTS, parts([['a', A]]))).toBe(false);
  expect(
    isSame(
      PARTS,
      parts(
        [
          ['a', A],
          ['b', null],
        ],
        A,
      ),
    ),
  ).toBe(false);
  expect(
    isSame(
      PARTS,
      parts([
        ['a', A],
        ['b', A],
      ]),
    ),
  ).toBe(false);
});
