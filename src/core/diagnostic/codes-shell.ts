/** Codes of `${{ }}` in shell scripts: where a value cannot stand, and which values a script cannot take. */
import type { Explanation } from './catalog.ts';

export const SHELL_CODES = {
  SHELL_BAD_CHARACTER: {
    title: 'A script holds a character that no script can have',
    text: 'The shell is given a script as one text, which cannot hold the character NUL; next to `${{ }}` the noncharacter U+FDD0 is refused too, because giga uses it as a mark. Remove the character, or let `printf` make it.',
  },
  SHELL_ESCAPED: {
    title: 'A backslash or a dollar sign stands right before `${{`',
    text: 'Each `${{ }}` becomes a reference to a variable, and a `\\` or `$` right before it would change how the shell reads that reference. Put the character in single quotes, or leave it out: giga quotes the value by itself.',
  },
  SHELL_IN_PARAMETER: {
    title: 'A value stands inside `${…}` of the shell',
    text: 'Inside `${…}` only the word of a default, as in `${name:-…}`, can hold a value, and there without quotes of its own. In names, patterns, replacements, offsets and subscripts the shell would evaluate it. Assign the value to a variable first, and use that variable.',
  },
  SHELL_IN_BACKTICKS: {
    title: 'A value stands in backticks',
    text: 'Inside backticks the shell removes backslashes before it reads quotes, so no value can be put there safely. `$( … )` does the same without that flaw.',
  },
  SHELL_QUOTED_HEREDOC: {
    title: 'A value stands in a quoted here-document',
    text: "When the delimiter of a here-document is quoted (`<<'EOF'`) the shell expands nothing in it, so a value cannot get in. Write the delimiter without quotes, with `\\$` for each dollar sign of the text, or give the value by `env:`, which the program that reads the text can use.",
  },
  SHELL_HEREDOC: {
    title: 'A here-document cannot be followed',
    text: 'A script with `${{ }}` is read as the shell reads it, and a here-document in it has no plain delimiter, no end, or shares its lines with something else. Use a plain word such as `EOF` as the delimiter, and let it stand alone on a line.',
  },
  SHELL_DESCRIPTOR: {
    title: 'A value names a file descriptor',
    text: 'Bash expands the word behind `>&` and `<&` twice, so a value there could run code. Redirect to a file with `> ${{ … }} 2>&1`.',
  },
  SHELL_RUNS_TEXT: {
    title: 'A value stands where the shell runs or evaluates text',
    text: 'Builtins such as `eval`, `source`, `trap`, `read` and `unset`, and variables such as `PS4` and `PATH`, take a text as a program or as names, so a value there could run code. Assign it to a variable of another name and pass that on, or do without the builtin.',
  },
  SHELL_AS_NAME: {
    title: 'A value stands where a variable is named',
    text: 'In `declare`, `export`, `printf -v`, `[[ -v ]]` and the like, bash evaluates a subscript that is part of the name, so a name that comes from a value could run code. Use a fixed name, or an associative array with the value as the key.',
  },
  SHELL_DIALECT: {
    title: 'A form that not all shells read alike',
    text: 'Shells that are called `sh` read this form in different ways, or only very new shells know it, so giga cannot tell where a value would stand. Say `shell: bash`, or write it in another way.',
  },
  SHELL_UNBALANCED: {
    title: 'The quotes or brackets of a script do not pair up',
    text: 'A script with `${{ }}` is read as the shell reads it, and it ends inside quotes, brackets or a `case`, or closes what it never opened. The shell would refuse it as well: look for the quote that is missing.',
  },
  SHELL_UNCLEAR: {
    title: 'A place in a script has more than one meaning',
    text: 'The meaning depends on an option of the shell or on a rare rule, and giga does not guess where a value is at stake. The hint says how to write it so that there is one meaning.',
  },
  SHELL_TOO_DEEP: {
    title: 'A script is too entangled to be read',
    text: 'More constructs are nested in this script than giga follows. Put the inner part in a function, or the script in a file that the step runs.',
  },
  SHELL_VALUE_IS_PROGRAM: {
    title: 'A value decides which program runs',
    text: 'A `${{ }}` stands where the shell expects the name of a program, so whoever gives the value chooses what runs. That may be what you want; if it is, restrict the value, for example with `enum` on the input.',
  },
  SHELL_MAY_RUN_VALUE: {
    title: 'A value may be run as a program',
    text: 'The value reaches a program that runs text: another shell, `ssh`, `xargs`, `eval`, an interpreter. giga passes it on unchanged, but cannot see what that program makes of it. Give values as arguments (`bash -c \'echo "$1"\' - ${{ … }}`) or as variables, never as program text.',
  },
  SHELL_NOT_INTEGER: {
    title: 'A value in a calculation is no whole number',
    text: 'The shell evaluates the text of what it calculates with, so in `$(( ))`, `(( ))`, `let`, subscripts and `[[ -eq ]]` only whole numbers of 64 bits are let in, without zeros in front, which would mean octal. Convert the value in the expression.',
  },
  SHELL_VALUE_EVALUATED: {
    title: 'A value looks like shell code in a script that evaluates text',
    text: 'The script calculates with variables, or uses `${!x}`, computed subscripts, `declare` or the like, and bash runs commands that stand in the text it evaluates there. This value holds such a command, so the step was not started. Give it by `stdin:` or a file, or keep the evaluation out of this script.',
  },
} as const satisfies Record<string, Explanation>;
