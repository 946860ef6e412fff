import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileTarget } from '../../../src/core/workspace-files.ts';
import { createWorkspaceFiles, temporaryName } from '../../../src/host/workspace/workspace-files.ts';

const files = createWorkspaceFiles();
let folder: string;
let root: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
  root = join(folder, 'work');
  mkdirSync(join(root, 'sub'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function target(path: string, more: Partial<FileTarget> = {}): FileTarget {
  return { root, folder: root, path, key: 'r1/a/1', ...more };
}
async function write(path: string, more: Partial<FileTarget> = {}, text = 'new'): Promise<string> {
  const written = await files.write(target(path, more), Buffer.from(text));
  return written.ok ? written.value : (written.diagnostics[0]?.code ?? 'none');
}
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const modeOf = (path: string): number => statSync(join(root, path)).mode & 0o777;
/** Every file below the folder, links included. */
const all = (): string[] => readdirSync(folder, { recursive: true }).map(String).toSorted();

describe('a file is written', () => {
  test.each([
    ['x.txt', 'x.txt'],
    ['./x.txt', 'x.txt'],
    ['new/deep/x.txt', 'new/deep/x.txt'],
    ['sub/../x.txt', 'x.txt'],
    ['..txt', '..txt'],
    ['n'.repeat(255), 'n'.repeat(255)],
  ])('at %s', async (path, real) => {
    expect(await write(path)).toBe(real);
    expect(read(real)).toBe('new');
  });
  test('at an absolute path inside, and relative to a folder', async () => {
    expect(await write(join(root, 'abs.txt'))).toBe('abs.txt');
    expect(await write('../up.txt', { folder: join(root, 'sub') })).toBe('up.txt');
  });
  test('over another one, whose mode it keeps', async () => {
    writeFileSync(join(root, 'x'), 'a much longer old text');
    chmodSync(join(root, 'x'), 0o751);
    expect(await write('x')).toBe('x');
    expect([read('x'), modeOf('x')]).toEqual(['new', 0o751]);
  });
  test('with the mode that is asked for, whatever the umask says', async () => {
    const before = process.umask(0o077);
    await write('x', { mode: 0o755 });
    await write('y');
    process.umask(before);
    expect([modeOf('x'), modeOf('y')]).toEqual([0o755, 0o600]);
  });
  test('through links that stay inside', async () => {
    symlinkSync('sub', join(root, 'link'));
    writeFileSync(join(root, 'sub', 'real'), 'old');
    symlinkSync('sub/real', join(root, 'file'));
    expect(await write('link/x')).toBe('sub/x');
    expect(await write('file')).toBe('sub/real');
    expect(read('sub/real')).toBe('new');
  });
  test('where the root itself is named by a link', async () => {
    symlinkSync(root, join(folder, 'alias'));
    expect(await write('x', { root: join(folder, 'alias'), folder: join(folder, 'alias') })).toBe('x');
  });
});

describe('nothing is written', () => {
  const lead = (name: string, to: string): void => symlinkSync(to, join(root, name));
  test.each<[string, string, () => void, string]>([
    ['above the root', '../x', () => {}, 'STEP_WRITE_OUTSIDE'],
    ['beside the root, under a name that begins alike', '../work-2/x', () => {}, 'STEP_WRITE_OUTSIDE'],
    ['far above', '../../../../../../../../etc/giga-x', () => {}, 'STEP_WRITE_OUTSIDE'],
    ['at an absolute path', '/giga-x', () => {}, 'STEP_WRITE_OUTSIDE'],
    ['in a folder that leads out', 'out/x', () => lead('out', '../outside'), 'STEP_WRITE_OUTSIDE'],
    ['in a new folder below one that leads out', 'out/a/b/x', () => lead('out', '../outside'), 'STEP_WRITE_OUTSIDE'],
    ['in a folder that leads nowhere', 'out/x', () => lead('out', '../outside/none'), 'STEP_WRITE_OUTSIDE'],
    [
      'through a file that leads out',
      'x',
      () => [writeFileSync(join(folder, 'outside/x'), 'old'), lead('x', '../outside/x')],
      'STEP_WRITE_OUTSIDE',
    ],
    ['through a file that leads nowhere', 'x', () => lead('x', '../outside/x'), 'STEP_WRITE_FAILED'],
    ['through a link to itself', 'x', () => lead('x', 'x'), 'STEP_WRITE_FAILED'],
    ['over a folder', 'sub', () => {}, 'STEP_WRITE_FAILED'],
    ['below a file', 'x/y', () => writeFileSync(join(root, 'x'), ''), 'STEP_WRITE_FAILED'],
    ['under a name that is too long', 'n'.repeat(300), () => {}, 'STEP_WRITE_FAILED'],
    ['without a name', '', () => {}, 'STEP_BAD_REQUEST'],
    ['at a folder by its name', 'sub/', () => {}, 'STEP_BAD_REQUEST'],
    ['at a name with NUL', 'a\0b', () => {}, 'STEP_BAD_REQUEST'],
  ])('%s', async (_what, path, prepare, code) => {
    prepare();
    const before = all();
    expect(await write(path)).toBe(code);
    expect(all()).toEqual(before);
    if (existsSync(join(folder, 'outside/x'))) expect(readFileSync(join(folder, 'outside/x'), 'utf8')).toBe('old');
  });
  test('when a folder is exchanged for a link while the file is written', async () => {
    const opened = await files.open(target('sub/x'));
    if (!opened.ok) throw new Error('not opened');
    await opened.value.write(Buffer.from('new'));
    rmSync(join(root, 'sub'), { recursive: true });
    symlinkSync('../outside', join(root, 'sub'));
    expect(await opened.value.commit()).toMatchObject({ ok: false, diagnostics: [{ code: 'STEP_WRITE_OUTSIDE' }] });
    expect(readdirSync(join(folder, 'outside'))).toEqual([]);
  });
});

describe('a crash in the middle', () => {
  test('leaves the old file, and the next attempt clears away what it left', async () => {
    writeFileSync(join(root, 'x'), 'old');
    const opened = await files.open(target('x'));
    if (!opened.ok) throw new Error('not opened');
    await opened.value.write(Buffer.from('hal'));
    expect(read('x')).toBe('old');
    expect(readdirSync(root).toSorted()).toEqual([temporaryName('x', 'r1/a/1'), 'sub', 'x'].toSorted());
    expect(await write('x')).toBe('x');
    expect([read('x'), readdirSync(root).toSorted()]).toEqual(['new', ['sub', 'x']]);
  });
  test('of another step is not touched', async () => {
    const opened = await files.open(target('x', { key: 'r1/b/1' }));
    if (!opened.ok) throw new Error('not opened');
    expect(await write('x')).toBe('x');
    await opened.value.write(Buffer.from('later'));
    expect(await opened.value.commit()).toEqual({ ok: true, value: 'x' });
    expect([read('x'), readdirSync(root).toSorted()]).toEqual(['later', ['sub', 'x']]);
  });
  test('does not follow a link that was put in its place', async () => {
    writeFileSync(join(folder, 'outside/x'), 'old');
    symlinkSync('../outside/x', join(root, temporaryName('x', 'r1/a/1')));
    expect(await write('x')).toBe('x');
    expect(readFileSync(join(folder, 'outside/x'), 'utf8')).toBe('old');
  });
  test('that is no crash leaves nothing', async () => {
    const opened = await files.open(target('x'));
    if (!opened.ok) throw new Error('not opened');
    await opened.value.discard();
    expect(readdirSync(root)).toEqual(['sub']);
  });
});
