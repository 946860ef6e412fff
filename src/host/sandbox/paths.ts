/** From patterns of `permissions` to files and folders of a disk. What leads elsewhere through a link is refused. Makes folders that may be written. */
import { lstatSync, mkdirSync, readdirSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { glob } from 'tinyglobby';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { allowsPath, isOwnPath, wholeFolder } from '../../core/permissions/path-patterns.ts';
import { mayRead, type Permissions } from '../../core/permissions/permissions.ts';
import { isSecretFile, SECRET_GLOBS } from '../../core/permissions/secret-files.ts';
import { errorCode } from '../files.ts';

/** Files that patterns with `*` may mean at once. */
const MAX_FILES = 2_000;
/** What git and giga keep, and what others made: nobody's own files. */
const PASSED_OVER = ['**/.git/**', '**/.giga/**', '**/node_modules/**'];

/** What is there, relative to the root: '' is the root itself. `root` is a real path. */
export async function placesOf(
  root: string,
  patterns: readonly string[],
  { makes }: { readonly makes: boolean },
): Promise<Result<readonly string[]>> {
  const places = new Set<string>();
  for (const pattern of patterns) {
    const folder = wholeFolder(pattern);
    const found = folder === null ? await filesOf(root, pattern) : placeOf(root, pattern, folder, makes);
    if (!Array.isArray(found)) return { ok: false, diagnostics: [found as Diagnostic] }; // what is no list is a diagnostic
    for (const place of found) places.add(place);
  }
  const list = [...places].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (list.length > MAX_FILES) return { ok: false, diagnostics: [tooMany(list.length)] };
  return {
    ok: true,
    value: list.filter(
      (place) => !list.some((outer) => outer !== place && isIn(place, outer) && isFolder(join(root, outer))),
    ),
  };
}

/** A file or folder that is named; a folder that is meant as one is made. */
function placeOf(root: string, pattern: string, place: string, makes: boolean): readonly string[] | Diagnostic {
  if (place !== '' && isOwnPath(place)) return [];
  const path = join(root, place);
  try {
    const there = nearestThere(path);
    if (realpathSync(there) === there) {
      if (there === path) return [place];
      if (!makes || !/\/(?:\*\*)?$/.test(pattern)) return [];
      mkdirSync(path, { recursive: true });
      return [place];
    }
    return problem('STEP_SANDBOX_FAILED', `\`${pattern}\` leads elsewhere through a symbolic link.`, {
      hint: 'Name the place that it leads to, if that is in the workspace.',
    });
  } catch (error) {
    return problem('STEP_SANDBOX_FAILED', `\`${pattern}\` cannot be used: ${errorCode(error) ?? String(error)}.`);
  }
}

/** The path itself, or the nearest folder above it, that is there; a link is, wherever it leads. */
function nearestThere(path: string): string {
  let at = path;
  while (statOf(at) === null && dirname(at) !== at) at = dirname(at);
  return at;
}

/** The plain files that a pattern means. */
async function filesOf(root: string, pattern: string): Promise<readonly string[]> {
  const found = await glob([pattern], { cwd: root, dot: true, followSymbolicLinks: false, ignore: PASSED_OVER });
  return found.filter((path) => allowsPath([pattern], path) && realpathSync(join(root, path)) === join(root, path));
}

/** Files that keep secrets and may not be read; relative to the root. */
export async function secretFiles(root: string, permissions: Pick<Permissions, 'read'>): Promise<readonly string[]> {
  const found = await glob([...SECRET_GLOBS], {
    cwd: root,
    dot: true,
    followSymbolicLinks: false,
    ignore: PASSED_OVER,
  });
  const closed = found.filter((path) => isSecretFile(path) && !mayRead(whole(permissions), path));
  const places = closed.flatMap((path) => {
    try {
      const real = realpathSync(join(root, path));
      return isIn(real, root) ? [real.slice(root.length + 1)] : []; // what lies outside is not there anyway
    } catch {
      return [];
    }
  });
  return [...new Set(places)];
}

function whole({ read }: Pick<Permissions, 'read'>): Permissions {
  return { read, write: [], run: null, tools: null, env: [], net: [], named: [] };
}

/** Repositories in what may be written, the workspace's own too: what git does there is not to be changed. Those that lie very deep are not found. */
export function repositoriesIn(root: string, places: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const folders = places.filter((place) => isFolder(join(root, place))).map((place) => ({ place, depth: 0 }));
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const entry of readdirSync(join(root, at.place), { withFileTypes: true })) {
      const place = join(at.place, entry.name);
      if (entry.name === '.git') found.add(place);
      else if (entry.isDirectory() && at.depth < MAX_DEPTH && !NOBODYS.has(entry.name))
        folders.push({ place, depth: at.depth + 1 });
    }
  }
  return [...found];
}

const MAX_DEPTH = 8;
const NOBODYS: ReadonlySet<string> = new Set(['.giga', 'node_modules']);

export function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

export function isIn(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

function tooMany(count: number): Diagnostic {
  return problem(
    'STEP_SANDBOX_FAILED',
    `The patterns of \`permissions\` mean ${count} files; ${MAX_FILES} can be had.`,
    {
      hint: 'Name folders (`src/**`) instead.',
    },
  );
}
