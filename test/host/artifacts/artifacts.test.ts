import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ArtifactRequest } from '../../../src/core/plan/artifacts.ts';
import { handOut } from '../../../src/host/artifacts/hand-out.ts';
import { type ArtifactKeeperOptions, createArtifactKeeper } from '../../../src/host/artifacts/keep.ts';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { contextFor } from '../../steps/context.ts';

let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-'));
  root = join(folder, 'work');
  for (const [path, text] of [
    ['dist/a.js', 'a'],
    ['dist/sub/b.js', 'bb'],
    ['dist/b.map', 'map'],
    ['.giga/x', 'state'],
    ['../secret.txt', 'not yours'],
  ] as const) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = (request: Partial<ArtifactRequest>, more: Partial<ArtifactKeeperOptions> = {}, stopped = false) => {
  const signal = stopped ? AbortSignal.abort() : new AbortController().signal;
  const artifacts: ArtifactRequest = { paths: ['dist/**'], ifNone: 'fail', ...request };
  const context = contextFor(root, { node: 'build', artifacts, request: { cwd: '' } });
  const nameOf = (node: string, attempt: number) => `${node}-${attempt}`;
  const run = { ...context.run, folder: join(folder, 'r1', 'logs') };
  return createArtifactKeeper({ mask: NO_MASK, nameOf, ...more }).keep(context.work, run, signal);
};
const refused = async (...given: Parameters<typeof kept>) => {
  const answer = await kept(...given);
  expect(existsSync(join(folder, 'r1', 'artifacts', 'build-1'))).toBe(false);
  return answer.ok ? null : `${answer.error.code} ${answer.error.message}`;
};

describe('files that a step made', () => {
  test('are copied with their size and hash, sorted', async () => {
    const answer = await kept({ paths: ['dist/**', '!**/*.map'], name: 'app' });
    const sha256 = createHash('sha256').update('a').digest('hex');
    const file = join(folder, 'r1', 'artifacts', 'build-1', 'dist', 'a.js');
    expect(answer).toMatchObject({
      ok: true,
      artifacts: [{ name: 'app', path: 'dist/a.js', file, size: 1, sha256 }, { path: 'dist/sub/b.js' }],
    });
    expect(readFileSync(file, 'utf8')).toBe('a');
    expect(readdirSync(join(folder, 'r1', 'artifacts'))).toEqual(['build-1']);
  });

  test.each([
    ['a'.repeat(100_000), 'is longer than 1000 characters'],
    ['a\0', 'holds a NUL character'],
  ])('are not looked for by a glob that is none', async (path, why) => {
    expect(await refused({ paths: [path] })).toContain(why);
  });

  test('have to be there, glob by glob', async () => {
    expect(await refused({ paths: ['dist/**', 'lib/**'] })).toBe(
      'STEP_NO_ARTIFACTS No file matches `lib/**` of `artifacts`.',
    );
    expect(await kept({ paths: ['dist/*.js', 'lib/**'], ifNone: 'warn' })).toMatchObject({
      ok: true,
      artifacts: [{ path: 'dist/a.js' }],
      warnings: [{ code: 'STEP_NO_ARTIFACTS', severity: 'warning' }],
    });
    expect(await kept({ paths: ['lib/**'], ifNone: 'ignore' })).toEqual({ ok: true, artifacts: [], warnings: [] });
  });

  test('are not those of the state folder', async () => {
    expect(await refused({ paths: ['.giga/**'] })).toContain('STEP_NO_ARTIFACTS');
  });

  test.each(['../*', '/etc/*', '!../x', 'a/../../secret.txt'])('do not lie outside: %s', async (path) => {
    expect(await refused({ paths: [path] })).toContain('leads out of the folder of the step');
  });

  test('are no links, and do not lie behind one', async () => {
    symlinkSync('../../secret.txt', join(root, 'dist', 'leak'));
    const answer = await kept({ paths: ['dist/*'] });
    expect(answer.ok && answer.artifacts.map(({ path }) => path)).toEqual(['dist/a.js', 'dist/b.map']);
    rmSync(join(folder, 'r1'), { recursive: true });
    symlinkSync('../..', join(root, 'dist', 'up'));
    expect(await refused({ paths: ['dist/up/*.txt'] })).not.toBeNull();
  });

  test('are bounded in number and size', async () => {
    expect(await refused({}, { maxFiles: 2 })).toContain('more than 2 files match');
    expect(await refused({}, { maxBytes: 3 })).toContain('too large');
  });

  test('are not kept when the step is stopped meanwhile', async () => {
    expect(await refused({}, {}, true)).toContain('STEP_CANCELLED');
  });

  test('hold no secret where they are text, however large; bytes stay what they are', async () => {
    const mask = createMask(['hunter2-hunter2']);
    const text = `${'x'.repeat(262_140)}hunter2-hunter2\n`;
    writeFileSync(join(root, 'dist', 'a.js'), text);
    const bytes = Buffer.from('\0hunter2-hunter2');
    writeFileSync(join(root, 'dist', 'a.bin'), bytes);
    const answer = await kept({ paths: ['dist/a.*'] }, { mask });
    const [binary, masked] = answer.ok ? answer.artifacts.map(({ file }) => readFileSync(file)) : [];
    expect(masked?.toString()).toBe(text.replace('hunter2-hunter2', '***'));
    expect(binary).toEqual(bytes);
  });
});

describe('a kept file', () => {
  const out = (path: string, more: Partial<Parameters<typeof handOut>[0]> = {}) => {
    const file = join(root, 'dist', 'a.js');
    const sha256 = createHash('sha256').update('a').digest('hex');
    return handOut({ file, sha256, folder: join(folder, 'out'), path, isForced: false, ...more });
  };

  test('is copied out, and over another only when that is said', async () => {
    expect(await out('x/a.js')).toBeNull();
    expect(readFileSync(join(folder, 'out', 'x', 'a.js'), 'utf8')).toBe('a');
    expect(await out('x/a.js')).toBe('there is such a file');
    expect(await out('x/a.js', { isForced: true })).toBeNull();
  });

  test.each(['../a', 'x/../../a', '/a', 'C:/a'])('does not leave the folder: %s', async (path) => {
    expect(await out(path)).toBe('it would lie outside of the folder');
  });

  test('does not follow a link out of it', async () => {
    mkdirSync(join(folder, 'out'));
    symlinkSync('..', join(folder, 'out', 'up'));
    expect(await out('up/a.js')).toBe('a link leads out of the folder');
    expect(existsSync(join(folder, 'a.js'))).toBe(false);
  });

  test('must be what was kept', async () => {
    expect(await out('a', { sha256: '0' })).toBe('what was kept is damaged');
    expect(await out('a', { file: join(root, 'gone') })).toBe('what was kept is gone');
  });
});
