import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inPlace, isAlive, isClear, marks, outputsOf } from './place.ts';

/** What a step may leave to a next one, and how that would notice. `!` at the front: its own step fails. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  trap: `trap 'echo trapped >> leaked' EXIT DEBUG ERR RETURN TERM`,
  exec: 'exec 1>&2; exec -a renamed true',
  'exec away': 'exec 1>/dev/null 2>&1',
  cd: 'cd /',
  umask: 'umask 0777',
  ulimit: 'ulimit -n 20; ulimit -f 1; ulimit -t 1000',
  functions: `echo() { command echo hijacked; }; cat() { :; }; test() { false; }; export -f echo cat`,
  aliases: `shopt -s expand_aliases; alias ls='echo aliased'`,
  options: 'set +euo pipefail; set -x; shopt -s nullglob extglob; set -o noglob',
  variables: 'LEAK=1; export LEAKED=1; IFS=:; readonly FIXED=1; PATH=/nowhere; declare -r BASHLEAK=2',
  descriptors: 'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>fd$fd" || :; eval "echo broken >&$fd" || :; done',
  'closed descriptors': 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-',
  background: '(sleep 300 & echo $! > background.pid); sleep 300 & echo $! >> background.pid',
  'reading stdin': 'cat; read -r x || echo none > stdin-was-empty; [ -z "${x-}" ]',
  hash: 'hash -p /bin/false true; enable -n echo',
  'current shell': 'history -c; OPTIND=5; RANDOM=1; SECONDS=500; BASH_ARGV0=other; set -- a b c',
  environ: 'tr "\\0" "\\n" < /proc/$PPID/environ | grep -v ^PWD= > /dev/null',
  'kill of the parent': '!kill -9 $PPID; sleep 5',
  'kill of the group': '!kill -TERM 0; sleep 5',
  'kill of itself': '!kill -9 $$; sleep 5',
  exit: '!exit 9',
  'exit of a subshell': '!(exit 3)',
};

/** Prints what a shell can tell of where it runs: the same in every fresh one. */
const LOOK = `
pwd; umask; ulimit -a | md5sum; set -o | md5sum; shopt | md5sum; trap -p; alias -p; declare -F; echo "$#" "$OPTIND"; type -t echo; type true ls
declare -p LEAK LEAKED FIXED BASHLEAK 2>/dev/null || echo nothing; printf '%q\\n' "$IFS" "$PATH"
for fd in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$fd ] && echo "open $fd" || :; done
[ -t 0 ] && echo tty || :; cat; jobs; echo "$LINENO"
`;

function workflow(script: string, shell: string): string {
  const indented = (text: string): string =>
    text
      .trim()
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n');
  return `defaults: { shell: ${shell} }
concurrency: 1
steps:
  before:
    run: |
${indented(LOOK)}
  tries:
    needs: before
    continue-on-error: true
    run: |
${indented(script)}
  after:
    needs: tries
    run: |
${indented(LOOK)}
outputs: { before: "\${{ steps.before.outputs.stdout }}", after: "\${{ steps.after.outputs.stdout }}", tried: "\${{ steps.tries.result }}" }
`;
}

describe.concurrent('what a step does to its shell', () => {
  it.each(Object.entries(ATTEMPTS))('%s: the next one sees nothing of it', (name, attempt) =>
    inPlace(async (place) => {
      const fails = attempt.startsWith('!');
      place.put('w.yaml', workflow(fails ? attempt.slice(1) : attempt, 'bash'));
      const outcome = await place.giga('run', 'w.yaml', '--json');
      const { before, after, tried } = outputsOf(outcome);
      expect([outcome.code, outcome.err]).toEqual([0, expect.stringContaining('RESULT')]);
      expect(after).toBe(before);
      expect([name, tried]).toEqual([name, fails ? 'failed' : 'succeeded']);
      for (const pid of marks(place, 'background.pid')) expect(isAlive(Number(pid))).toBe(false);
      if (existsSync(join(place.folder, 'leaked')))
        expect(new Set(marks(place, 'leaked'))).toEqual(new Set(['trapped'])); // its own trap, in its own shell
      isClear(outcome);
    }),
  );

  it('all of them at once, with others beside: only the first can fail', () =>
    inPlace(async (place) => {
      const all = Object.values(ATTEMPTS)
        .map((text) => `( ${text.replace('!', '')} ) || :`)
        .join('\n');
      const others = Array.from(
        { length: 30 },
        (_, i) => `  o${i}: { run: "echo ${i}; sleep 0.0${i % 9}; [ \\"$LEAK\\" = '' ]", env: { LEAK: '' } }`,
      );
      place.put(
        'w.yaml',
        workflow(`${all}\nkill -9 $PPID`, 'bash')
          .replace('concurrency: 1', 'concurrency: 8')
          .replace('outputs:', `${others.join('\n')}\noutputs:`),
      );
      const outcome = await place.giga('run', 'w.yaml', '--json');
      const { before, after } = outputsOf(outcome);
      expect(outcome.code).toBe(0);
      expect(outcome.err).toMatch(/RESULT succeeded( with allowed failures)? · 3[23] ok/);
      expect(after).toBe(before);
    }));

  it('a file that a shell reads at its start is none of its business', () =>
    inPlace(
      async (place) => {
        writeFileSync(join(place.folder, 'evil.sh'), 'echo pwned >> leaked; X=evil\n');
        place.put(
          'w.yaml',
          `steps:\n${['bash', 'sh'].map((shell) => `  ${shell}: { shell: ${shell}, run: 'echo "[\${X-}]"; ls *.sh' }`).join('\n')}\n`,
        );
        const outcome = await place.giga('run', 'w.yaml', '-v');
        expect(outcome.err).toContain('| []');
        expect(existsSync(join(place.folder, 'leaked'))).toBe(false);
        expect(readFileSync(join(place.folder, 'evil.sh'), 'utf8')).toContain('pwned');
      },
      { BASH_ENV: './evil.sh', ENV: './evil.sh', 'BASH_FUNC_ls%%': '() { echo hijacked; }', PS4: '$(touch leaked)' },
    ));
});
