/** What tools may not change is put back, byte for byte, and nothing else is touched. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allowsPath } from '../../../src/core/permissions/path-patterns.ts';
import { createTrees } from '../../../src/host/git/trees.ts';
import { createWorkspaceGuard } from '../../../src/host/git/workspace-guard.ts';
import { temporaryFolder } from '../process/support.ts';
import { workspace } from '../sandbox/support.ts';
import { value } from '../store/folder.ts';

function guardOf(root: string) {
  return createWorkspaceGuard(createTrees({ root, folder: join(root, '.giga', 'trees') }), root);
}

test('changed, new and removed files are what they were, and what is allowed stays', async () => {
  const root = workspace({ '.gitignore': '.giga/\nmade/\n', 'src/b.js': 'b\r\n', 'deep/in/it.txt': 'it\n' });
  chmodSync(join(root, 'src/b.js'), 0o755);
  execFileSync('git', ['add', 'README.md'], { cwd: root });
  const index = readFileSync(join(root, '.git/index'));
  const guard = guardOf(root);
  const before = value(await guard.save());
  writeFileSync(join(root, 'README.md'), 'changed\n');
  writeFileSync(join(root, 'src/b.js'), 'changed\n');
  chmodSync(join(root, 'src/b.js'), 0o644);
  mkdirSync(join(root, 'new/folder'), { recursive: true });
  writeFileSync(join(root, 'new/folder/x.txt'), 'x\n');
  writeFileSync(join(root, 'new/*'), 'star\n');
  rmSync(join(root, 'deep'), { recursive: true });
  writeFileSync(join(root, 'deep'), 'a file now\n');
  writeFileSync(join(root, 'notes/one.md'), 'allowed\n');
  writeFileSync(join(root, 'notes/two.md'), 'allowed\n');
  mkdirSync(join(root, 'made'));
  writeFileSync(join(root, 'made/ignored'), 'ignored\n');
  const seen = value(await guard.compare(before, (path) => allowsPath(['notes'], path)));
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('changed\n');
  const done = value(await guard.putBack(before, (path) => allowsPath(['notes'], path)));
  expect(seen).toEqual(done);
  expect(done.files).toEqual(['README.md', 'deep', 'deep/in/it.txt', 'new/*', 'new/folder/x.txt', 'src/b.js']);
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('Read me.\n');
  expect(readFileSync(join(root, 'src/b.js'), 'utf8')).toBe('b\r\n');
  expect(statSync(join(root, 'src/b.js')).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(root, 'deep/in/it.txt'), 'utf8')).toBe('it\n');
  expect([existsSync(join(root, 'new')), existsSync(join(root, 'made/ignored'))]).toEqual([false, true]);
  expect([readFileSync(join(root, 'notes/one.md'), 'utf8'), existsSync(join(root, 'notes/two.md'))]).toEqual([
    'allowed\n',
    true,
  ]);
  expect(readFileSync(join(root, '.git/index'))).toEqual(index);
  // What was put back is not lost.
  const kept = execFileSync('git', ['--git-dir', join(root, '.giga/trees'), 'show', `${done.after}:README.md`], {
    encoding: 'utf8',
  });
  expect(kept).toBe('changed\n');
  expect(value(await guard.putBack(before, (path) => allowsPath(['notes'], path))).files).toEqual([]);
});

test('a folder that became a link is one again, and nothing behind the link is touched', async () => {
  const root = workspace();
  const outside = temporaryFolder();
  writeFileSync(join(outside, 'a.js'), 'outside\n');
  const guard = guardOf(root);
  const before = value(await guard.save());
  renameSync(join(root, 'src'), join(root, 'notes/src'));
  symlinkSync(outside, join(root, 'src'));
  const done = value(await guard.putBack(before, (path) => allowsPath(['notes'], path)));
  expect(done.files).toEqual(['src', 'src/a.js']);
  expect([readFileSync(join(root, 'src/a.js'), 'utf8'), readFileSync(join(outside, 'a.js'), 'utf8')]).toEqual([
    'a\n',
    'outside\n',
  ]);
});

test('where nothing changed nothing is done, and outside of a repository it says that it cannot see', async () => {
  const guard = guardOf(workspace());
  const before = value(await guard.save());
  expect(value(await guard.putBack(before, () => false))).toEqual({ files: [], after: before });
  expect(await guardOf(temporaryFolder()).save()).toMatchObject({
    ok: false,
    diagnostics: [{ code: 'STEP_WORKSPACE_UNSEEN' }],
  });
});
