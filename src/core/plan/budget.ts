/** A budget as a plan says it. Knows nothing of what is spent. */

/** Bounds of what calls of models take; absent: there is none. How long things may take is said by time limits. */
export interface BudgetSpec {
  readonly usd?: number;
  readonly tokens?: number;
  readonly calls?: number;
}
