import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../../src/app/config/env-file.ts';

function values(text: string): Record<string, string> {
  const { value, diagnostics } = parseEnvFile(text, '.env');
  expect(diagnostics).toEqual([]);
  return Object.fromEntries((value ?? []).map((entry) => [entry.name, entry.value]));
}

function problems(text: string): string[] {
  return parseEnvFile(text, '.env').diagnostics.map((d) => `${d.at?.start.line}:${d.at?.start.column} ${d.message}`);
}

describe('an env-file', () => {
  it.each([
    ['A=1', '1'],
    ['A = 1 ', '1'],
    ['export A=1', '1'],
    ['\uFEFFA=1', '1'],
    ['A=1\r', '1'],
    ['A=', ''],
    ['A=# nothing', ''],
    ['A=a b # comment', 'a b'],
    ['A=a#b', 'a#b'],
    ['A=$HOME ${X} `id`', '$HOME ${X} `id`'],
    ["A='a # b'", 'a # b'],
    ["A='a\\nb'", 'a\\nb'],
    ["A='one\ntwo' # said", 'one\ntwo'],
    ["A='one\r\ntwo'", 'one\ntwo'],
    ['A="a\\nb\\t\\"c\\" \\$d \\\\ \\x"', 'a\nb\t"c" $d \\ \\x'],
    ['A="$HOME"', '$HOME'],
    ['A=a"b"', 'a"b"'],
  ])('%j gives %j', (text, expected) => {
    expect(values(text)).toEqual({ A: expected });
  });

  it('lets a later name win and passes over comments and empty lines', () => {
    expect(values('# one\n\n  # two\nA=1\nB=2\nA=3\n')).toEqual({ A: '3', B: '2' });
  });

  it('says in which line a name stands, also behind a value of several lines', () => {
    const { value } = parseEnvFile('A="1\n2"\nB=3', '.env');
    expect(value?.map(({ name, line }) => `${name}:${line}`)).toEqual(['A:1', 'B:3']);
  });

  it('reports every bad line with its place and reads the others', () => {
    expect(problems('A=1\n  what\n1B=2\nC="open\nD=4')).toEqual([
      '2:3 This line is not `NAME=value`.',
      '3:1 This line is not `NAME=value`.',
      '4:3 The " that opens this value is never closed.',
    ]);
    expect(problems(`A='x' y`)).toEqual(['1:3 Only a comment may stand behind the closing quote.']);
  });

  it.each([
    ['\n\ufeff', '2:1'],
    ['A=1\n\u00a0\n', '2:1'],
    ['\ufeffwhat', '1:1'],
    ['\ufeff"', '1:1'],
    ['\ufeffA="b', '1:3'],
  ])('tells the place of what is wrong in %j', (text, place) => {
    expect(problems(text)).toEqual([expect.stringMatching(`^${place} `)]);
  });

  it('lists the first bad lines of a file that is something else, and counts the others', () => {
    const found = parseEnvFile('x\n'.repeat(100_000), '.env').diagnostics;
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({ code: 'DOC_MORE_PROBLEMS', message: 'There are 99900 further problems.' });
  });

  it('refuses a file that is no env-file by its size', () => {
    expect(parseEnvFile('#'.repeat(2 ** 20 + 1), '.env').value).toBeNull();
  });

  it('takes names such as __proto__ as data', () => {
    expect(parseEnvFile('__proto__=1', '.env').value).toEqual([{ name: '__proto__', value: '1', line: 1 }]);
  });
});
