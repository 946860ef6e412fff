/** What the lowering says where a value cannot stand, or may run: the code, the place, and nothing of the script lost. */
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOG, type Code } from '../../../src/core/diagnostic/catalog.ts';
import { type Dialect, lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { split } from './parts.ts';

const lower = (script: string, dialect: Dialect = 'bash') => lowerScript(split(script).parts, dialect, script);

/** Code, script, what of the script the problem is at (the expression, or the rest of the text). */
const REFUSALS: readonly (readonly [code: Code, script: string, at: string])[] = [
  ['SHELL_BAD_CHARACTER', 'echo ${{ a }} b\0', '\0'],
  ['SHELL_BAD_CHARACTER', 'echo ${{ a }} \uFDD0', '\uFDD0'],
  ['SHELL_BAD_CHARACTER', 'echo a\0', '\0'],
  ['SHELL_ESCAPED', 'echo \\${{ a }}', 'a }}'],
  ['SHELL_ESCAPED', 'echo "$${{ a }}"', 'a }}'],
  ['SHELL_ESCAPED', "echo $'\\${{ a }}'", 'a }}'],
  ['SHELL_IN_PARAMETER', 'echo ${x#${{ a }}}', 'a }}'],
  ['SHELL_IN_PARAMETER', "echo ${x:-'${{ a }}'}", 'a }}'],
  ['SHELL_IN_BACKTICKS', 'echo `echo ${{ a }}`', 'a }}'],
  ['SHELL_QUOTED_HEREDOC', "cat <<'E'\n${{ a }}\nE\n", 'a }}'],
  ['SHELL_HEREDOC', 'echo ${{ a }}; cat <<$E\n$E', '$E\n$E'],
  ['SHELL_HEREDOC', 'cat <<E\n${{ a }}\n E\n', 'a }}'],
  ['SHELL_HEREDOC', 'cat <<E $(echo\n${{ a }})\nE\n', 'a }}'],
  ['SHELL_DESCRIPTOR', 'echo >&${{ a }}', 'a }}'],
  ['SHELL_RUNS_TEXT', 'eval "x ${{ a }}"', 'a }}'],
  ['SHELL_RUNS_TEXT', 'export PATH="${{ a }}:$PATH"', 'a }}'],
  ['SHELL_AS_NAME', 'export ${{ a }}=1', 'a }}'],
  ['SHELL_AS_NAME', '[[ -v ${{ a }} ]]', 'a }}'],
  ['SHELL_DIALECT', 'echo ${{ a }} ${ echo; }', '${ echo'],
  ['SHELL_UNBALANCED', 'echo ${{ a }} )', ')'],
  ['SHELL_UNBALANCED', 'echo "${{ a }}', ''],
  ['SHELL_UNBALANCED', 'case ${{ a }} in x) :', ''],
  ['SHELL_UNBALANCED', 'a=( ( ${{ a }} ) )', '( ${{'],
  ['SHELL_UNCLEAR', '!(echo ${{ a }})', '(echo'],
  ['SHELL_UNCLEAR', 'echo |\\\n& ${{ a }}', '\\\n&'],
  ['SHELL_UNCLEAR', 'shopt -s expand_aliases; echo ${{ a }}', 'expand_aliases'],
  ['SHELL_TOO_DEEP', `echo \${{ a }} ${'$('.repeat(300)}${')'.repeat(300)}`, '$('],
];

describe('a refusal', () => {
  test.each(REFUSALS)('%s: %j', (code, script, at) => {
    const result = lower(script);
    const first = result.ok ? undefined : result.problems[0];
    expect(first?.code).toBe(code);
    expect(script.slice(first?.offset)).toMatch(at === '' ? /^$/ : new RegExp(`^${escape(at)}`));
    expect(first?.message).toMatch(/\.$/);
    expect(first?.hint).toMatch(/[.`]$/);
  });

  test('under sh, forms that shells read in different ways', () => {
    for (const script of ["echo $'a' ${{ a }}", 'echo $[1] ${{ a }}', "echo ${{ a }} $'"]) {
      expect(lower(script, 'sh')).toMatchObject({ ok: false, problems: [{ code: 'SHELL_DIALECT' }] });
    }
    expect(lower('echo "${x:-"${{ a }}"}"', 'sh')).toMatchObject({
      ok: false,
      problems: [{ code: 'SHELL_IN_PARAMETER', index: 0 }],
    });
    expect(lower('echo "${x:-"${{ a }}"}"', 'bash').ok).toBe(true);
  });

  test('all placeholders that are wrong are reported at once, by their index', () => {
    const result = lower("eval ${{ a }}\necho ${{ b }}\nread ${{ c }}\ncat <<'E'\n${{ d }}\nE\n");
    const found = result.ok ? [] : result.problems.map(({ code, index }) => [code, index]);
    expect(found).toEqual([
      ['SHELL_RUNS_TEXT', 0],
      ['SHELL_RUNS_TEXT', 2],
      ['SHELL_QUOTED_HEREDOC', 3],
    ]);
  });

  test('without the source, offsets in the text count from the expressions', () => {
    const script = 'echo ${{ a }} )';
    const result = lowerScript(split(script).parts, 'bash');
    expect(result.ok ? null : result.problems[0]?.offset).toBe(script.indexOf(')'));
  });
});

describe('a warning', () => {
  test.each([
    ['${{ a }} --version', 'SHELL_VALUE_IS_PROGRAM', 0, ''],
    ['./bin/${{ a }} x', 'SHELL_VALUE_IS_PROGRAM', 0, './bin/'],
    ['bash -c ${{ a }}', 'SHELL_MAY_RUN_VALUE', 0, 'bash'],
    ['sudo /bin/sh -c "x ${{ a }}"', 'SHELL_MAY_RUN_VALUE', 0, 'sh'],
    ['x=${{ a }}; eval "$x"', 'SHELL_MAY_RUN_VALUE', null, 'eval'],
    ['echo ${{ a }} | bash', 'SHELL_MAY_RUN_VALUE', null, 'bash'],
    ['python3 -c "print(${{ a }})"', 'SHELL_MAY_RUN_VALUE', 0, 'python3'],
    ['python3 <<E\n${{ a }}\nE\n', 'SHELL_MAY_RUN_VALUE', null, 'python3'],
    ['find . -name ${{ a }}', 'SHELL_MAY_RUN_VALUE', 0, 'find'],
  ])('%j', (script, code, index, by) => {
    const result = lower(script);
    expect(result.ok ? result.warnings : result).toMatchObject([{ code, index, by }]);
  });

  test('is not given for the arguments of a script, nor for programs that only print', () => {
    for (const script of [
      'bash build.sh ${{ a }}',
      'node x.js --to ${{ a }}',
      'python3 -m build ${{ a }}',
      'npm test -- ${{ a }}',
      'git commit -m ${{ a }}',
      'docker build -t ${{ a }} .',
      'command -v ${{ a }}',
    ]) {
      expect(lower(script)).toMatchObject({ ok: true, warnings: [] });
    }
  });
});

test('no text makes the lowering throw, hang, or lose a placeholder', () => {
  const piece = constantFrom(
    ...'\'"`$\\(){}[]<>|&;#!=+-@*?~ \n\tax0:,'.split(''),
    '${{ v }}',
    '<<E\n',
    'E\n',
    '((',
    '))',
    '[[ ',
    ' ]]',
    'case ',
    ' in ',
    'esac',
    '$(',
    '${',
    'x=',
    "$'",
    'let ',
    'eval ',
    'declare -i ',
    '-eq',
  );
  const script = array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  assert(
    property(script, constantFrom<Dialect>('bash', 'sh'), (text, dialect) => {
      const result = lowerScript(split(text).parts, dialect, text);
      if (result.ok) return !result.script.includes('\uFDD0');
      return result.problems.every((problem) => Object.hasOwn(CATALOG, problem.code) && problem.offset <= text.length);
    }),
    { numRuns: 3_000 },
  );
  expect.assertions(0);
});

test('large and entangled scripts are read in bounded work', () => {
  const n = 20_000;
  const texts = [
    '(('.repeat(n),
    '$(('.repeat(n),
    '$(( " '.repeat(n),
    '[[ '.repeat(n),
    '<<E '.repeat(n),
    '`'.repeat(n),
    'a['.repeat(n),
    'a=('.repeat(n),
    '${x:-'.repeat(n),
    'x\\\n'.repeat(n),
    'cat <<E\n$(\n'.repeat(n),
    ': ((1) "\n'.repeat(n),
  ];
  for (const text of texts) expect(typeof lower(`\${{ a }}\n${text}`).ok).toBe('boolean');
});

test('a script with more backticks than anyone writes is refused, and not read text by text', () => {
  const { ok } = lower(`\${{ a }}\n${'``'.repeat(40_000)}`);
  const refused = lower(`\${{ a }}\n${'``'.repeat(60_000)}`);
  expect([ok, !refused.ok && refused.problems[0]?.code]).toEqual([true, 'SHELL_TOO_DEEP']);
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
