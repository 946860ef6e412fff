import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Capture } from '../../../src/core/expr/ast.ts';
import type { Json } from '../../../src/core/json.ts';
import { makeCaptureSource } from '../../../src/host/capture/index.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src/a.ts'), 'a');
  writeFileSync(join(root, 'src/b.ts'), 'b');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const clock = { wallMs: () => 0, monotonicMs: () => 0, after: () => () => {} };
async function ask(kind: Capture['kind'], ...args: Json[]): Promise<Json | { error: string }> {
  const source = makeCaptureSource({
    root,
    clock,
    runCommand: async (command) => `ran ${command}`,
    saveTree: async () => 'tree',
    mergeWorktree: async () => null,
  });
  const answer = await source.capture(
    { kind: 'capture', node: 'x', op: 1, captures: [{ key: 'k', kind, args }] },
    new AbortController().signal,
  );
  return answer.error ? { error: answer.error.message } : (answer.values['k'] ?? null);
}

test('hashFiles depends on the content of what matches, and on nothing else', async () => {
  const before = await ask('hashFiles', 'src/*.ts');
  writeFileSync(join(root, 'other.md'), 'x');
  expect(await ask('hashFiles', 'src/*.ts')).toBe(before);
  writeFileSync(join(root, 'src/b.ts'), 'changed');
  expect(await ask('hashFiles', 'src/*.ts')).not.toBe(before);
});
test('hashFiles of nothing is an empty text', async () => expect(await ask('hashFiles', '*.none')).toBe(''));
test('glob lists sorted paths and honours exclusions', async () => {
  expect(await ask('glob', 'src/**')).toEqual(['src/a.ts', 'src/b.ts']);
  expect(await ask('glob', 'src/**', '!src/a.ts')).toEqual(['src/b.ts']);
});
test('glob does not leave the workspace', async () =>
  expect(await ask('glob', '../**')).toEqual({
    error: 'glob("../**"): the pattern "../**" leads out of the workspace',
  }));
test.each([
  ['a'.repeat(100_000), 'is longer than 1000 characters'],
  ['a\0b', 'holds a NUL character, which no path has'],
])('a glob that cannot be looked for is refused, and does not end the process', async (bad, why) => {
  const kinds = ['glob', 'hashFiles', 'files', 'state'] as const;
  const said = (await Promise.all(kinds.map((kind) => ask(kind, ...(kind === 'files' ? ['src', bad] : [bad]))))) as {
    error: string;
  }[];
  for (const { error } of said) expect(error).toContain(why);
});
test('readFile gives the text of a file', async () => expect(await ask('readFile', 'src/a.ts')).toBe('a'));
test('readFile refuses what is outside, also through a link', async () => {
  symlinkSync('/etc/hostname', join(root, 'link'));
  expect(await ask('readFile', 'link')).toEqual({ error: 'readFile("link"): the file lies outside the workspace' });
  expect(await ask('readFile', '../../../etc/passwd')).toMatchObject({
    error: expect.stringMatching(/outside|no such/),
  });
});
test('readFile refuses binary and missing files', async () => {
  writeFileSync(join(root, 'bin'), Buffer.from([0xff, 0xfe, 0x00]));
  expect(await ask('readFile', 'bin')).toEqual({ error: 'readFile("bin"): the file is not UTF-8 text' });
  expect(await ask('readFile', 'none')).toEqual({ error: 'readFile("none"): there is no such file' });
});
test('git describes the repository, and is all null outside of one', async () => {
  expect(await ask('git')).toEqual({ sha: null, branch: null, tag: null, dirty: null, root: null, remote: null });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root });
  git('init', '-q', '-b', 'trunk');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  expect(await ask('git')).toMatchObject({
    branch: 'trunk',
    dirty: false,
    remote: null,
    sha: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  writeFileSync(join(root, 'src/a.ts'), 'dirty');
  expect(await ask('git')).toMatchObject({ dirty: true });
});
test('now is the clock in ISO form; a command gives its output', async () => {
  expect(await ask('now')).toBe('1970-01-01T00:00:00.000Z');
  expect(await ask('env-run', 'date')).toBe('ran date');
});
