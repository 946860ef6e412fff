/** Bounds on documents, all of them checked before or while a text is read, never after. Knows no keys. */

/** UTF-16 units of one file; a generated workflow of 100,000 steps takes about a third. */
export const MAX_TEXT_UNITS = 16 * 1024 * 1024;

/** Levels of lists and maps in one another. */
export const MAX_DEPTH = 128;

/** Lexical tokens of a text that only the full parser can read; each costs it some microseconds. */
export const MAX_TOKENS = 3_000_000;

export const MAX_ALIASES = 1_000;

/** Values that all aliases of a document together may stand for. */
export const MAX_EXPANDED_NODES = 100_000;

/** Diagnostics reported for one document. */
export const MAX_PROBLEMS = 100;
