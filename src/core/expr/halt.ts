/** Why an evaluation gave no value, and the bounds that keep it from growing. Knows no nodes. */
import type { Code } from '../diagnostic/catalog.ts';
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Capture } from './ast.ts';
import type { Pattern } from './regex.ts';

/** Nodes that one evaluation may visit, items of lists included. */
const MAX_STEPS = 1_000_000;
/** Characters and items of one value. */
const MAX_SIZE = 10_000_000;
/** Characters and items that one evaluation may make altogether. */
const MAX_TOTAL_SIZE = 5 * MAX_SIZE;

/** Stands in for a value that could not be computed: passed on by everything that meets it. */
export class Halt {
  /** Null when a capture is missing: the value can be computed later. */
  readonly error: Diagnostic | null;
  constructor(error: Diagnostic | null) {
    this.error = error;
  }
}

export const MISSING = new Halt(null);

export function halt(code: Code, message: string, hint?: string): Halt {
  return new Halt(problem(code, message, hint === undefined ? {} : { hint }));
}

/** Counts what one evaluation does and makes, notes what it needs from outside, and keeps what would be slow to make twice. */
export class Budget {
  /** Of large objects: their keys by their upper case. */
  readonly foldedKeys = new WeakMap<object, ReadonlyMap<string, string>>();
  readonly patterns = new Map<string, Pattern>();
  private readonly needed = new Map<string, Capture>();
  private steps = 0;
  private total = 0;

  /** Takes `count` steps; gives why not, or null. */
  step(count = 1): Halt | null {
    this.steps += count;
    if (this.steps <= MAX_STEPS) return null;
    return halt('EXPR_TOO_MUCH_WORK', `The expression takes more than ${MAX_STEPS} steps to compute.`, WORK_HINT);
  }

  /** Makes a value of `size` characters or items; gives why not, or null. */
  make(size: number): Halt | null {
    this.total += size;
    if (size <= MAX_SIZE && this.total <= MAX_TOTAL_SIZE) return null;
    return halt('EXPR_TOO_LARGE', 'A value in the expression grows larger than 10 MB.', WORK_HINT);
  }

  /** Notes that a capture is missing. */
  need(capture: Capture): Halt {
    this.needed.set(capture.key, capture);
    return MISSING;
  }

  /** What was missing, each once. */
  get captures(): readonly Capture[] {
    return [...this.needed.values()];
  }
}

const WORK_HINT = 'Do this in a step with `run`, and use its output.';
