/** The constant program of a worker: one bash that does jobs one after the other, most of them in a subshell. */

/** Digits of each number in a frame. */
export const NUMBER_DIGITS = 6;
/** The kinds of jobs, as a frame names them. */
export const KINDS = { script: 0, program: 1, argv: 2, plain: 3 } as const;
/** Stands after each variable and each argument in a frame; a text with one in it does not go to a worker. */
export const END_OF_ITEM = '\x1e';

/**
 * What it reads and says:
 * - descriptor 3: frames. Head: id, one digit for the kind, 1 if there is anything but ASCII in the body, then numbers of 6 digits:
 *   the bytes of the body, the folder, the variables and the arguments. Body: the folder, each variable as `NAME=value`, each
 *   argument, the script. Nothing of it is ever parsed as part of this program: the items are split where a byte 30 ends each of
 *   them, with nothing else expanded, and the script alone is evaluated, in the subshell.
 * - standard output: reports. `ready VERSION` once, then `ID STATUS OUT ERR` per frame: OUT and ERR are 1 if the files have
 *   content or were taken away; size is looked at before presence, so that no move between the two is missed. `ID cwd` comes
 *   before that when the folder cannot be entered.
 * - `$1`: path of the two output files, without `.out` and `.err`. giga takes a file with content away; it is then opened anew.
 *
 * The subshell gets the variables of a fresh `bash -c`: `SECONDS`, `BASH_EXECUTION_STRING`, `$_` and the options are set back, and
 * the names and descriptors of this program are gone. What is not ASCII is read in the locale C, where characters are bytes; the
 * locale is set back before anything is evaluated. TERM to the whole group ends the step and not the worker: a trap (and not
 * `trap ''`) is set back in subshells.
 *
 * Three kinds of jobs are cheaper than a script, with the same result:
 * - 1: a script that is one program with its arguments takes the place of the subshell, as in a fresh `bash -c`, if it is there.
 * - 2: the arguments are a program, its name for itself, and what it is given. No script is evaluated.
 * - 3: a command that bash does by itself and that changes nothing in it is done without a subshell, and reports `ID STATUS`. The
 *   argument, if there is one, is where its output goes.
 */
const PROGRAM = `
((BASH_VERSINFO[0] >= 5)) || exit 3;
exec 2>/dev/null;
trap : TERM INT HUP;
__giga_o=$1 __giga_l= __giga_x=0 __giga_y=0; set --;
exec 5>>"$__giga_o.out" 6>>"$__giga_o.err" || exit 4;
printf 'ready %s\\n' "\${BASH_VERSINFO[0]}";
while IFS= read -r -N 32 -u 3 __giga_h; do
  [[ \${__giga_h:7:1} == 0 ]] || { __giga_l=\${LC_ALL+x}\${LC_ALL-}; LC_ALL=C; };
  IFS= read -r -N "$((10#\${__giga_h:8:6}))" -u 3 __giga_b || exit 5;
  __giga_p=$((10#\${__giga_h:14:6})) __giga_v=$((10#\${__giga_h:20:6})) __giga_a=$((10#\${__giga_h:26:6}));
  if [[ \${__giga_h:6:1} == 3 ]]; then
    if ! cd -- "\${__giga_b:0:__giga_p}"; then printf '%s cwd\\n' "\${__giga_h:0:6}"; __giga_s=1;
    elif ((__giga_a == 0)); then eval -- "\${__giga_b:__giga_p}"; __giga_s=$?;
    else eval -- "\${__giga_b:__giga_p+__giga_a}" >"\${__giga_b:__giga_p:__giga_a-1}"; __giga_s=$?; fi;
    printf '%s %s\\n' "\${__giga_h:0:6}" "$__giga_s";
  else
    if ((__giga_x)); then exec 5>>"$__giga_o.out" || exit 4; fi;
    if ((__giga_y)); then exec 6>>"$__giga_o.err" || exit 4; fi;
    (
      cd -- "\${__giga_b:0:__giga_p}" || { printf '%s cwd\\n' "\${__giga_h:0:6}"; exit 1; };
      exec 1>&5 2>&6 3<&- 5>&- 6>&-;
      unset -v OLDPWD;
      set -f; IFS=$'\\036';
      if [[ \${__giga_h:6:1} == 2 ]]; then
        unset -v SHLVL;
        ((__giga_v == 0)) || export -- \${__giga_b:__giga_p:__giga_v};
        set -- \${__giga_b:__giga_p+__giga_v};
        [[ -z $__giga_l ]] || LC_ALL=\${__giga_l:1};
        [[ $__giga_l || \${__giga_h:7:1} == 0 ]] || unset -v LC_ALL;
        exec -a "$2" -- "$1" "\${@:3:$#-3}";
      fi;
      ((__giga_v == 0)) || export -- \${__giga_b:__giga_p:__giga_v};
      BASH_EXECUTION_STRING=\${__giga_b:__giga_p+__giga_v};
      set +f; IFS=$' \\t\\n';
      if [[ $__giga_l ]]; then LC_ALL=\${__giga_l:1}; elif [[ \${__giga_h:7:1} == 1 ]]; then unset -v LC_ALL; fi;
      __giga_h=\${__giga_h:6:1};
      if [[ $__giga_h == 1 ]] && type -P -- "\${BASH_EXECUTION_STRING%%[[:space:]]*}" >/dev/null 2>&1; then
        SHLVL=$((SHLVL - 1)) BASH_EXECUTION_STRING="exec -- $BASH_EXECUTION_STRING";
      fi;
      unset -v __giga_o __giga_l __giga_h __giga_b __giga_p __giga_s __giga_x __giga_y __giga_v __giga_a;
      SECONDS=0;
      set -euo pipefail;
      : bash;
      eval -- "$BASH_EXECUTION_STRING";
    );
    __giga_s=$? __giga_x=0 __giga_y=0;
    [[ ! -s $__giga_o.out && -e $__giga_o.out ]] || { __giga_x=1; exec 5>&-; };
    [[ ! -s $__giga_o.err && -e $__giga_o.err ]] || { __giga_y=1; exec 6>&-; };
    printf '%s %s %s %s\\n' "\${__giga_h:0:6}" "$__giga_s" "$__giga_x" "$__giga_y";
  fi;
  [[ \${__giga_h:7:1} == 0 ]] || { if [[ $__giga_l ]]; then LC_ALL=\${__giga_l:1}; else unset -v LC_ALL; fi; __giga_l=; };
done
`;

/** On one line, since bash counts the lines of an evaluated text from where it is evaluated. */
export const WORKER_PROGRAM = PROGRAM.trim().replaceAll(/\s*\n\s*/g, ' ');
