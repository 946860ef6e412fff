/** Opens a project: its workspace root, its configuration and its store of runs. Makes nothing on disk. */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Result } from '../core/diagnostic/diagnostic.ts';
import { createClock } from '../host/clock.ts';
import { configHome } from '../host/platform/config-home.ts';
import { currentPlatform } from '../host/platform/platform.ts';
import { createFileStore, type FileStore } from '../host/store/file/file-store.ts';
import type { Config } from './config/config.ts';
import type { ConfigFlags } from './config/flag-layers.ts';
import { readConfig, userConfigFile } from './config/read-config.ts';
import { findRoot } from './workspace.ts';

export interface Project {
  /** Where the command was given; files are named relative to it in messages. Absolute. */
  readonly cwd: string;
  /** The workspace root; absolute. For a run in a worktree: there. */
  readonly root: string;
  /** Of a run in a worktree: the root that it came from. */
  readonly home?: string;
  /** The state folder; absolute. */
  readonly state: string;
  readonly store: FileStore;
  readonly config: Config;
  /** Giga's own environment. */
  readonly env: NodeJS.ProcessEnv;
}

export interface ProjectOptions {
  readonly cwd: string;
  /** A file of the project, absolute: its folder decides the root. Default: `cwd` does. */
  readonly file?: string;
  readonly state?: string;
  readonly profile?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly flags?: ConfigFlags;
}

export async function openProject(options: ProjectOptions): Promise<Result<Project>> {
  const { cwd, env } = options;
  const root = findRoot(options.file === undefined ? cwd : dirname(options.file));
  const given = options.state ?? (env['GIGA_STATE'] || undefined);
  const state = given === undefined ? join(root, '.giga') : resolve(cwd, given);
  const config = await readConfig({
    root,
    cwd,
    env,
    userFile: userConfigFile(env, configHome(currentPlatform(), env, homedir())),
    ...(options.flags ? { flags: options.flags } : {}),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  });
  if (!config.ok) return config;
  const store = createFileStore({ folder: state, clock: createClock() });
  return { ok: true, value: { cwd, root, state, store, config: config.value, env } };
}
