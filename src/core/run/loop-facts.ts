/** What was found inside an iteration that ended well. `while` is that of the next one. */
export interface LoopFacts {
  readonly until?: boolean;
  readonly while?: boolean;
  readonly metric?: number;
}
