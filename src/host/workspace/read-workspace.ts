/** Looks at files of the workspace for tools: where they really lie, what is in them, which there are. Writes nothing. */
import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { FileList, Located, WorkspaceReader } from '../../core/workspace-reader.ts';
import { errorCode } from '../files.ts';
import { git } from '../git/git-command.ts';
import { shown } from './place.ts';

const PATIENCE_MS = 20_000;

export function createWorkspaceReader(): WorkspaceReader {
  return {
    async locate(root, folder, path) {
      try {
        return await located(root, folder, path);
      } catch (error) {
        return refuse(path, `cannot be looked at (${errorCode(error) ?? String(error)})`);
      }
    },
    async read(root, path, maxBytes) {
      try {
        return { ok: true, value: await readBytes(join(await realpath(root), path), maxBytes) };
      } catch (error) {
        return refuse(path, `cannot be read (${errorCode(error) ?? String(error)})`);
      }
    },
    async list(root, maxFiles) {
      try {
        const files = (await listByGit(root)) ?? (await listByGlob(root));
        return { ok: true, value: cut(files, maxFiles) };
      } catch (error) {
        return refuse('.', `cannot be listed (${errorCode(error) ?? String(error)})`);
      }
    },
  };
}

async function located(root: string, folder: string, path: string): Promise<Result<Located>> {
  if (path.includes('\0')) return refuse(path, 'is no path');
  const top = await realpath(root);
  const wanted = resolve(folder, path);
  const real = await realpathOrAbsent(wanted);
  if (real === null) return refuse(path, 'is a link that leads nowhere');
  if (real.path !== top && !real.path.startsWith(top + sep)) return refuse(path, 'lies outside of the workspace');
  const at = relative(top, real.path).split(sep).join('/');
  if (real.isAbsent) return { ok: true, value: { path: at, kind: 'absent', bytes: 0 } };
  const found = await lstat(real.path);
  if (found.isFile()) return { ok: true, value: { path: at, kind: 'file', bytes: found.size } };
  if (found.isDirectory()) return { ok: true, value: { path: at, kind: 'folder', bytes: 0 } };
  return refuse(path, 'is neither a file nor a folder');
}

/** The real path, of what is not there yet by the nearest folder that is; null for a link to nothing. */
async function realpathOrAbsent(path: string): Promise<{ readonly path: string; readonly isAbsent: boolean } | null> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return { path: join(await realpath(at), ...missing), isAbsent: missing.length > 0 };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || dirname(at) === at) throw error;
      if (
        await lstat(at).then(
          () => true,
          () => false,
        )
      )
        return null;
      missing.unshift(basename(at));
    }
  }
}

async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is no file');
    const bytes = Buffer.alloc(maxBytes);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, maxBytes - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === maxBytes) return bytes.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

/** Null outside of a repository. */
async function listByGit(root: string): Promise<readonly string[] | null> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', '.'];
  const answer = await git(args, { folder: root, timeoutMs: PATIENCE_MS });
  return answer.ok ? answer.text.split('\0').filter((path) => path !== '') : null;
}

async function listByGlob(root: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  return glob(['**'], {
    cwd: root,
    dot: true,
    followSymbolicLinks: false,
    ignore: ['**/.git/**', '**/.giga/**', '**/node_modules/**'],
  });
}

function cut(files: readonly string[], maxFiles: number): FileList {
  const sorted = files.toSorted();
  return { files: sorted.slice(0, maxFiles), isCut: sorted.length > maxFiles };
}

function refuse(path: string, why: string): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  return { ok: false, diagnostics: [problem('STEP_CLAUDE_FILES', `\`${shown(path)}\` ${why}.`)] };
}
