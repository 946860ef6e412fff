/**
 * Patterns of paths in `permissions`: `docs/notes.md`, `docs` or `docs/` with all that is in it, `*.md`, `src/**`. Pure: knows no disk.
 * `*` and `?` stand for characters of one name, `**` for any number of whole names. Names are compared as they are written.
 */

/** Names that no pattern ever means: who writes there decides what git and giga do next. */
const OWN_NAMES = /^(?:\.git|\.giga)$/i;
const MAX_LENGTH = 500;
const MAX_NAMES = 32;

/** Whether a text can stand in `read` and `write`: relative, with `/`, and not leading out. */
export function isPathPattern(text: string): boolean {
  const names = namesOf(text);
  if (text.length > MAX_LENGTH || names.length > MAX_NAMES || text.trim() === '') return false;
  if (/^\/|[\\\0[\]{}!]|^[A-Za-z]:/.test(text)) return false;
  return names.every((name) => name !== '..' && (name === '**' || !name.includes('**')));
}

/** Whether one of the patterns means the path, which is relative to the root of the workspace, with `/` and without `.` and `..`. */
export function allowsPath(patterns: readonly string[], path: string): boolean {
  return !isOwnPath(path) && patterns.some((pattern) => matchesPath(pattern, path));
}

/** Whether a path is one of git's or giga's own, in the workspace or in a folder of it. */
export function isOwnPath(path: string): boolean {
  return path.split('/').some((name) => OWN_NAMES.test(name));
}

export function matchesPath(pattern: string, path: string): boolean {
  const folder = wholeFolder(pattern);
  if (folder !== null) return isIn(path, folder);
  return matchNames(namesOf(pattern), path.split('/'));
}

/** Whether all that `inner` means, `outer` means too. False where that is not plain to see. */
export function coversPath(outer: string, inner: string): boolean {
  const folder = wholeFolder(outer);
  if (folder !== null) return isIn(plainStart(inner), folder);
  const wide = namesOf(outer);
  const narrow = namesOf(inner);
  if (wide.join('/') === narrow.join('/')) return true;
  return narrow.every((name) => !isWild(name)) && !inner.endsWith('/') && matchNames(wide, narrow);
}

/** The folder (or the one file) that a pattern means with all that is in it, '' for the workspace; null where it picks some of a folder. */
export function wholeFolder(pattern: string): string | null {
  const names = namesOf(pattern);
  const own = names.at(-1) === '**' ? names.slice(0, -1) : names;
  return own.some(isWild) ? null : own.join('/');
}

/** The names before the first that stands for more than itself. */
function plainStart(pattern: string): string {
  const names = namesOf(pattern);
  const first = names.findIndex(isWild);
  return (first < 0 ? names : names.slice(0, first)).join('/');
}

function namesOf(pattern: string): readonly string[] {
  return pattern.split('/').filter((name) => name !== '' && name !== '.');
}

function isWild(name: string): boolean {
  return /[*?]/.test(name);
}

function isIn(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** Each name of the path is taken once for each name of the pattern, whatever the pattern is. */
function matchNames(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = new Set([0]);
  const skip = (at: number): number[] => (pattern[at] === '**' ? [at, ...skip(at + 1)] : [at]);
  reached = new Set([...reached].flatMap(skip));
  for (const name of path) {
    const next = new Set<number>();
    for (const at of reached) {
      const wanted = pattern[at];
      if (wanted === undefined) continue;
      if (wanted === '**') for (const one of skip(at)) next.add(one);
      else if (matchName(wanted, name)) for (const one of skip(at + 1)) next.add(one);
    }
    reached = next;
  }
  return reached.has(pattern.length);
}

/** In time that is bounded by the product of both lengths. */
export function matchName(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let i = 0; i < name.length; ) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      retry = i;
    } else if (wanted === '?' || wanted === name[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
