/**
 * Worktrees in which runs work: made from the commit that is checked out, on a branch of their own, and merged back by moving the user's branch
 * forward. Whatever git would have to write over is a refusal, and stays. Knows no runs besides their names.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWholeFile } from '../files.ts';
import { type GitAnswer, git } from './git-command.ts';
import { prefixOf } from './workspace-state.ts';

export interface Worktree {
  /** The folder of the worktree; absolute. */
  readonly folder: string;
  readonly branch: string;
}

export interface MergeRequest extends Worktree {
  /** The root of the workspace that it came from. */
  readonly root: string;
  readonly how: 'ff' | 'squash';
  /** Of the commits that giga makes. */
  readonly message: string;
}

/** What a merge did: the user's branch, and the commits before and after. */
export interface Merged {
  readonly branch: string;
  readonly from: string;
  readonly to: string;
}

/** What is refused, in words for people. */
class MergeRefused extends Error {}

/** Makes a worktree, and gives the root of the workspace in it. Throws with a message for people. */
export async function makeWorktree(root: string, { folder, branch }: Worktree): Promise<string> {
  const base = answered(
    await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { folder: root }),
    'there is no commit yet',
  );
  const current = await git(['symbolic-ref', '--quiet', '--short', 'HEAD'], { folder: root });
  await mkdir(dirname(folder), { recursive: true });
  answered(await git(['worktree', 'add', '--quiet', '-b', branch, folder, base], { folder: root }));
  writeWholeFile(noteOf(folder), current.ok ? current.text.trim() : '');
  return rootIn(root, folder);
}

/** Where the root of the workspace is in a worktree of its repository. */
export async function rootIn(root: string, folder: string): Promise<string> {
  return join(folder, (await prefixOf(root)) ?? '');
}

/** Commits what is left, and moves the user's branch. May be repeated when it was cut off. Throws MergeRefused. */
export async function mergeWorktree(request: MergeRequest): Promise<Merged> {
  const { root, folder, branch, how, message } = request;
  const into = await branchToMergeInto(root, folder);
  const from = answered(await git(['rev-parse', 'HEAD'], { folder: root }));
  if (existsSync(folder)) await commitRest(folder, message);
  const tip = answered(
    await git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], { folder: root }),
    `there is no branch \`${branch}\` any more`,
  );
  const commit = how === 'ff' ? tip : await squashed(root, { from, tip, message });
  const moved = await git(['merge', '--ff-only', '--no-verify', '--no-autostash', '--quiet', commit], { folder: root });
  if (!moved.ok) throw new MergeRefused(`git does not move \`${into}\` forward: ${moved.why}`);
  const to = answered(await git(['rev-parse', 'HEAD'], { folder: root }));
  return { branch: into, from, to };
}

/** Whether there is a worktree, or what a removal that was cut off has left of one: its note goes last. */
export function hasTraces({ folder }: Pick<Worktree, 'folder'>): boolean {
  return existsSync(folder) || existsSync(noteOf(folder));
}

/**
 * Removes a worktree with all that is not committed in it; and its branch, unless something on it is nowhere else. May be repeated
 * when it was cut off. Never rejects.
 */
export async function removeWorktree(
  root: string,
  { folder, branch, isMerged }: Worktree & { readonly isMerged: boolean },
): Promise<void> {
  const removed = await git(['worktree', 'remove', '--force', folder], { folder: root });
  if (!removed.ok) {
    await rm(folder, { recursive: true, force: true }).catch(() => {}); // half of it was gone: to git it is none any more
    await git(['worktree', 'prune'], { folder: root });
  }
  await git(['branch', isMerged ? '-D' : '-d', '--quiet', branch], { folder: root });
  await rm(noteOf(folder), { force: true }).catch(() => {});
}

/** Beside the worktree: the branch that was checked out when it was made. */
function noteOf(folder: string): string {
  return `${folder}.branch`;
}

async function branchToMergeInto(root: string, folder: string): Promise<string> {
  const before = await readFile(noteOf(folder), 'utf8').catch(() => '');
  const current = await git(['symbolic-ref', '--quiet', '--short', 'HEAD'], { folder: root });
  const now = current.ok ? current.text.trim() : '';
  if (before === '') throw new MergeRefused('no branch was checked out when the run began');
  if (now !== before)
    throw new MergeRefused(
      `the run began on \`${before}\`, and ${now === '' ? 'no branch' : `\`${now}\``} is checked out`,
    );
  return now;
}

async function commitRest(folder: string, message: string): Promise<void> {
  answered(await git(['add', '--all'], { folder }));
  const isClean = await git(['diff', '--cached', '--quiet', '--no-ext-diff'], { folder });
  if (isClean.ok) return;
  answered(
    await git(['commit', '--quiet', '--no-verify', '--no-gpg-sign', '--file=-'], {
      folder,
      input: message,
      env: await identity(folder),
    }),
  );
}

/** One commit with all that the branch changed, on top of what is checked out. */
async function squashed(
  root: string,
  { from, tip, message }: { readonly from: string; readonly tip: string; readonly message: string },
): Promise<string> {
  const merged = await git(['merge-tree', '--write-tree', '--name-only', from, tip], { folder: root });
  if (!merged.ok) throw new MergeRefused('the changes of the run conflict with what was committed meanwhile');
  const tree = merged.text.split('\n')[0] ?? '';
  if (tree === answered(await git(['rev-parse', `${from}^{tree}`], { folder: root }))) return from;
  const env = await identity(root);
  return answered(await git(['commit-tree', tree, '-p', from, '-F', '-'], { folder: root, input: message, env }));
}

/** The user's own, or giga's where there is none. */
async function identity(folder: string): Promise<Record<string, string>> {
  const own = await git(['var', 'GIT_COMMITTER_IDENT'], { folder });
  if (own.ok) return {};
  return {
    GIT_AUTHOR_NAME: 'giga',
    GIT_AUTHOR_EMAIL: 'giga@localhost',
    GIT_COMMITTER_NAME: 'giga',
    GIT_COMMITTER_EMAIL: 'giga@localhost',
  };
}

function answered(answer: GitAnswer, otherwise?: string): string {
  if (answer.ok) return answer.text.trim();
  throw new MergeRefused(otherwise ?? (answer.there ? `git says: ${answer.why}` : 'there is no git on this machine'));
}
