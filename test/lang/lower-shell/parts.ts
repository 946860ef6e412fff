/** Splits scripts for tests: `${{ name }}` is a hole, and `name` says which value it gets. */
import type { Hole, ScriptPart } from '../../../src/lang/lower-shell/index.ts';

export interface NamedHole extends Hole {
  readonly source: string;
}

export function split(script: string): { parts: readonly ScriptPart[]; holes: readonly NamedHole[] } {
  const parts: ScriptPart[] = [];
  const holes: NamedHole[] = [];
  let from = 0;
  for (const match of script.matchAll(/\$\{\{ ([\w.]+) \}\}/g)) {
    const hole = { start: match.index + 4, end: match.index + 4 + (match[1] ?? '').length, source: match[1] ?? '' };
    parts.push(script.slice(from, match.index), hole);
    holes.push(hole);
    from = match.index + match[0].length;
  }
  parts.push(script.slice(from));
  return { parts, holes };
}
