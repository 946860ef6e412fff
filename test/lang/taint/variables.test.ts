import { expect, it } from 'vitest';
import { runVariables } from '../../../src/lang/taint/variables.ts';
import { compileText, problemsOf } from '../compile/compile.ts';

const RUN: readonly (readonly [script: string, by: string])[] = [
  ['$X --help', ''],
  ['"$X" --help', ''],
  ['${X}', ''],
  ['ls; $X', ''],
  ['eval "$X"', 'the shell'],
  ['eval $X', 'the shell'],
  ['bash -c "$X"', 'bash'],
  ['sh -c "cd a; ${X}"', 'sh'],
  ['ssh host "$X"', 'ssh'],
  ['echo a | xargs $X', 'xargs'],
  [`echo "it's" ; eval "$X"`, 'the shell'],
  ['python3 -c "print($X)"', 'python3'],
];
const FINE: readonly string[] = [
  'echo "$X"',
  'ls -- "$X"',
  `bash -c 'echo "$1"' - a`,
  `bash -c 'echo "$X"'`,
  'echo \\$X; eval "$Y"',
  'echo "${X%a}"',
  'echo $XY',
  'cat <<EOF\n$X\nEOF',
  'eval "$Y"',
];

it.each(RUN)('%s runs it', (script, by) => {
  expect(runVariables(script, 'bash', new Set(['X'])).map((one) => one.by)).toEqual([by]);
});

it.each(FINE)('%s does not', (script) => {
  expect(runVariables(script, 'bash', new Set(['X']))).toEqual([]);
});

it('refuses what a script makes of its environment', () => {
  const text = (run: string): string =>
    `steps:\n  src: { claude: hi }\n  use:\n    env: { X: "\${{ steps.src.outputs.text }}", Y: ls }\n    run: ${run}\n`;
  expect(problemsOf(compileText(text('bash -c "$X"')).diagnostics)).toEqual(['PLAN_TAINTED 5:19']);
  expect(problemsOf(compileText(text('bash -c "$Y"; echo "$X"')).diagnostics)).toEqual([]);
  expect(problemsOf(compileText(text('$X').replace('use:', 'use:\n    shell: sh')).diagnostics)).toEqual([
    'PLAN_TAINTED 6:10',
  ]);
});
