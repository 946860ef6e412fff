/** Finds programs on the disk. Remembers what it found, never what it did not find: an earlier step may install it. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { currentPlatform, variable } from '../platform/platform.ts';
import { programPaths } from '../platform/program-paths.ts';

export type Found =
  | { readonly kind: 'found'; readonly path: string }
  /** Something of that name is there and cannot be executed. */
  | { readonly kind: 'not-executable'; readonly path: string }
  | { readonly kind: 'missing' };

export type FindProgram = (name: string, env: Readonly<Record<string, string | undefined>>, cwd: string) => Found;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export function createFindProgram(): FindProgram {
  const known = new Map<string, string>();
  return (name, env, cwd) => {
    const platform = currentPlatform();
    const key = `${name}\0${variable(env, 'PATH', platform) ?? ''}\0${cwd}`;
    const before = known.get(key);
    if (before !== undefined && isExecutable(before)) return { kind: 'found', path: before };
    const paths = programPaths(name, env, cwd, platform);
    const path = paths.find(isExecutable);
    if (path !== undefined) {
      known.set(key, path);
      return { kind: 'found', path };
    }
    const blocked = paths.find((place) => existsSync(place));
    return blocked === undefined ? { kind: 'missing' } : { kind: 'not-executable', path: blocked };
  };
}
