/** Writes files of the workspace, all or nothing: a temporary file beside the real one, on disk before it gets the name. */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { sha256 } from '../../core/json.ts';
import type { FileInProgress, FileTarget, WorkspaceFiles } from '../../core/workspace-files.ts';
import { errorCode, realDisk } from '../files.ts';
import { findPlace, outside, type RealPlace, realFolder, shown } from './place.ts';

export function createWorkspaceFiles(): WorkspaceFiles {
  const files: WorkspaceFiles = {
    async open(target) {
      try {
        const place = await findPlace(target);
        return place.ok ? { ok: true, value: await begin(target, place.value) } : place;
      } catch (error) {
        return refuse(failure(target, error));
      }
    },
    async write(target, bytes) {
      const opened = await files.open(target);
      if (!opened.ok) return opened;
      try {
        await opened.value.write(bytes);
      } catch (error) {
        await opened.value.discard();
        return refuse(failure(target, error));
      }
      return opened.value.commit();
    },
  };
  return files;
}

async function begin(target: FileTarget, place: RealPlace): Promise<FileInProgress> {
  const temporary = join(place.folder, temporaryName(place.name, target.key));
  await removeIfThere(temporary);
  const file = await open(temporary, 'wx', 0o666);
  const discard = async (): Promise<void> => {
    await file.close().catch(() => {}); // it may be closed already
    await removeIfThere(temporary).catch(() => {}); // what stays is a name that the next attempt clears away
  };
  return {
    write: (bytes) => writeAll(file, bytes),
    discard,
    async commit() {
      try {
        const mode = target.mode ?? place.mode;
        if (mode !== null) await file.chmod(mode);
        await file.sync();
        await file.close();
        if ((await realFolder(place.folder, place.root)) !== place.folder) {
          await discard();
          return refuse(outside(target));
        }
        await rename(temporary, join(place.folder, place.name));
        await realDisk.syncFolder(place.folder);
      } catch (error) {
        await discard();
        return refuse(failure(target, error));
      }
      return { ok: true, value: relative(place.root, join(place.folder, place.name)).replaceAll(sep, '/') };
    },
  };
}

/** Hidden, and the same for every attempt of one step. A name has at most 255 bytes. */
export function temporaryName(name: string, key: string): string {
  return `.${name.slice(0, 40)}.giga-${sha256(key).slice(0, 16)}.tmp`;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function failure(target: FileTarget, error: unknown): Diagnostic {
  const code = errorCode(error) ?? String(error);
  return problem('STEP_WRITE_FAILED', `\`${shown(target.path)}\` could not be written: ${code}.`, {
    hint: code === 'ENOSPC' ? 'Free some space, then resume.' : 'What was there before is unchanged.',
  });
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [diagnostic] };
}
