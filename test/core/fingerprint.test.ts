import { describe, expect, it } from 'vitest';
import {
  explainFingerprint,
  type FingerprintParts,
  fingerprintOf,
  shortHash,
  shownValue,
} from '../../src/core/fingerprint.ts';
import { digest } from '../../src/core/json.ts';

describe('a fingerprint', () => {
  it('is the digest of its values, in any order', () => {
    const values = { run: 'make', 'env.A': '1', list: [1, { b: 2, a: 1 }] };
    expect(fingerprintOf(values).fingerprint).toBe(digest(values));
    expect(fingerprintOf({ list: [1, { a: 1, b: 2 }], 'env.A': '1', run: 'make' }).fingerprint).toBe(digest(values));
    expect(fingerprintOf({}).fingerprint).toBe(digest({}));
  });

  it('is made of parts: hashes of texts and values, needs as they are, and notes that say nothing in the digest', () => {
    const { fingerprint, parts } = fingerprintOf({ run: 'make', n: 1, 'needs build': 'abc' }, { 'input v': '1' });
    expect(parts).toEqual({ run: shortHash('make'), n: shortHash('1'), 'needs build': 'abc', 'input v': '1' });
    expect(fingerprint).toBe(digest({ run: 'make', n: 1, 'needs build': 'abc' }));
  });

  it('tells 24 parts apart, and the others all together', () => {
    const many = (count: number, last: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`env.V${i}`, i === count - 1 ? last : i]));
    expect(Object.keys(fingerprintOf(many(24, 0)).parts)).toHaveLength(24);
    expect(fingerprintOf(many(24, 0)).parts).not.toHaveProperty('others');
    const [one, other] = [fingerprintOf(many(26, 0)), fingerprintOf(many(26, 1))];
    expect(Object.keys(one.parts)).toHaveLength(25);
    expect(explainFingerprint(one.parts, other.parts)).toEqual(['one of many variables or needs changed']);
    expect(one.parts.others).toBe(shortHash('[["env.V24",24],["env.V25",0]]'));
  });

  it('shows short values as they are, and others by a hash', () => {
    expect(shownValue('x'.repeat(38))).toBe(`"${'x'.repeat(38)}"`);
    expect(shownValue('x'.repeat(39))).toBe(`#${shortHash(`"${'x'.repeat(39)}"`)}`);
  });

  it.each([
    ['', '811c9dc5'],
    ['a', 'e40c292c'],
    ['foobar', 'bf9cf968'],
    ['v100', '04ad15a8'],
  ])('has the FNV-1a hash of %j', (text, hash) => {
    expect(shortHash(text)).toBe(hash);
  });
});

describe('what changed is said', () => {
  it.each<[string, FingerprintParts, FingerprintParts, readonly string[]]>([
    ['nothing', { run: 'a' }, { run: 'a' }, []],
    ['the text', { run: 'a' }, { run: 'b' }, ['the text of `run` changed']],
    ['a variable', { 'env.A': 'a' }, { 'env.A': 'b' }, ['env.A changed']],
    ['a variable that is new', {}, { 'env.A': 'b' }, ['env.A changed']],
    ['a variable that is gone', { 'env.A': 'b' }, {}, ['env.A changed']],
    ['an input with its values', { 'input v': '1' }, { 'input v': '2' }, ['input v changed: 1 → 2']],
    ['an input that was long', { 'input v': '#1' }, { 'input v': '2' }, ['input v changed']],
    ['an input that is long', { 'input v': '1' }, { 'input v': '#2' }, ['input v changed']],
    ['an input that is new', {}, { 'input v': '2' }, ['input v changed']],
    ['an input that is gone', { 'input v': '1' }, {}, ['input v changed']],
    ['other values with theirs', { cwd: '1' }, { cwd: '2' }, ['cwd changed']],
    ['a need', { 'needs a': '1' }, { 'needs a': '2' }, ['needs a, which changed']],
    ['a new need', {}, { 'needs a': '2' }, ['needs a, which is new']],
    ['a need no more', { 'needs a': '1' }, {}, ['no longer needs a']],
    ['what is around it', { within: '1' }, { within: '2' }, ['something that the group around it needs changed']],
    ['files by pattern', { files: '1' }, { files: '2' }, ['a file named in `files` changed']],
    [
      'only vague parts',
      { definition: '1', values: '1' },
      { definition: '2', values: '2' },
      ['its definition changed', 'a value in `run` changed'],
    ],
    [
      'vague parts beside a telling one',
      { definition: '1', values: '1', files: '1', run: 'a' },
      { definition: '2', values: '2', files: '2', run: 'b' },
      ['the text of `run` changed'],
    ],
    [
      'the most telling first',
      { others: '1', 'needs b': '1', 'env.A': '1', 'input v': '1', run: '1' },
      { others: '2', 'needs b': '2', 'env.A': '2', 'input v': '2', run: '2' },
      [
        'the text of `run` changed',
        'input v changed: 1 → 2',
        'env.A changed',
        'needs b, which changed',
        'one of many variables or needs changed',
      ],
    ],
    [
      'what is around it after what it needs',
      { within: '1', 'needs b': '1' },
      { within: '2', 'needs b': '2' },
      ['needs b, which changed', 'something that the group around it needs changed'],
    ],
    ['a file', { 'file a.ts': '1' }, { 'file a.ts': '2' }, ['a.ts changed']],
    ['a line of a text', { 'file a.md': '1.2.3' }, { 'file a.md': '1.4.5' }, ['a.md:2 changed']],
    ['a line less', { 'file a.md': '1.2' }, { 'file a.md': '1' }, ['a.md:2 changed']],
    ['a line more', { 'file a.md': '1' }, { 'file a.md': '1.2' }, ['a.md:2 changed']],
    ['a new file', {}, { 'file a.ts': '2' }, ['a.ts is new']],
    ['a file that is gone', { 'file a.ts': '1' }, {}, ['a.ts is gone']],
    [
      'three files, in order',
      { 'file c.ts': '1', 'file b.ts': '1' },
      { 'file b.ts': '2', 'file a.ts': '1' },
      ['3 files changed: a.ts (new), b.ts, c.ts (gone)'],
    ],
    [
      'more files than are named, before all else',
      { 'file a': '1', 'file b': '1', 'file c': '1', 'file d': '1', run: '1' },
      { 'file a': '2', 'file b': '2', 'file c': '2', 'file d': '2', run: '2' },
      ['4 files changed: a, b, c …', 'the text of `run` changed'],
    ],
    [
      'a file beside a vague part',
      { 'file a': '1', definition: '1' },
      { 'file a': '2', definition: '2' },
      ['a changed'],
    ],
    ['a part named like something of an object', {}, { toString: '1' }, ['toString changed']],
  ])('%s', (_, before, after, said) => {
    expect(explainFingerprint(before, after)).toEqual(said);
  });
});
