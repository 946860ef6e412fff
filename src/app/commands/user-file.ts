/** Reads and writes a file that a user named. Knows no format. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';

/** `named` is the path as given, relative to `cwd`; `option` is what it was given with, such as `--inputs`. */
export function readUserFile(cwd: string, named: string, option?: string): Result<string> {
  try {
    return { ok: true, value: readFileSync(resolve(cwd, named), 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // what fs throws is an ErrnoException
    const whose = option === undefined ? '' : `, which ${option} names`;
    return { ok: false, diagnostics: [problem('CLI_FILE_NOT_FOUND', whyUnread(named, whose, code, message))] };
  }
}

function whyUnread(named: string, whose: string, code: string | undefined, message: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return `There is no file "${named}"${whose}.`;
  if (code === 'EISDIR') return `"${named}"${whose}${whose && ','} is a folder, not a file.`;
  return `The file "${named}"${whose} cannot be read: ${message.replace(/, .*/s, '')}.`;
}

/** Puts a text into a file; into one that is there only where that is `isForced`. */
export function writeUserFile(cwd: string, named: string, text: string, isForced: boolean): Result<void> {
  try {
    writeFileSync(resolve(cwd, named), text, { flag: isForced ? 'w' : 'wx' });
    return { ok: true, value: undefined };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // as above
    const refusal =
      code === 'EEXIST'
        ? problem('CLI_USAGE', `"${named}" is there already.`, {
            hint: 'Name another file, or replace it with `--force`.',
          })
        : problem('CLI_OUTPUT', `"${named}" cannot be written: ${message.replace(/, .*/s, '')}.`);
    return { ok: false, diagnostics: [refusal] };
  }
}
