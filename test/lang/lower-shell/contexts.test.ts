/** Every place in which a value can stand, with the exact text that it becomes. */
import { describe, expect, test } from 'vitest';
import { type Dialect, lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { split } from './parts.ts';

function lowered(script: string, dialect: Dialect = 'bash') {
  const result = lowerScript(split(script).parts, dialect, script);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const CASES: readonly (readonly [place: string, script: string, lowered: string, integers?: string])[] = [
  ['a bare word', 'echo ${{ a }}', 'echo "$GIGA_V0"'],
  ['a part of a word', 'echo x${{ a }}y/${{ b }}', 'echo x"$GIGA_V0"y/"$GIGA_V1"'],
  ['an assignment', 'x=${{ a }} y+=${{ b }}', 'x="$GIGA_V0" y+="$GIGA_V1"'],
  ['an assignment behind export', 'export x=${{ a }}', 'export x="$GIGA_V0"'],
  ['a target', 'echo > ${{ a }} 2>>${{ b }}', 'echo > "$GIGA_V0" 2>>"$GIGA_V1"'],
  ['a here-string', 'cat <<< ${{ a }}', 'cat <<< "$GIGA_V0"'],
  ['the word of a case', 'case ${{ a }} in x) :;; esac', 'case "$GIGA_V0" in x) :;; esac'],
  ['a pattern of a case', 'case x in ${{ a }}|(${{ b }}) :;; esac', 'case x in "$GIGA_V0"|("$GIGA_V1") :;; esac'],
  ['an element of an array', 'a=(${{ a }} x${{ b }})', 'a=("$GIGA_V0" x"$GIGA_V1")'],
  ['[[ == ]]', '[[ ${{ a }} == x && y == ${{ b }} ]]', '[[ "$GIGA_V0" == x && y == "$GIGA_V1" ]]'],
  ['[[ =~ ]]', '[[ x =~ ^${{ a }}$ ]]', '[[ x =~ ^"$GIGA_V0"$ ]]'],
  ['an extended pattern', '[[ x == @(${{ a }}|y) ]]', '[[ x == @("$GIGA_V0"|y) ]]'],
  ['the items of a for', 'for i in ${{ a }}; do :; done', 'for i in "$GIGA_V0"; do :; done'],
  ['double quotes', 'echo "a ${{ a }} b"', 'echo "a ${GIGA_V0} b"'],
  ['single quotes', "echo 'a ${{ a }} b'", "echo 'a '\"$GIGA_V0\"' b'"],
  ["$'…'", "echo $'a\\n${{ a }} b'", "echo $'a\\n'\"$GIGA_V0\"$' b'"],
  ['$"…"', 'echo $"a ${{ a }}"', 'echo $"a ${GIGA_V0}"'],
  ['a here-document', 'cat <<E\n${{ a }}\nE\n', 'cat <<E\n${GIGA_V0}\nE\n'],
  ['a here-document <<-', 'cat <<-E\n\t${{ a }}\n\tE\n', 'cat <<-E\n\t${GIGA_V0}\n\tE\n'],
  [
    'a line of a here-document that goes on',
    'cat <<E\n${{ a }}\\\nE\n${{ b }}\nE\n',
    'cat <<E\n${GIGA_V0}\\\nE\n${GIGA_V1}\nE\n',
  ],
  ['two here-documents', 'cat <<A <<B\n${{ a }}\nA\n${{ b }}\nB\n', 'cat <<A <<B\n${GIGA_V0}\nA\n${GIGA_V1}\nB\n'],
  ['a default', 'echo ${x:-${{ a }}}', 'echo ${x:-"$GIGA_V0"}'],
  ['a default in quotes', 'echo "${x:-${{ a }}}"', 'echo "${x:-${GIGA_V0}}"'],
  ['a default in quotes of its own', 'echo ${x+"${{ a }}"}', 'echo ${x+"${GIGA_V0}"}'],
  ['a default of an element', 'echo ${x[0]:-${{ a }}}', 'echo ${x[0]:-"$GIGA_V0"}'],
  ['= and ?', ': ${x=${{ a }}} ${y:?${{ b }}}', ': ${x="$GIGA_V0"} ${y:?"$GIGA_V1"}'],
  ['$( )', 'echo $(echo ${{ a }})', 'echo $(echo "$GIGA_V0")'],
  ['$( ) in quotes', 'echo "$(echo "${{ a }}")"', 'echo "$(echo "${GIGA_V0}")"'],
  ['<( )', 'diff <(echo ${{ a }}) x', 'diff <(echo "$GIGA_V0") x'],
  ['a subshell and a group', '(echo ${{ a }}); { echo ${{ b }}; }', '(echo "$GIGA_V0"); { echo "$GIGA_V1"; }'],
  ['a function', 'f() { echo ${{ a }}; }; f', 'f() { echo "$GIGA_V0"; }; f'],
  ['$(( ))', 'echo $((${{ a }} + 1))', 'echo $((${GIGA_V0} + 1))', '0'],
  ['$(( )) behind a minus', 'echo $((x-${{ a }}))', 'echo $((x- ${GIGA_V0}))', '0'],
  ['(( ))', '((x = ${{ a }}))', '((x = ${GIGA_V0}))', '0'],
  ['$[ ]', 'echo $[${{ a }}+1]', 'echo $[${GIGA_V0}+1]', '0'],
  ['for (( ))', 'for ((i=${{ a }};i<2;i++)); do :; done', 'for ((i=${GIGA_V0};i<2;i++)); do :; done', '0'],
  ['let', 'let x=${{ a }} "y=${{ b }}"', 'let x="$GIGA_V0" "y=${GIGA_V1}"', '0 1'],
  ['let behind )) then', 'if ((1)) then let x=${{ a }}; fi', 'if ((1)) then let x="$GIGA_V0"; fi', '0'],
  ['let by another spelling', 'l"e"t ${{ a }}; \\let ${{ b }}', 'l"e"t "$GIGA_V0"; \\let "$GIGA_V1"', '0 1'],
  ['a subscript', 'a[${{ a }}]=${{ b }}', 'a[${GIGA_V0}]="$GIGA_V1"', '0'],
  ['a subscript in an array', 'a=([${{ a }}]=${{ b }})', 'a=([${GIGA_V0}]="$GIGA_V1")', '0'],
  ['[[ -eq ]]', '[[ ${{ a }} -eq 1 && ${{ b }} == 1 ]]', '[[ "$GIGA_V0" -eq 1 && "$GIGA_V1" == 1 ]]', '0'],
  ['declare -i', 'declare -i x=${{ a }}', 'declare -i x="$GIGA_V0"', '0'],
  ['an array behind declare -i', 'declare -ai x=(${{ a }})', 'declare -ai x=("$GIGA_V0")', '0'],
  ['a variable that is an integer', 'RANDOM=${{ a }}', 'RANDOM="$GIGA_V0"', '0'],
  ['a comment', 'echo a # ${{ a }}\necho ${{ b }}', 'echo a # \necho "$GIGA_V1"'],
  ['a # in a word', 'echo a#${{ a }}', 'echo a#"$GIGA_V0"'],
  ['a comment in a $( )', "echo $(echo # it's ) ${{ a }}\n)", "echo $(echo # it's ) \n)"],
];

describe('a value in bash', () => {
  const cases = CASES.map(([place, script, text, integers = '']) => ({ place, script, text, integers }));
  test.each(cases)('$place', ({ script, text, integers }) => {
    const result = lowered(script);
    expect(result.script).toBe(text);
    expect(
      result.refs
        .filter((ref) => ref.integer)
        .map((ref) => ref.index)
        .join(' '),
    ).toBe(integers);
  });
});

test('each reference names its place', () => {
  const script = "echo ${{ a }} \"${{ a }}\" '${{ a }}' $'${{ a }}' ${x:-${{ a }}} $((${{ a }})) <<E\n${{ a }}\nE\n";
  const contexts = [
    'word',
    'double-quotes',
    'single-quotes',
    'ansi-quotes',
    'parameter',
    'arithmetic',
    'here-document',
  ];
  expect(lowered(script).refs.map((ref) => ref.context)).toEqual(contexts);
});

test('a script without a value is passed on as it is, whatever it holds', () => {
  for (const script of ['', 'echo "', 'case x in', 'cat <<E', "\uFDD0 $'"]) {
    expect(lowered(script)).toMatchObject({ script, refs: [], guard: null, warnings: [] });
  }
});

test('sh knows words, quotes, here-documents, defaults and arithmetic', () => {
  const script =
    'echo ${{ a }} "${{ a }}" \'${{ a }}\' ${x:-${{ a }}} "${x-it\'s ${{ a }}}" $((${{ a }})) <<E\n${{ a }}\nE\n';
  const text =
    'echo "$GIGA_V0" "${GIGA_V1}" \'\'"$GIGA_V2"\'\' ${x:-"$GIGA_V3"} "${x-it\'s ${GIGA_V4}}" $((${GIGA_V5})) <<E\n${GIGA_V6}\nE\n';
  expect(lowered(script, 'sh').script).toBe(text);
});

describe('the guard of a script', () => {
  const guards: Readonly<Record<string, readonly string[]>> = {
    none: [
      'echo ${{ a }}',
      'x=${{ a }}; echo "$x" ${x:-y} ${#x} ${x:0:3} ${x%y}',
      'b=(${{ a }}); echo "${b[@]}" ${b[0]} "${!b[@]}"',
      '[ "${{ a }}" = x ] && [[ -n ${{ a }} ]]',
      'read -r line <<< ${{ a }}',
      'declare x=${{ a }}',
      'printf -v x %s ${{ a }}',
      'echo "[$x]" ${{ a }}',
    ],
    subscript: [
      'x=${{ a }}; ((x))',
      'x=${{ a }}; echo $((x + 1))',
      'x=${{ a }}; echo ${!x}',
      'x=${{ a }}; echo ${y:x}',
      'x=${{ a }}; let x+=1',
      '. lib.sh; f ${{ a }}',
      'x=${{ a }}; read "$x"',
    ],
    expansion: [
      'x=${{ a }}; ((b[$x]))',
      'x=${{ a }}; echo ${b[$x]}',
      'x="b[${{ a }}]"; ((x))',
      'x=${{ a }}; declare "$x=1"',
      'x=${{ a }}; echo ${x@P}',
      'x=${{ a }}; PS4=$x',
    ],
  };
  const cases = Object.entries(guards).flatMap(([guard, scripts]) => scripts.map((script) => ({ guard, script })));
  test.each(cases)('$guard: $script', ({ guard, script }) => {
    expect(lowered(script).guard ?? 'none').toBe(guard);
  });
});
