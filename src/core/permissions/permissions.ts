/** What an agent may do, as `permissions` say it, and what holds where they are silent. Pure. */
import { isJsonObject, type Json } from '../json.ts';
import { allowsPath, matchName } from './path-patterns.ts';
import { isSecretFile } from './secret-files.ts';

export interface Permissions {
  /** Patterns of paths; null: all of the workspace. */
  readonly read: readonly string[] | null;
  /** Patterns of paths; nothing where nothing is said. */
  readonly write: readonly string[];
  /** Programs by name or path; null: all, inside a sandbox. */
  readonly run: readonly string[] | null;
  /** Names of tools, with `*`; null: all that the step is given. */
  readonly tools: readonly string[] | null;
  /** Names of variables that programs get. */
  readonly env: readonly string[];
  /** Hosts; an agent reaches none where nothing is said. */
  readonly net: readonly string[];
  /** Those of them that may be private. */
  readonly named: readonly string[];
}

const NO_PERMISSIONS: Permissions = {
  read: null,
  write: [],
  run: null,
  tools: null,
  env: [],
  net: [],
  named: [],
};

/** What a plan holds of permissions: absent keys are silent. Whatever has another shape allows nothing. */
export function readPermissions(json: Json | undefined): Permissions {
  if (json === undefined) return NO_PERMISSIONS;
  const said = isJsonObject(json) ? json : { read: [], run: [], tools: [] };
  const list = (key: string): readonly string[] | null => {
    const value = said[key];
    if (value === undefined || value === null) return null;
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  };
  return {
    read: list('read'),
    write: list('write') ?? [],
    run: list('run'),
    tools: list('tools'),
    env: list('env') ?? [],
    net: list('net') ?? [],
    named: list('named') ?? [],
  };
}

/** A file that keeps secrets is read only where `read` names it without any `*`. */
export function mayRead({ read }: Permissions, path: string): boolean {
  if (isSecretFile(path)) return (read ?? []).some((pattern) => !/[*?]/.test(pattern) && allowsPath([pattern], path));
  return allowsPath(read ?? ['**'], path);
}

export function mayWrite({ write }: Permissions, path: string): boolean {
  return allowsPath(write, path);
}

export function mayCall({ tools }: Permissions, name: string): boolean {
  return tools === null || tools.some((pattern) => matchName(pattern, name));
}

/** Programs are compared as they are written: `git` is no `./git`. */
export function mayRun({ run }: Permissions, program: string): boolean {
  return run === null || run.includes(program);
}
