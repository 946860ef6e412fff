/** Reads `giga.lock` of a project. Loads nothing of what is pinned there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, type Result } from '../core/diagnostic/diagnostic.ts';
import { EMPTY_LOCK, LOCK_FILE, type Lock, readLock } from '../core/lock.ts';
import { errorCode } from '../host/files.ts';

/** A project without the file has accepted nothing. */
export async function readLockFile(root: string): Promise<Result<Lock>> {
  let text: string;
  try {
    text = readFileSync(join(root, LOCK_FILE), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { ok: true, value: EMPTY_LOCK };
    return unusable(`it cannot be read (${errorCode(error) ?? String(error)})`);
  }
  const lock = readLock(text);
  return typeof lock === 'string' ? unusable(lock) : { ok: true, value: lock };
}

function unusable(why: string): Result<Lock> {
  return { ok: false, diagnostics: [problem('CONFIG_LOCK', `\`${LOCK_FILE}\` cannot be used: ${why}.`)] };
}
