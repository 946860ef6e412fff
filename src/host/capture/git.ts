/** What the `git` context shows of the repository that holds the workspace. Reads only; never changes a repository. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { JsonObject } from '../../core/json.ts';

const run = promisify(execFile);

/** The commit that is checked out; null without one. */
export function headOf(folder: string): Promise<string | null> {
  return ask(folder, 'rev-parse', '--verify', 'HEAD');
}

async function ask(folder: string, ...args: string[]): Promise<string | null> {
  try {
    // No pager, no prompts, no hooks, no optional locks: asking changes nothing.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat' };
    const { stdout } = await run('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: folder,
      env,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout.trimEnd();
  } catch {
    return null;
  }
}

/** `sha branch tag dirty root remote`; null for each that does not exist, and all null outside a repository. */
export async function describeGit(folder: string): Promise<JsonObject> {
  const [sha, branch, tag, status, root, remote] = await Promise.all([
    headOf(folder),
    ask(folder, 'symbolic-ref', '--short', '-q', 'HEAD'),
    ask(folder, 'describe', '--tags', '--exact-match'),
    ask(folder, 'status', '--porcelain'),
    ask(folder, 'rev-parse', '--show-toplevel'),
    ask(folder, 'remote', 'get-url', 'origin'),
  ]);
  return { sha, branch, tag, dirty: status === null ? null : status !== '', root, remote };
}
