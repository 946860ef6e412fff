/** Finds where a script lets a variable of its environment be run: `eval "$X"`, `bash -c "$X"`, `$X` as the program. Knows scripts, no flows. */
import { lowerScript, type ScriptPart } from '../lower-shell/index.ts';

export interface RunVariable {
  readonly name: string;
  /** Where `$NAME` stands in the script. */
  readonly from: number;
  readonly to: number;
  /** A program that may run it, or `''` where it is the program itself. */
  readonly by: string;
}

/** What is left as it is: escapes, comments of a word's length, and all in single quotes; then a variable by itself. */
const PIECE = /\\[^]|"|'[^']*'|\$\{\{[^]*?\}\}|\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/** `names` are those that anybody may have written. A variable is judged as if its value stood there as `${{ }}`. */
export function runVariables(
  script: string,
  dialect: 'bash' | 'sh',
  names: ReadonlySet<string>,
): readonly RunVariable[] {
  const reads = readsIn(script, names);
  if (reads.length === 0) return [];
  const parts: ScriptPart[] = [];
  let end = 0;
  for (const { from, to } of reads) {
    parts.push(script.slice(end, from).replaceAll(/\$\{\{[^]*?\}\}/g, 'x'), { start: from, end: to });
    end = to;
  }
  parts.push(script.slice(end).replaceAll(/\$\{\{[^]*?\}\}/g, 'x'));
  const lowered = lowerScript(parts, dialect);
  const found = lowered.ok
    ? lowered.warnings.map(({ code, index, by }) => ({ index, by: code === 'SHELL_VALUE_IS_PROGRAM' ? '' : by }))
    : lowered.problems.flatMap(({ code, index }) => (code === 'SHELL_RUNS_TEXT' ? [{ index, by: 'the shell' }] : []));
  return found.flatMap(({ index, by }) =>
    (index === null ? [] : reads.slice(index, index + 1)).map((read) => ({ ...read, by })),
  );
}

function readsIn(script: string, names: ReadonlySet<string>): readonly Omit<RunVariable, 'by'>[] {
  const reads: Omit<RunVariable, 'by'>[] = [];
  let isQuoted = false;
  PIECE.lastIndex = 0;
  for (let match = PIECE.exec(script); match !== null; match = PIECE.exec(script)) {
    const [text, braced, bare] = match;
    const name = braced ?? bare;
    if (text === '"') isQuoted = !isQuoted;
    // Inside double quotes a single one is a character like any other.
    else if (text.startsWith("'") && isQuoted) PIECE.lastIndex = match.index + 1;
    else if (name !== undefined && names.has(name))
      reads.push({ name, from: match.index, to: match.index + text.length });
  }
  return reads;
}
