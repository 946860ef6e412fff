/** Turns what the operating system says when it refuses a file into diagnostics. Knows its error codes, not what the file was for. */
import { type Diagnostic, problem } from '../../../core/diagnostic/diagnostic.ts';
import { errorCode } from '../../files.ts';

type DiskCode = 'RUN_DISK_FULL' | 'RUN_DISK_ERROR' | 'RUN_DISK_READ_ONLY' | 'RUN_DISK_FAILED';

const KINDS: Readonly<Record<string, readonly [DiskCode, string]>> = {
  ENOSPC: ['RUN_DISK_FULL', 'there is no room left on the disk'],
  EDQUOT: ['RUN_DISK_FULL', 'the disk quota is used up'],
  EFBIG: ['RUN_DISK_FULL', 'the file would be larger than is allowed'],
  EIO: ['RUN_DISK_ERROR', 'the disk reported an input/output error'],
  EROFS: ['RUN_DISK_READ_ONLY', 'the file system is read-only'],
  EACCES: ['RUN_DISK_READ_ONLY', 'the right to write is missing'],
  EPERM: ['RUN_DISK_READ_ONLY', 'the right to write is missing'],
};

/** Why `what` (a phrase: `write the journal of run 7f3c`) could not be done. An error that is not the system's is a bug, and thrown on. */
export function diskFailure(error: unknown, what: string): Diagnostic {
  const code = errorCode(error);
  if (code === null) throw error;
  const [diagnosed, reason] = Object.hasOwn(KINDS, code) ? (KINDS[code] ?? other(code)) : other(code);
  return problem(diagnosed, `Could not ${what}: ${reason}.`, {
    hint: 'Nothing that was acknowledged is lost. Mend that, and go on with `giga resume`.',
  });
}

function other(code: string): readonly [DiskCode, string] {
  return ['RUN_DISK_FAILED', `the operating system says ${code}`];
}

/** The same before a run began: the state folder could not be prepared. */
export function stateFailure(error: unknown, folder: string): Diagnostic {
  const { code, message } = diskFailure(error, `write to the state folder ${folder}`);
  if (code === 'RUN_DISK_FULL' || code === 'RUN_DISK_ERROR')
    return problem(code, message, { hint: 'Nothing was started.' });
  return problem('RUN_STATE_UNWRITABLE', message, {
    hint: 'Nothing was started. Mend that, or name another folder with `--state`.',
  });
}
