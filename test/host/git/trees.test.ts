/** Saved trees, in real repositories: byte for byte, and nothing of the user's repository is touched. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTrees, type Trees } from '../../../src/host/git/trees.ts';
import { openRepository, type Repository, snapshot } from './repository.ts';

let at: Repository;
let trees: Trees;
beforeEach(() => {
  at = openRepository();
  at.put('.gitignore', '*.log\n.giga/\n');
  at.put('a.txt', 'one\n');
  at.put('bin/tool', '#!/bin/sh\n', 0o755);
  symlinkSync('a.txt', join(at.folder, 'link'));
  at.git('add', '-A');
  at.git('commit', '-qm', 'x');
  trees = createTrees({ root: at.folder, folder: join(at.folder, '.giga/trees') });
});
afterEach(() => at.remove());

const files = (): Record<string, string> => snapshot(at.folder, ['.git', '.giga']);
/** Changes something, goes back, and gives what is there before and after. */
async function around(change: () => void): Promise<void> {
  const tree = await trees.save();
  const before = files();
  change();
  const changed = files();
  const saved = await trees.save(tree);
  await trees.restore(tree, saved);
  expect(files()).toEqual(before);
  await trees.restore(saved, tree);
  expect(files()).toEqual(changed);
}

describe('what is restored, there and back', () => {
  const changes: readonly (readonly [string, () => void])[] = [
    ['a changed file', () => at.put('a.txt', 'two\n')],
    ['a change of the same size in the same second', () => at.put('a.txt', 'eno\n')],
    ['a new file', () => at.put('deep/er/new.txt', 'new')],
    ['a new program', () => at.put('new.sh', 'x', 0o755)],
    ['a removed file', () => unlinkSync(join(at.folder, 'a.txt'))],
    ['a removed folder', () => rmSync(join(at.folder, 'bin'), { recursive: true })],
    ['a program that is none any more', () => chmodSync(join(at.folder, 'bin/tool'), 0o644)],
    ['a file in the place of a link', () => (unlinkSync(join(at.folder, 'link')), at.put('link', 'text'))],
    ['a folder in the place of a file', () => (unlinkSync(join(at.folder, 'a.txt')), at.put('a.txt/b', 'x'))],
    [
      'a file in the place of a folder',
      () => (rmSync(join(at.folder, 'bin'), { recursive: true }), at.put('bin', 'x')),
    ],
    ['another link', () => (unlinkSync(join(at.folder, 'link')), symlinkSync('nowhere', join(at.folder, 'link')))],
    ['bytes and line ends', () => at.put('a.txt', 'a\r\nb\rc\n\0\u00ff')],
    [
      'a file that is ignored from now on',
      () => (at.put('.gitignore', 'a.txt\n*.log\n.giga/\n'), at.put('a.txt', 'changed')),
    ],
    [
      'names that look like options or patterns',
      () => (at.put('-x', '1'), at.put('*.txt', '2'), at.put(':(top)y', '3')),
    ],
    ['a name with a line end and a quote', () => at.put('a\n"b', 'x')],
  ];
  test.each(changes)('%s', (_name, change) => around(change));

  test('files that were never added, too', async () => {
    at.put('untracked', 'mine');
    await around(() => at.put('untracked', 'overwritten'));
  });

  test('whatever attributes and settings say of line ends and filters', async () => {
    at.put('.gitattributes', '*.txt text eol=crlf filter=shout ident\n');
    at.git('config', 'filter.shout.clean', 'tr a-z A-Z');
    at.git('config', 'filter.shout.smudge', 'tr A-Z a-z');
    at.git('config', 'core.autocrlf', 'true');
    at.put('mixed.txt', 'Mixed\nlines\r\n$Id$\n');
    await around(() => at.put('mixed.txt', 'Other\r\n'));
  });
});

test('ignored files are left alone, also when they were ignored only then', async () => {
  at.put('cache.log', 'big');
  at.put('.env', 'TOKEN');
  at.put('.gitignore', '*.log\n.env\n.giga/\n');
  const tree = await trees.save();
  at.put('cache.log', 'bigger');
  at.put('.gitignore', '.giga/\n');
  const saved = await trees.save(tree);
  await trees.restore(tree, saved);
  expect(files()).toMatchObject({ 'cache.log': 'bigger', '.env': 'TOKEN', '.gitignore': '*.log\n.env\n.giga/\n' });
});

