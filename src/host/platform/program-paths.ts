/** The places where a program can be, in the order in which the system looks. Knows no disk. */
import { posix, win32 } from 'node:path';
import { type Platform, variable } from './platform.ts';

/** Looked up on PATH, not a path itself. */
function isBareName(name: string, platform: Platform): boolean {
  return platform.name === 'windows' ? !/[\\/:]/.test(name) : !name.includes('/');
}

/** Windows finds `tool` as `tool.exe` and so on; elsewhere a name is complete. */
function suffixes(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: Platform,
): readonly string[] {
  if (platform.name !== 'windows') return [''];
  const known = (variable(env, 'PATHEXT', platform) ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  const isComplete = known.some((suffix) => name.toLowerCase().endsWith(suffix.toLowerCase()));
  return isComplete ? ['', ...known] : known;
}

/**
 * Absolute paths at which to look for `name`, best first. An empty folder in PATH is `cwd`, as POSIX has it;
 * an absent PATH gives no place at all.
 */
export function programPaths(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  platform: Platform,
): readonly string[] {
  const path = platform.name === 'windows' ? win32 : posix;
  const ends = suffixes(name, env, platform);
  if (!isBareName(name, platform)) return ends.map((end) => path.resolve(cwd, name + end));
  const folders = (variable(env, 'PATH', platform) ?? '').split(platform.pathDelimiter);
  if (folders.length === 1 && folders[0] === '') return [];
  return folders.flatMap((folder) => ends.map((end) => path.resolve(cwd, folder, name + end)));
}
