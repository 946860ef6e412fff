/** The constant program of a worker: one bash that runs scripts one after the other, each in a subshell. */

/** Digits of each number in a frame's head. */
export const HEAD_DIGITS = 6;
/**
 * What it reads and says:
 * - descriptor 3: frames. Head: numbers of 6 digits each: id, body, folder, count of variables, script. Body: the folder, for
 *   each variable a length of 6 digits and `NAME=value`, the script. All lengths are bytes. Nothing of it is ever parsed as
 *   part of this program: the script alone is evaluated, in the subshell.
 * - standard output: reports. `ready VERSION` once, then `ID STATUS OUT ERR` per frame: OUT and ERR are 1 if the files have
 *   content or were taken away; size is looked at before presence, so that no move between the two is missed. `ID cwd` comes
 *   before that when the folder cannot be entered.
 * - `$1`: path of the two output files, without `.out` and `.err`. giga takes a file with content away; it is then opened anew.
 *
 * The subshell gets the variables of a fresh `bash -c`: the locale, `SECONDS`, `BASH_EXECUTION_STRING`, `$_` and the options are
 * set back, and the names and descriptors of this program are gone. TERM to the whole group ends the step and not the worker:
 * a trap (and not `trap ''`) is set back in subshells.
 */
const PROGRAM = `
((BASH_VERSINFO[0] >= 5)) || exit 3;
exec 2>/dev/null;
trap : TERM INT HUP;
__giga_o=$1 __giga_l=\${LC_ALL+x}\${LC_ALL-} __giga_x=0 __giga_y=0; set --;
LC_ALL=C;
exec 5>>"$__giga_o.out" 6>>"$__giga_o.err" || exit 4;
printf 'ready %s\\n' "\${BASH_VERSINFO[0]}";
while IFS= read -r -N 30 -u 3 __giga_h; do
  IFS= read -r -N "$((10#\${__giga_h:6:6}))" -u 3 __giga_b || exit 5;
  if ((__giga_x)); then exec 5>>"$__giga_o.out" || exit 4; fi;
  if ((__giga_y)); then exec 6>>"$__giga_o.err" || exit 4; fi;
  (
    __giga_p=$((10#\${__giga_h:12:6}));
    cd -- "\${__giga_b:0:__giga_p}" || { printf '%s cwd\\n' "\${__giga_h:0:6}"; exit 1; };
    __giga_e=();
    for ((__giga_n = 10#\${__giga_h:18:6}; __giga_n > 0; __giga_n--)); do
      __giga_k=$((10#\${__giga_b:__giga_p:6}));
      __giga_e+=("\${__giga_b:__giga_p+6:__giga_k}");
      __giga_p=$((__giga_p + 6 + __giga_k));
    done;
    BASH_EXECUTION_STRING=\${__giga_b:__giga_p:10#\${__giga_h:24:6}};
    exec 1>&5 2>&6 3<&- 5>&- 6>&-;
    [[ \${#__giga_e[@]} == 0 ]] || export -- "\${__giga_e[@]}";
    if [[ $__giga_l ]]; then LC_ALL=\${__giga_l:1}; else unset -v LC_ALL; fi;
    unset -v OLDPWD __giga_o __giga_l __giga_h __giga_b __giga_p __giga_e __giga_n __giga_k __giga_s __giga_x __giga_y;
    SECONDS=0;
    set -euo pipefail;
    : bash;
    eval -- "$BASH_EXECUTION_STRING";
  );
  __giga_s=$? __giga_x=0 __giga_y=0;
  [[ ! -s $__giga_o.out && -e $__giga_o.out ]] || { __giga_x=1; exec 5>&-; };
  [[ ! -s $__giga_o.err && -e $__giga_o.err ]] || { __giga_y=1; exec 6>&-; };
  printf '%s %s %s %s\\n' "\${__giga_h:0:6}" "$__giga_s" "$__giga_x" "$__giga_y";
done
`;

/** On one line, since bash counts the lines of an evaluated text from where it is evaluated. */
export const WORKER_PROGRAM = PROGRAM.trim().replaceAll(/\s*\n\s*/g, ' ');
