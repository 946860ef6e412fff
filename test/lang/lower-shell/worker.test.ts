/** Which scripts may run in a shell that is shared with other steps. */
import { expect, test } from 'vitest';
import { fitsWorker, lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { split } from './parts.ts';

const FIT: readonly string[] = [
  'true',
  '',
  'npm ci',
  'make -j4 all\n',
  'FOO=1 node x.js',
  'echo "a & b" \'kill\' # wait',
  'a && b || c; d',
  'cat <<E\nexec trap & wait\nE\n',
  'x > out 2>&1 < in',
  'x &> out',
  '(cd x; pwd)',
  'for i in 1 2; do echo $i; done',
  'echo $(date) `date`',
  'if [[ a == b ]]; then exit 3; fi',
  'set -e; set -o pipefail',
  'f() { local x=1; return 2; }; f',
  'find . -exec rm {} +',
  'grep wait x',
  'x=$((1 + 2)); ((x++))',
  'command ls',
  'echo 3 > x',
  'cat 0<x 1>y',
  'x |& y',
  'npm run wait',
  'case $x in a) ;; esac',
  'a=(1 2); echo "${a[@]}"',
  'timeout 3 x',
  'LC_ALL=C sort',
];
const UNFIT: readonly string[] = [
  'sleep 1 &',
  '(sleep 1 &)',
  'echo $(x &)',
  'echo `x &`',
  'x & y',
  'coproc x',
  'disown',
  'nohup x',
  'setsid x',
  '/usr/bin/setsid x',
  'suspend',
  'kill 0',
  'pkill -P 1',
  'exec x',
  'exec 3>x',
  'trap x EXIT',
  'wait',
  'true; wait',
  'command wait',
  'builtin trap x EXIT',
  '"wait"',
  "w'ai't",
  '\\wait',
  'if true; then trap - EXIT; fi',
  '{ exec; }',
  '! exec',
  'time exec x',
  'eval x',
  '. x',
  'source x',
  '$x',
  '"$TOOL" a',
  '$(echo wait)',
  'echo $$',
  'echo ${$}',
  'echo "$$"',
  'cat /proc/self/environ',
  'ls /dev/fd',
  'echo $BASHPID',
  'echo $SHLVL',
  'echo $LINENO',
  'echo $0',
  'echo ${0}',
  'echo $_',
  'echo $-',
  'echo $PPID',
  'set -m',
  'set -em',
  'set -o monitor',
  'set $x',
  'x 3>y',
  'x 3<y',
  'x >&3',
  'x 2>&$y',
  'x {fd}>y',
  'x <&9',
  'diff <(x) y',
  'x > >(y)',
  'PS4=x',
  'BASH_ENV=x y',
  'echo "',
  "echo '",
  'case x in',
  '(',
  'cat <<E',
  'echo ${ x; }',
  '!(x)',
  'echo \uFDD0',
  'echo \0',
];

test.each(FIT)('fits: %j', (script) => {
  expect(fitsWorker(script)).toBe(true);
});

test.each(UNFIT)('does not fit: %j', (script) => {
  expect(fitsWorker(script)).toBe(false);
});

test('the lowering says the same of a script with values', () => {
  expect(worker('echo ${{ a }} "${{ b }}"')).toBe(true);
  expect(worker('echo ${{ a }} &')).toBe(false);
  expect(worker('${{ a }}')).toBe(false);
  expect(worker('echo ${{ a }} $$')).toBe(false);
  expect(worker('true')).toBe(true);
  expect(worker('sleep 1 &')).toBe(false);
  // There is no worker for sh.
  expect(worker('true', 'sh')).toBe(false);
  expect(worker('echo ${{ a }}', 'sh')).toBe(false);
});

function worker(script: string, dialect: 'bash' | 'sh' = 'bash'): boolean {
  const result = lowerScript(split(script).parts, dialect);
  return result.ok && result.worker;
}
