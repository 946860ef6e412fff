/** Whether a script may run in a shell that is shared with other steps. Unsure is no. */

import { commandFrame } from './frames.ts';
import { lex } from './lex.ts';
import { UNFIT } from './programs.ts';
import { MARK, newFindings, newScan } from './scan.ts';

/** One command of words that no shell treats in a special way. */
const SIMPLE = /^[\w./:=,+@%^-]+(?:[ \t]+[\w./:=,+@%^-]+)*\n?$/;
/** Words that need a closer look, beside the programs that never fit. */
const CLOSER_LOOK = new Set('if for while until case select function time set command builtin'.split(' '));
/** What shows the shell itself: its process, its descriptors, its own variables. */
const SHOWS_SHELL =
  /\$[$_-]|\$0|\$\{[$_0-]|\/proc\b|\/dev\/fd\b|\b(?:BASH\w*|SHLVL|LINENO|SECONDS|PPID|FUNCNAME|DIRSTACK|SHELLOPTS|PROMPT_COMMAND|PS4|OPTIND)\b/;

/** Whether nothing in a bash script forbids a persistent worker. The same lexer decides as for values; fast for plain commands. */
export function fitsWorker(script: string): boolean {
  if (SHOWS_SHELL.test(script)) return false;
  if (SIMPLE.test(script)) {
    const words = script.trim().split(/[ \t]+/);
    if (!words.some((word) => UNFIT.has(word) || UNFIT.has(baseName(word)) || CLOSER_LOOK.has(word))) return true;
  }
  if (script.includes('\0') || script.includes(MARK)) return false;
  const findings = newFindings();
  lex(newScan(script, commandFrame(null), { dialect: 'bash', findings }));
  return isFit(script, findings);
}

/** The verdict after a pass over the script. */
export function isFit(
  script: string,
  findings: { readonly unfit: boolean; readonly problems: readonly unknown[] },
): boolean {
  return !findings.unfit && findings.problems.length === 0 && !SHOWS_SHELL.test(script);
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}
