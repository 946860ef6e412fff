/** What makes a glob one that is not looked for. Knows no files. */

/**
 * A longer one may become a regular expression that is too large: the engine says so from within a callback of the file system, where
 * nobody can catch it.
 */
const MAX_LENGTH = 1_000;

/** Why a glob is refused, after its name; null when it is not. */
export function globFault(glob: string): string | null {
  if (glob.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  return glob.includes('\0') ? 'holds a NUL character, which no path has' : null;
}

/** A glob as a message names it. */
export function shownGlob(glob: string): string {
  return glob.length > 60 ? `${glob.slice(0, 60)}…` : glob.replaceAll('\0', '\\0');
}
