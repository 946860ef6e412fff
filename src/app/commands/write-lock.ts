/** Writes `giga.lock`, and other files of a project of which there is only one text: whole or not at all. Knows no servers. */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { LOCK_FILE, type Lock, lockText } from '../../core/lock.ts';
import { temporaryName, writeWholeFile } from '../../host/files.ts';

export function writeLock(root: string, lock: Lock): Diagnostic | null {
  return replaceFile(join(root, LOCK_FILE), LOCK_FILE, lockText(lock));
}

/** Untouched where it is so already. `file`: its name in messages. */
export function replaceFile(path: string, file: string, text: string): Diagnostic | null {
  const temporary = temporaryName(path);
  try {
    if (isThere(path, text)) return null;
    writeWholeFile(temporary, text);
    renameSync(temporary, path);
    return null;
  } catch (error) {
    rmSync(temporary, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    return problem('CLI_FILE_NOT_WRITTEN', `\`${file}\` cannot be written: ${why}.`);
  }
}

function isThere(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
