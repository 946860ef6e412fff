/** The context `git`, in repositories of all kinds. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeGit } from '../../../src/host/capture/git.ts';
import { openRepository, type Repository, snapshot } from '../git/repository.ts';

let at: Repository;
beforeEach(() => {
  at = openRepository();
});
afterEach(() => at.remove());
const commit = (): string => {
  at.put('f', '1');
  at.git('add', '-A');
  at.git('commit', '-qm', 'x');
  return at.git('rev-parse', 'HEAD').trim();
};

test('before the first commit', async () => {
  const root = realpathSync(at.folder);
  const nothing = { sha: null, tag: null, remote: null };
  expect(await describeGit(at.folder)).toEqual({ ...nothing, branch: 'main', dirty: false, root });
});

test('on a branch, with a tag, and with what is not committed', async () => {
  const sha = commit();
  at.git('tag', 'v1');
  expect(await describeGit(at.folder)).toMatchObject({ sha, branch: 'main', tag: 'v1', dirty: false });
  at.put('untracked', '1');
  expect(await describeGit(at.folder)).toMatchObject({ dirty: true });
});

test('with a detached head there is no branch', async () => {
  const sha = commit();
  at.git('checkout', '-q', '--detach');
  expect(await describeGit(at.folder)).toMatchObject({ sha, branch: null, tag: null });
});

test('in a folder of the repository, and in a worktree', async () => {
  const sha = commit();
  at.put('deep/er/f', '1');
  expect(await describeGit(join(at.folder, 'deep/er'))).toMatchObject({ sha, root: realpathSync(at.folder) });
  const tree = join(at.folder, 'tree');
  at.git('worktree', 'add', '-q', '-b', 'side', tree);
  expect(await describeGit(tree)).toMatchObject({ sha, branch: 'side', dirty: false, root: realpathSync(tree) });
});

test('the remote is `origin`, or the only one; passwords stay out', async () => {
  at.git('remote', 'add', 'up', 'git@example.com:a/b.git');
  expect(await describeGit(at.folder)).toMatchObject({ remote: 'git@example.com:a/b.git' });
  at.git('remote', 'add', 'other', '../x');
  expect(await describeGit(at.folder)).toMatchObject({ remote: null });
  at.git('remote', 'add', 'origin', 'https://me:s3cr3t@example.com/a/b.git');
  expect(await describeGit(at.folder)).toMatchObject({ remote: 'https://example.com/a/b.git' });
  at.git('remote', 'set-url', 'origin', 'https://t0ken@example.com/a/b.git');
  expect(await describeGit(at.folder)).toMatchObject({ remote: 'https://example.com/a/b.git' });
  at.git('remote', 'set-url', 'origin', 'ssh://git:s3cr3t@example.com/a/b.git');
  expect(await describeGit(at.folder)).toMatchObject({ remote: 'ssh://git@example.com/a/b.git' });
});

test('outside of a repository everything is null', async () => {
  const nothing = { sha: null, branch: null, tag: null, dirty: null, root: null, remote: null };
  expect(await describeGit('/')).toEqual(nothing);
});

test('asking changes nothing', async () => {
  commit();
  const before = snapshot(at.folder);
  await describeGit(at.folder);
  expect(snapshot(at.folder)).toEqual(before);
});
