/** What the `git` context shows of the repository that holds the workspace. Reads only; never changes a repository. */
import type { JsonObject } from '../../core/json.ts';
import { git } from '../git/git-command.ts';

/** The commit that is checked out; null without one. */
export async function headOf(folder: string): Promise<string | null> {
  const answer = await git(['rev-parse', '--verify', 'HEAD'], { folder });
  return answer.ok ? answer.text.trimEnd() : null;
}

/** `sha branch tag dirty root remote`; null for each that does not exist, and all null outside a repository. */
export async function describeGit(folder: string): Promise<JsonObject> {
  const ask = async (...args: string[]): Promise<string | null> => {
    const answer = await git(args, { folder });
    return answer.ok ? answer.text.trimEnd() : null;
  };
  const [sha, branch, tag, status, root, remotes] = await Promise.all([
    ask('rev-parse', '--verify', 'HEAD'),
    ask('symbolic-ref', '--short', '-q', 'HEAD'),
    ask('describe', '--tags', '--exact-match'),
    ask('status', '--porcelain'),
    ask('rev-parse', '--show-toplevel'),
    ask('remote'),
  ]);
  const remote = remoteIn(remotes ?? '');
  const url = remote === null ? null : await ask('remote', 'get-url', '--', remote);
  return {
    sha,
    branch,
    tag,
    dirty: status === null ? null : status !== '',
    root,
    remote: url === null ? null : withoutPassword(url),
  };
}

/** `origin`, or the only one. */
function remoteIn(remotes: string): string | null {
  const names = remotes.split('\n').filter((name) => name !== '');
  if (names.includes('origin')) return 'origin';
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** An address is journaled and shown: without passwords, and of `https`, where a name alone may be a token, without that. */
function withoutPassword(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/i, '$1').replace(/^([a-z][a-z0-9+.-]*:\/\/[^/:@]*):[^/@]*@/i, '$1@');
}
