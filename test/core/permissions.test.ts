/** Patterns of `permissions`, and what they allow. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allowsPath,
  coversPath,
  isPathPattern,
  matchesPath,
  wholeFolder,
} from '../../src/core/permissions/path-patterns.ts';
import { mayCall, mayRead, mayRun, mayWrite, readPermissions } from '../../src/core/permissions/permissions.ts';
import { isSecretFile } from '../../src/core/permissions/secret-files.ts';

test('a pattern means a file, a folder with all in it, or what its stars stand for', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['README.md', 'README.md', true],
    ['README.md', 'docs/README.md', false],
    ['docs', 'docs/a/b.md', true],
    ['docs/', 'docs/a.md', true],
    ['docs', 'docs2/a.md', false],
    ['./docs/**', 'docs/a/b.md', true],
    ['**', 'anything/at/all', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'README.md', true],
    ['**/*.md', 'a/b/README.md', true],
    ['src/**/test/*.ts', 'src/test/a.ts', true],
    ['src/**/test/*.ts', 'src/a/b/test/a.ts', true],
    ['src/**/test/*.ts', 'src/a/b/test/c/a.ts', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abcd', false],
  ];
  for (const [pattern, path, is] of cases)
    expect([pattern, path, matchesPath(pattern, path)]).toEqual([pattern, path, is]);
});

test('what is of git and of giga is never meant', () => {
  for (const path of ['.git/config', '.GIT/hooks/pre-commit', '.giga/runs/1', 'vendor/x/.git/config', '.git'])
    expect([path, allowsPath(['**', '.git', '.git/**', path], path)]).toEqual([path, false]);
  expect(allowsPath(['**'], '.gitignore')).toBe(true);
});

test('what is no pattern is refused', () => {
  for (const text of [
    '',
    ' ',
    '/etc',
    '../x',
    'a/../../b',
    'a\\b',
    'a\0',
    'C:/x',
    'a**',
    '{a,b}',
    '!a',
    '[ab]',
    'x'.repeat(501),
  ])
    expect([text, isPathPattern(text)]).toEqual([text, false]);
  for (const text of ['a', './a', 'a/', '**', '*.md', 'a b/c'])
    expect([text, isPathPattern(text)]).toEqual([text, true]);
});

test('an inner pattern is covered where that is plain', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['**', 'src/*.ts', true],
    ['src', 'src/a/*.ts', true],
    ['src/**', 'src', true],
    ['src/**', '*.ts', false],
    ['src/**', 'srcs/a', false],
    ['*.md', 'README.md', true],
    ['*.md', '*.md', true],
    ['*.md', 'README.md/', false],
    ['*.md', '**', false],
    ['docs/*.md', 'docs', false],
  ];
  for (const [outer, inner, is] of cases) expect([outer, inner, coversPath(outer, inner)]).toEqual([outer, inner, is]);
});

test('whatever a covered pattern means, the outer one means', () => {
  const name = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '?', '**');
  const pattern = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  const path = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 1, maxLength: 5 })
    .map((names) => names.join('/'));
  fc.assert(
    fc.property(pattern, pattern, path, (outer, inner, at) => {
      // A plain name under a star may become a folder, which the star does not mean.
      if (wholeFolder(outer) === null && wholeFolder(inner) !== null) return true;
      return !coversPath(outer, inner) || !matchesPath(inner, at) || matchesPath(outer, at);
    }),
    { seed: 6, numRuns: 5_000 },
  );
});

test('files that keep secrets are read only where they are named', () => {
  const open = readPermissions({});
  for (const path of ['.env', 'app/.env.local', 'prod.env', 'deploy/id_ed25519', 'cert.pem', '.aws/config', '.npmrc'])
    expect([path, mayRead(open, path)]).toEqual([path, false]);
  for (const path of ['.env.example', 'src/env.ts', 'keys.ts', 'id_rsa.pub', 'README.md'])
    expect([path, isSecretFile(path), mayRead(open, path)]).toEqual([path, false, true]);
  expect(mayRead(readPermissions({ read: ['.env'] }), '.env')).toBe(true);
  expect(mayRead(readPermissions({ read: ['*', '**'] }), '.env')).toBe(false);
});

test('what is silent allows to read and to run, and nothing more', () => {
  const silent = readPermissions(undefined);
  expect([mayRead(silent, 'a'), mayWrite(silent, 'a'), mayCall(silent, 'x'), mayRun(silent, 'git')]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect(silent.net).toEqual([]);
});

test('what has no right shape allows nothing', () => {
  const broken = readPermissions(['**']);
  expect([mayRead(broken, 'a'), mayWrite(broken, 'a'), mayCall(broken, 'x'), mayRun(broken, 'git')]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  const some = readPermissions({ write: ['docs', 3], run: 'git', tools: ['mcp__*', 'read'] });
  expect([mayWrite(some, 'docs/a'), mayRun(some, 'git'), mayCall(some, 'mcp__a__b'), mayCall(some, 'edit')]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
