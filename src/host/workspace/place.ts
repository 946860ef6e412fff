/** Finds out where a file of the workspace really lies, and refuses what lies outside. Knows links and folders, writes no file. */
import type { Stats } from 'node:fs';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { FileTarget } from '../../core/workspace-files.ts';
import { errorCode } from '../files.ts';

/** A file by its real folder and its name in it: no link is left in either. */
export interface RealPlace {
  readonly root: string;
  readonly folder: string;
  readonly name: string;
  /** Permission bits of the file that is there; null when there is none. */
  readonly mode: number | null;
}

/** Links may be followed this often before they count as a circle. */
const MAX_LINKS = 16;

/** The real place of a file; the folders above it are made. What the disk refuses is thrown. */
export async function findPlace(target: FileTarget): Promise<Result<RealPlace>> {
  if (target.path === '' || /[\0]|[\\/]$/.test(target.path)) {
    const hint = 'Name a file, such as `out/report.json`.';
    return refuse(problem('STEP_BAD_REQUEST', `\`${shown(target.path)}\` is not the path of a file.`, { hint }));
  }
  const root = await realpath(target.root);
  let wanted = resolve(target.folder, target.path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const folder = await realFolder(dirname(wanted), root);
    if (folder === null) return refuse(outside(target));
    const place = { root, folder, name: basename(wanted) };
    const found = await statOf(join(folder, place.name));
    if (found === null) return { ok: true, value: { ...place, mode: null } };
    if (found.isFile()) return { ok: true, value: { ...place, mode: found.mode & 0o777 } };
    if (!found.isSymbolicLink()) return refuse(notAFile(target));
    wanted = await realpath(join(folder, place.name)); // a dangling link throws ENOENT: nobody says where it should lead
  }
  return refuse(outside(target));
}

/** The real path of a folder inside of the root, made where it is missing; null when it lies outside. */
export async function realFolder(folder: string, root: string): Promise<string | null> {
  const missing: string[] = [];
  let at = folder;
  let real: string | null = null;
  while (real === null) {
    real = await realpath(at).catch((error: unknown) => {
      // A dangling link is no missing folder: making it would follow the link.
      if (errorCode(error) !== 'ENOENT' || dirname(at) === at) throw error;
      return null;
    });
    if (real !== null) break;
    if ((await statOf(at)) !== null) return null;
    missing.unshift(basename(at));
    at = dirname(at);
  }
  if (!isInside(real, root)) return null;
  const made = join(real, ...missing);
  if (missing.length > 0) await mkdir(made, { recursive: true });
  // Whoever put a link where a folder was to be made has not been followed unseen.
  return (await realpath(made)) === made ? made : null;
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

export function outside(target: FileTarget): Diagnostic {
  return problem('STEP_WRITE_OUTSIDE', `\`${shown(target.path)}\` lies outside of the workspace.`, {
    hint: 'Write below the root of the workspace, and move the file with a `run` step if it must be elsewhere.',
  });
}

function notAFile(target: FileTarget): Diagnostic {
  return problem('STEP_WRITE_FAILED', `At \`${shown(target.path)}\` there is something that is not a file.`, {
    hint: 'Name another path, or remove what is there.',
  });
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [diagnostic] };
}

/** A path in a message, in one line. */
export function shown(path: string): string {
  const text = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path).slice(1, -1);
  return text.replaceAll('`', "'");
}
