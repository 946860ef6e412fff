/**
 * Lowers the `${{ }}` of a shell script to references to environment variables, each quoted for the place where it stands.
 * A value is never part of the program, whatever this lexer believes: a wrong guess can split or lose a value, not run it,
 * except where the shell evaluates text, which is why values there must be whole numbers or pass a guard.
 * Where the lexer is not sure, it refuses. Knows no expressions and no values.
 */
import type { ScriptRequest } from '../../core/plan/run-request.ts';
import { commandFrame } from './frames.ts';
import { lex } from './lex.ts';
import type { Dialect, Hole, LoweredScript, RefusedScript, ScriptPart, ShellProblem } from './lowered.ts';
import { type Findings, MARK, newFindings, newScan } from './scan.ts';
import { fitsWorker, isFit } from './worker.ts';

export type { Dialect, Hole, LoweredScript, RefusedScript, ScriptPart } from './lowered.ts';
export { fitsWorker };

/** Variables and constructs through which bash runs an expansion that stands in a value as it is. */
const RUNS_EXPANSIONS = /@P\}|\b(?:PS[0-4]|PROMPT_COMMAND|BASH_ENV)\b|\bENV=/;

/**
 * Lowers a script. Every placeholder that cannot stand where it does is reported, unless the lexer lost its way before.
 * `source`, the text that the parts were split from, makes the offsets of problems in the text exact.
 */
export function lowerScript(
  parts: readonly ScriptPart[],
  dialect: Dialect,
  source?: string,
): LoweredScript | RefusedScript {
  const holes = parts.filter((part) => typeof part !== 'string');
  const text = textWithMarks(parts, MARK);
  const character = badCharacter(parts, holes.length > 0);
  if (character !== null) return { ok: false, problems: located([character], parts, source) };
  if (holes.length === 0) return unchanged(text, dialect);
  const findings = newFindings();
  const scan = newScan(text, commandFrame(null), { dialect, findings });
  lex(scan);
  if (findings.next !== holes.length && !findings.stopped) throw new Error('Bug: the lexer lost a placeholder');
  noteWholeScript(text, findings);
  if (findings.problems.length > 0) return { ok: false, problems: located(findings.problems, parts, source) };
  return {
    ok: true,
    script: scan.out,
    refs: findings.refs,
    guard: guardOf(text, findings),
    warnings: warningsOf(findings),
    worker: dialect === 'bash' && isFit(text, findings),
  };
}

function unchanged(script: string, dialect: Dialect): LoweredScript {
  return { ok: true, script, refs: [], guard: null, warnings: [], worker: dialect === 'bash' && fitsWorker(script) };
}

function badCharacter(parts: readonly ScriptPart[], hasHoles: boolean): ShellProblem | null {
  const wrong = hasHoles ? /[\0\uFDD0]/ : /\0/;
  const at = textWithMarks(parts, '\u0001').search(wrong);
  if (at < 0) return null;
  return {
    code: 'SHELL_BAD_CHARACTER',
    message: 'The script holds the character NUL or U+FDD0, which no script can have.',
    hint: "Remove it, or let `printf '\\0'` make it.",
    index: null,
    offset: at,
  };
}

function textWithMarks(parts: readonly ScriptPart[], mark: string): string {
  return parts.map((part) => (typeof part === 'string' ? part : mark)).join('');
}

function noteWholeScript(text: string, findings: Findings): void {
  if (RUNS_EXPANSIONS.test(text)) findings.expands = true;
  if (!text.includes('expand_aliases')) return;
  findings.problems.push({
    code: 'SHELL_UNCLEAR',
    message: 'Aliases are on in this script, so its words may mean something else than they say.',
    hint: 'Use functions, or give the values by `env:`.',
    index: null,
    offset: text.indexOf('expand_aliases'),
  });
}

function guardOf(text: string, findings: Findings): ScriptRequest['guard'] {
  if (!findings.evaluates && !findings.expands) return null;
  return findings.expands || hasComputedSubscript(text) ? 'expansion' : 'subscript';
}

/** Whether an expansion stands in a subscript anywhere: there a value needs no bracket of its own to be evaluated. */
function hasComputedSubscript(text: string): boolean {
  let open = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === ']') open = false;
    else if (c === '[') open ||= !/[\s[]/.test(text[i - 1] ?? ' ') || /["'$\uFDD0]/.test(text[i + 1] ?? '');
    else if (open && (c === '$' || c === '`' || c === MARK)) return true;
  }
  return false;
}

/** Without what is said of the whole script where it is already said of one value. */
function warningsOf({ warnings }: Findings): LoweredScript['warnings'] {
  const seen = new Set(warnings.filter((w) => w.index !== null).map((w) => w.by));
  return warnings.filter((w) => w.index !== null || (!seen.has(w.by) && seen.add(w.by)));
}

/** Gives each problem its place in the source: that of its `${{ }}`, or that of the text. */
function located(problems: readonly ShellProblem[], parts: readonly ScriptPart[], source?: string): ShellProblem[] {
  const holes = parts.filter((part) => typeof part !== 'string');
  return problems.map((p) => ({ ...p, offset: holes[p.index ?? -1]?.start ?? sourceOffset(parts, p.offset, source) }));
}

/** Where a character of the text with marks stands in the source. */
function sourceOffset(parts: readonly ScriptPart[], offset: number, source?: string): number {
  let left = offset;
  let start = 0;
  for (const part of parts) {
    const length = typeof part === 'string' ? part.length : 1;
    if (typeof part !== 'string') start = part.start;
    if (left < length) return start + left;
    left -= length;
    start = typeof part === 'string' ? start + length : endOfHole(part, source);
  }
  return start;
}

/** Behind the `}}`. Without the source, an expression is taken to have one blank before it. */
function endOfHole({ end }: Hole, source?: string): number {
  const close = source?.indexOf('}}', end) ?? -1;
  return close < 0 ? end + 3 : close + 2;
}
