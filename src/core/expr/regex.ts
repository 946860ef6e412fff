/** Regular expressions in linear time (RE2's syntax, without look-around and back references). Knows no values. */
import { RE2JS } from 're2js';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { type Budget, type Halt, halt } from './halt.ts';

const MAX_PATTERN_LENGTH = 1_000;
/** Instructions of a pattern times characters of a text that cost as much as one step. */
const WORK_PER_STEP = 50;

export interface Pattern {
  /** Instructions of the compiled program; matching takes at most this times the length of the text. */
  readonly size: number;
  find(text: string): boolean;
}

/** Whether the pattern matches anywhere in the text. */
export function findPattern(source: string, text: string, budget: Budget): boolean | Halt {
  const known = budget.patterns.get(source);
  const pattern = known ?? compile(source);
  if ('error' in pattern) return pattern;
  budget.patterns.set(source, pattern);
  // Compiling costs about as much as matching a hundred characters.
  const characters = text.length + (known ? 0 : 100);
  return budget.step(Math.ceil((characters * pattern.size) / WORK_PER_STEP)) ?? pattern.find(text);
}

/** Why a text is no pattern; null when it is one. */
export function patternProblem(source: string): Diagnostic | null {
  const compiled = compile(source);
  return 'error' in compiled ? compiled.error : null;
}

function compile(source: string): Pattern | Halt {
  if (source.length > MAX_PATTERN_LENGTH) {
    return halt('EXPR_PATTERN', `A pattern is longer than ${MAX_PATTERN_LENGTH} characters.`);
  }
  try {
    const compiled = RE2JS.compile(source);
    return { size: compiled.programSize(), find: (text) => compiled.matcher(text).find() };
  } catch (error) {
    const reason = (error as Error).message.replace(/^error parsing regexp: /, ''); // RE2JS throws nothing else
    return halt('EXPR_PATTERN', `The pattern ${JSON.stringify(source)} is not valid: ${reason}.`, PATTERN_HINT);
  }
}

const PATTERN_HINT = 'Patterns have the syntax of RE2: no look-around, no back references.';
