/** Reads a file that a user named. Knows no format. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';

/** `named` is the path as given, relative to `cwd`; `role` says in the message what it was given as, such as ` of --inputs`. */
export function readUserFile(cwd: string, named: string, role = ''): Result<string> {
  try {
    return { ok: true, value: readFileSync(resolve(cwd, named), 'utf8') };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/, .*/s, '') : String(error);
    return {
      ok: false,
      diagnostics: [problem('CLI_FILE_NOT_FOUND', `The file "${named}"${role} cannot be read: ${why}.`)],
    };
  }
}