test('a file that is ignored by now is saved before it is written over, also by a process that knows no index', async () => {
  const tree = await trees.save();
  at.put('.gitignore', 'a.txt\n.giga/\n');
  at.put('a.txt', 'changed');
  rmSync(join(at.folder, '.giga/trees/index'));
  const saved = await trees.save(tree);
  await trees.restore(tree, saved);
  expect(files()['a.txt']).toBe('one\n');
  await trees.restore(saved, tree);
  expect(files()['a.txt']).toBe('changed');
});

test('nothing of the repository changes: index, branches, stash, settings, objects', async () => {
  at.put('staged.txt', 'staged');
  at.git('add', 'staged.txt');
  at.put('staged.txt', 'and changed');
  const before = snapshot(join(at.folder, '.git'));
  await around(() => at.put('a.txt', 'two'));
  expect(snapshot(join(at.folder, '.git'))).toEqual(before);
});

test('hooks and monitors of the repository are not run', async () => {
  for (const hook of ['post-index-change', 'post-checkout', 'reference-transaction'])
    at.put(`.git/hooks/${hook}`, `#!/bin/sh\ntouch "${join(at.folder, 'ran')}"\n`, 0o755);
  at.put('.git/monitor', `#!/bin/sh\ntouch "${join(at.folder, 'ran')}"\n`, 0o755);
  at.git('config', 'core.fsmonitor', join(at.folder, '.git/monitor'));
  await around(() => at.put('a.txt', 'two'));
  expect(Object.keys(files())).not.toContain('ran');
});

test('a workspace inside of a repository saves nothing outside of itself, and heeds what the repository ignores', async () => {
  at.put('pkg/in.txt', 'in');
  at.put('pkg/x.log', 'ignored above');
  const inner = createTrees({ root: join(at.folder, 'pkg'), folder: join(at.folder, '.giga/inner') });
  const tree = await inner.save();
  at.put('a.txt', 'outside');
  at.put('pkg/in.txt', 'changed');
  const saved = await inner.save(tree);
  expect(await inner.changed(saved, tree)).toEqual(['in.txt']);
  await inner.restore(tree, saved);
  expect(files()).toMatchObject({ 'a.txt': 'outside', 'pkg/in.txt': 'in', 'pkg/x.log': 'ignored above' });
});

test('nested repositories are left alone', async () => {
  mkdirSync(join(at.folder, 'nested'));
  const nested = openRepository(join(at.folder, 'nested'));
  nested.put('f', '1');
  nested.git('add', '-A');
  nested.git('commit', '-qm', 'x');
  const tree = await trees.save();
  nested.put('f', '2');
  at.put('a.txt', 'two');
  await trees.restore(tree, await trees.save(tree));
  expect(files()).toMatchObject({ 'nested/f': '2', 'a.txt': 'one\n' });
});

test('a tree that is none is refused before a file is touched', async () => {
  const saved = await trees.save();
  at.put('a.txt', 'two');
  await expect(trees.restore('HEAD', saved)).rejects.toThrow('no tree');
  await expect(trees.restore('0'.repeat(40), saved)).rejects.toThrow('git says');
  expect(files()['a.txt']).toBe('two');
});

test('a repository without a commit will do', async () => {
  const empty = openRepository();
  const own = createTrees({ root: empty.folder, folder: join(empty.folder, '.git/own') });
  const tree = await own.save();
  empty.put('f', '1');
  await own.restore(tree, await own.save(tree));
  expect(snapshot(empty.folder, ['.git'])).toEqual({});
  empty.remove();
});

test('several save at once', async () => {
  const other = createTrees({ root: at.folder, folder: join(at.folder, '.giga/trees') });
  const saved = await Promise.all([trees.save(), other.save(), trees.save(), other.save()]);
  expect(new Set(saved).size).toBe(1);
});
