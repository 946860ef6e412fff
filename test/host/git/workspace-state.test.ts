/** Which files changed between two looks at a workspace, whatever was committed meanwhile. */
import { chmodSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { changedBetween, readWorkspaceState, workspaceState } from '../../../src/host/git/workspace-state.ts';
import { openRepository, type Repository, snapshot } from './repository.ts';

let at: Repository;
beforeEach(() => {
  at = openRepository();
  at.put('.gitignore', '*.log\n');
  at.put('a', '1');
  at.put('b', '1');
  at.git('add', '-A');
  at.git('commit', '-qm', 'x');
  at.put('b', 'changed before');
  at.put('new', 'untracked before');
});
afterEach(() => at.remove());

async function changedBy(change: () => void, root = at.folder): Promise<readonly string[] | null> {
  const before = await workspaceState(root);
  change();
  const now = await workspaceState(root);
  if (before === null || now === null) throw new Error('no state');
  const again = readWorkspaceState(JSON.parse(JSON.stringify(before)));
  if (again === null) throw new Error('not read back');
  return changedBetween(root, again, now);
}
const commit = (): void => {
  at.git('add', '-A');
  at.git('commit', '-qm', 'y');
};

const CASES: readonly (readonly [string, () => void, readonly string[]])[] = [
  ['nothing', () => {}, []],
  ['a file', () => at.put('a', '2'), ['a']],
  ['a file that had been changed before', () => at.put('b', '2'), ['b']],
  ['an untracked file', () => at.put('new', '2'), ['new']],
  ['one more file', () => at.put('c', '1'), ['c']],
  ['a file goes', () => unlinkSync(join(at.folder, 'a')), ['a']],
  ['a change is taken back', () => at.put('b', '1'), ['b']],
  ['who may execute', () => chmodSync(join(at.folder, 'a'), 0o755), ['a']],
  ['a link in its place', () => (unlinkSync(join(at.folder, 'a')), symlinkSync('b', join(at.folder, 'a'))), ['a']],
  ['another name', () => renameSync(join(at.folder, 'a'), join(at.folder, 'z')), ['a', 'z']],
  ['what is ignored', () => at.put('x.log', '1'), []],
  ['only the time', () => at.put('a', '1'), []],
  ['a commit of what was there', commit, []],
  ['a commit with a change', () => (at.put('a', '2'), commit()), ['a']],
  ['a commit, and a change after it', () => (commit(), at.put('b', '3')), ['b']],
  ['a commit that is taken back', () => (commit(), at.git('reset', '-q', '--hard', 'HEAD~1')), ['b', 'new']],
  ['names that want quotes', () => at.put('ü "x"\n', '1'), ['ü "x"\n']],
];
test.each(CASES)('%s', async (_name, change, changed) => {
  expect(await changedBy(change)).toEqual(changed);
});

describe('a workspace inside of a repository', () => {
  test('hears of its own files only, by their paths in it', async () => {
    at.put('pkg/x', '1');
    commit();
    const change = (): void => {
      at.put('a', 'outside');
      at.put('pkg/x', '2');
      at.put('pkg/y', '1');
    };
    expect(await changedBy(change, join(at.folder, 'pkg'))).toEqual(['x', 'y']);
    expect(await changedBy(() => commit(), join(at.folder, 'pkg'))).toEqual([]);
  });
});

test('a monitor that the repository names is not run', async () => {
  at.put('.git/monitor', `#!/bin/sh\ntouch "${join(at.folder, '.git/ran')}"\n`, 0o755);
  at.git('config', 'core.fsmonitor', join(at.folder, '.git/monitor'));
  await workspaceState(at.folder);
  expect(snapshot(at.folder)).not.toHaveProperty('.git/ran');
});

test('looking changes nothing', async () => {
  const before = snapshot(at.folder);
  await workspaceState(at.folder);
  expect(snapshot(at.folder)).toEqual(before);
});

test('nothing is known outside of a repository, or before its first commit beside one', async () => {
  expect(await workspaceState('/')).toBe(null);
  const empty = openRepository();
  empty.put('f', '1');
  const before = await workspaceState(empty.folder);
  empty.git('add', '-A');
  empty.git('commit', '-qm', 'x');
  const now = await workspaceState(empty.folder);
  expect(before).toMatchObject({ head: null, files: { f: expect.stringMatching(/^100644 [0-9a-f]{40}$/) } });
  expect(before && now && (await changedBetween(empty.folder, before, now))).toBe(null);
  empty.remove();
});

test('what is no note is none', () => {
  for (const value of [null, 1, {}, { files: 1 }, { files: {}, head: 1 }]) expect(readWorkspaceState(value)).toBe(null);
});
