/** Checks the values of a lowered script before it starts. Pure; knows no script and no expression. */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { known } from '../known.ts';
import type { ScriptRequest } from '../plan/run-request.ts';

/** Bytes of `NAME=value` that Linux takes as one environment string, its closing NUL not counted. */
export const MAX_VARIABLE_BYTES = 131_071;

/** What a lowered script wants of its values, with secrets already put in. */
export type ValueRequest = Omit<Pick<ScriptRequest, 'values' | 'integers' | 'guard'>, 'values'> & {
  readonly values: Readonly<Record<string, string>>;
};

/**
 * The first thing that is wrong with the values, or null. A message names a value by `describe(name)`, and quotes a value
 * only whole, so that masking finds it.
 */
export function checkValues(request: ValueRequest, describe: (name: string) => string = ownName): Diagnostic | null {
  for (const [name, value] of Object.entries(request.values)) {
    const wrong =
      checkPassable(name, value, describe) ??
      (request.integers.includes(name) ? checkInteger(value, describe(name)) : null);
    if (wrong !== null) return wrong;
  }
  const evaluable = evaluableName(request);
  return evaluable === null ? null : evaluated(describe(evaluable));
}

function ownName(name: string): string {
  return `\`$${name}\``;
}

/** NUL, and halves of characters: with the flag `u` a pair of surrogates is one character. */
const UNPASSABLE = /[\0\p{Surrogate}]/u;

/** Whether a value can be an environment string at all. */
function checkPassable(name: string, value: string, describe: (name: string) => string): Diagnostic | null {
  if (UNPASSABLE.test(value)) {
    const what = value.includes('\0') ? 'the character NUL' : 'half of a character (a lone surrogate)';
    return problem('STEP_BAD_VALUE', `The value of ${describe(name)} holds ${what}, which no program can be given.`, {
      hint: 'Encode it, for example with `base64(…)`, or hand it over in a file.',
    });
  }
  // Three bytes a character at most: short values need no counting.
  if (value.length * 3 + name.length < MAX_VARIABLE_BYTES) return null;
  const bytes = Buffer.byteLength(value) + name.length + 1;
  if (bytes <= MAX_VARIABLE_BYTES) return null;
  return problem(
    'STEP_VALUE_TOO_LARGE',
    `The value of ${describe(name)} has ${Buffer.byteLength(value)} bytes; a program can be given about 128 KiB in one value.`,
    {
      hint: 'Give it by `stdin:`, or hand over a file and its path.',
    },
  );
}

/** Whole numbers of 64 bits, in decimal: a zero in front would make the shell read octal. */
function checkInteger(value: string, what: string): Diagnostic | null {
  if (/^[+-]?(?:0|[1-9][0-9]{0,18})$/.test(value) && fits64Bits(value)) return null;
  const shown = value.length <= 40 ? `is ${JSON.stringify(value)}` : `has ${value.length} characters`;
  return problem(
    'SHELL_NOT_INTEGER',
    `${what} must be a whole number, because the shell calculates with it; it ${shown}.`,
    {
      hint: /^[+-]?0[0-9]+$/.test(value)
        ? 'The shell reads a number that begins with 0 as octal: remove the zeros, for example with `int(…)`.'
        : 'Convert it in the expression, for example with `int(…)`, or keep it out of the calculation.',
    },
  );
}

function fits64Bits(value: string): boolean {
  const number = BigInt(value);
  return BigInt.asIntN(64, number) === number;
}

/** A bracket that follows a name (or begins the value, and may follow one) opens a subscript where the shell evaluates text. */
const SUBSCRIPT = /(?:^|[^\s!-/:-@[-^`{-~])\[/;
/** Runs a command inside such a subscript; a `$` at the end may meet its parenthesis in the script. */
const EXPANSION = /`|\$[({[]|\$$/;

/** The first value that could run code in a script that evaluates text. Values are judged together, since a script may join them. */
function evaluableName({ values, guard }: ValueRequest): string | null {
  if (guard === null) return null;
  const expanding = Object.keys(values).find((name) => EXPANSION.test(known(values[name])));
  if (expanding === undefined || guard === 'expansion') return expanding ?? null;
  return Object.values(values).some((value) => SUBSCRIPT.test(value)) ? expanding : null;
}

function evaluated(what: string): Diagnostic {
  return problem(
    'SHELL_VALUE_EVALUATED',
    `The value of ${what} looks like shell code, and this script evaluates text of its variables.`,
    {
      hint: 'Give the value by `stdin:` or a file, or keep arithmetic, `${!x}`, subscripts and `declare` out of this script.',
    },
  );
}
