/**
 * Puts references to variables where `${{ }}` stood in a PowerShell script. PowerShell never evaluates the text of a variable,
 * so it is safe in two places: inside double quotes, and as a bare argument of its own. Anywhere else is refused.
 */
import type { LoweredScript, RefusedScript, ShellProblem, ShellRef } from '../lower-shell/lowered.ts';

interface Hole {
  readonly start: number;
  readonly end: number;
}

/** `lost`: behind a `$( )` inside quotes, which is not followed. */
type Mode = 'code' | 'double' | 'single' | 'here-double' | 'here-single' | 'comment' | 'block-comment' | 'lost';

interface Reader {
  mode: Mode;
  output: string;
  /** The last character of the output: to look for it there would make one text of all its pieces, each time. */
  last: string;
  readonly refs: ShellRef[];
  readonly problems: ShellProblem[];
}

/** What may stand before and behind a bare argument: one character, or nothing. */
const BEFORE = /^[\s(,;|{]?$/;
const AFTER = /^(?:$|[\s),;|}])/;
/** Commands that run a text as a program. */
const EVALUATES = /\b(?:invoke-expression|iex|invoke-command|add-type|scriptblock)\b/i;

export function lowerPwsh(parts: readonly (string | Hole)[]): LoweredScript | RefusedScript {
  const reader: Reader = { mode: 'code', output: '', last: '', refs: [], problems: [] };
  let index = 0;
  for (const [place, part] of parts.entries()) {
    if (typeof part === 'string') {
      readText(reader, part);
      continue;
    }
    const next = parts[place + 1];
    putHole(reader, part, index, typeof next === 'string' ? next : next === undefined ? '' : '?');
    index += 1;
  }
  const text = parts.filter((part) => typeof part === 'string').join(' ');
  if (EVALUATES.test(text))
    reader.problems.push(
      refusal(0, parts.find((part) => typeof part !== 'string')?.start ?? 0, 'the script runs texts as programs'),
    );
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, script: reader.output, refs: reader.refs, guard: null, warnings: [], worker: false };
}

function putHole(reader: Reader, hole: Hole, index: number, following: string): void {
  const name = `GIGA_V${index}`;
  const refuse = (why: string): void => void reader.problems.push(refusal(index, hole.start, why));
  const put = (context: ShellRef['context']): void => {
    reader.output += `\${env:${name}}`;
    reader.last = '}';
    reader.refs.push({ index, name, integer: false, context });
  };
  if (reader.mode === 'comment' || reader.mode === 'block-comment') return;
  if (reader.mode === 'single' || reader.mode === 'here-single')
    return refuse('nothing is expanded inside single quotes');
  if (reader.mode === 'lost') return refuse('it stands behind a `$( )` inside of quotes');
  if (/[`$]/.test(reader.last)) return refuse('it stands behind a backtick or a dollar sign');
  if (reader.mode !== 'code') return put('double-quotes');
  if (!BEFORE.test(reader.last) || !AFTER.test(following)) return refuse('it is glued to other text outside of quotes');
  put('word');
}

function refusal(index: number, offset: number, why: string): ShellProblem {
  return {
    code: 'PLAN_VALUE_IN_PROGRAM',
    message: `A value cannot stand here in a PowerShell script: ${why}.`,
    hint: 'Put it inside double quotes, or in `env:` and read `$env:NAME`.',
    index,
    offset,
  };
}

function readText(reader: Reader, text: string): void {
  for (let at = 0; at < text.length; ) {
    const length = stepOver(reader, text, at);
    reader.output += text.slice(at, at + length);
    at += length;
    reader.last = text.charAt(Math.min(at, text.length) - 1);
  }
}

/** Takes the next token, follows the change of mode that it makes, and gives its length. */
function stepOver(reader: Reader, text: string, at: number): number {
  const here = text.slice(at, at + 2);
  switch (reader.mode) {
    case 'code':
      return inCode(reader, text, at, here);
    case 'double':
      return inDouble(reader, text, at, here);
    case 'single':
      if (isSingle(here[0]) && isSingle(here[1])) return 2;
      if (isSingle(here[0])) reader.mode = 'code';
      return 1;
    case 'here-double':
    case 'here-single':
      return inHere(reader, text, at);
    case 'lost':
      return text.length - at;
    case 'comment':
      if (here[0] === '\n') reader.mode = 'code';
      return 1;
    case 'block-comment':
      if (here !== '#>') return 1;
      reader.mode = 'code';
      return 2;
    default:
      return reader.mode satisfies never;
  }
}

function inCode(reader: Reader, text: string, at: number, here: string): number {
  if (here[0] === '`') return 2;
  const open = /^@(["'\u201C-\u201E\u2018-\u201B])[ \t]*\r?\n/.exec(text.slice(at, at + 80));
  if (open !== null) {
    reader.mode = isDouble(open[1]) ? 'here-double' : 'here-single';
    return open[0].length - 1;
  }
  if (here === '<#') reader.mode = 'block-comment';
  else if (here[0] === '#' && /^[\s(){};|,]?$/.test(reader.last)) reader.mode = 'comment';
  else if (isDouble(here[0])) reader.mode = 'double';
  else if (isSingle(here[0])) reader.mode = 'single';
  return here === '<#' ? 2 : 1;
}

function inDouble(reader: Reader, text: string, at: number, here: string): number {
  if (here[0] === '`') return 2;
  if (isDouble(here[0]) && isDouble(here[1])) return 2;
  // Inside `$( )` there is code again, which this reader does not follow: what comes after it is refused.
  if (here === '$(') {
    reader.mode = 'lost';
    return text.length - at;
  }
  if (isDouble(here[0])) reader.mode = 'code';
  return 1;
}

/** A here-string ends with its quote and `@` at the beginning of a line. */
function inHere(reader: Reader, text: string, at: number): number {
  const close = reader.mode === 'here-double' ? /^\n["\u201C-\u201E]@/ : /^\n['\u2018-\u201B]@/;
  if (reader.mode === 'here-double' && text[at] === '`') return 2;
  if (reader.mode === 'here-double' && text.startsWith('$(', at)) {
    reader.mode = 'lost';
    return text.length - at;
  }
  if (!close.test(text.slice(at, at + 3))) return 1;
  reader.mode = 'code';
  return 3;
}

/** PowerShell takes typographic quotes for plain ones. */
function isDouble(character: string | undefined): boolean {
  return character !== undefined && /["\u201C-\u201E]/.test(character);
}

function isSingle(character: string | undefined): boolean {
  return character !== undefined && /['\u2018-\u201B]/.test(character);
}
