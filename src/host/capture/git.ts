/** What the `git` context shows of the repository that holds the workspace. Reads only; never changes a repository. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { JsonObject } from '../../core/json.ts';

const run = promisify(execFile);

/** `sha branch tag dirty root remote`; null for each that does not exist, and all null outside a repository. */
export async function describeGit(folder: string): Promise<JsonObject> {
  const ask = async (...args: string[]): Promise<string | null> => {
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
  };
  const [sha, branch, tag, status, root, remote] = await Promise.all([
    ask('rev-parse', '--verify', 'HEAD'),
    ask('symbolic-ref', '--short', '-q', 'HEAD'),
    ask('describe', '--tags', '--exact-match'),
    ask('status', '--porcelain'),
    ask('rev-parse', '--show-toplevel'),
    ask('remote', 'get-url', 'origin'),
  ]);
  return { sha, branch, tag, dirty: status === null ? null : status !== '', root, remote };
}
