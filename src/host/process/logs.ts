/** The two log files of an attempt: opened, read back, and removed when empty. Knows nothing of processes. */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Captured, NOTHING } from '../../core/process.ts';

const TAIL_BYTES = 4_096;

export interface Log {
  readonly path: string;
  /** Open for reading and for appending: who opens `/dev/stdout` anew and truncates it does not tear holes. */
  readonly fd: number;
}

export interface LogPair {
  readonly out: Log;
  readonly err: Log;
}

export function logPath(log: { readonly folder: string; readonly name: string }, stream: 'out' | 'err'): string {
  return join(log.folder, `${log.name}.${stream}`);
}

/** Opens both, empty; makes the folder. Throws the system's error. */
export function openLogs(log: { readonly folder: string; readonly name: string }): LogPair {
  const out = openLog(log.folder, logPath(log, 'out'));
  try {
    return { out, err: openLog(log.folder, logPath(log, 'err')) };
  } catch (error) {
    closeSync(out.fd);
    throw error;
  }
}

function openLog(folder: string, path: string): Log {
  removeFile(path);
  try {
    return { path, fd: openSync(path, 'a+', 0o600) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // what fs throws is an ErrnoException
    mkdirSync(folder, { recursive: true });
    return { path, fd: openSync(path, 'a+', 0o600) };
  }
}

/** Closes a log, removes it when it is empty, and gives its beginning. */
export function closeLog(log: Log, maxOutput: number): Captured {
  const bytes = fstatSync(log.fd).size;
  const captured = bytes === 0 ? NOTHING : readStart(log.fd, bytes, maxOutput);
  closeSync(log.fd);
  if (bytes === 0) removeFile(log.path);
  return captured;
}

/** The beginning of a log that is at rest under `path`; nothing when there is none. */
export function readLog(path: string, maxOutput: number): Captured {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return NOTHING;
  }
  try {
    return readStart(fd, fstatSync(fd).size, maxOutput);
  } finally {
    closeSync(fd);
  }
}

function readStart(fd: number, bytes: number, maxOutput: number): Captured {
  const wanted = Math.min(bytes, maxOutput);
  const buffer = Buffer.allocUnsafe(wanted);
  let length = 0;
  while (length < wanted) {
    const count = readSync(fd, buffer, length, wanted - length, length);
    if (count === 0) break;
    length += count;
  }
  const truncated = bytes > length;
  if (!truncated) return { text: buffer.toString('utf8', 0, length), truncated, bytes };
  return {
    text: buffer.toString('utf8', 0, wholeCharacters(buffer, length)),
    truncated,
    bytes,
    tail: readTail(fd, bytes),
  };
}

/** The last bytes of an open file as text; a character that is cut at the front shows as U+FFFD. */
export function readTail(fd: number, bytes: number): string {
  const start = Math.max(0, bytes - TAIL_BYTES);
  const buffer = Buffer.allocUnsafe(bytes - start);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
}

/** How many of the first `length` bytes form whole characters: a UTF-8 sequence that is cut at the end is left out. */
export function wholeCharacters(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? length - back : length;
  }
  return length;
}

/** Removes a file if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there, which is what is wanted; a folder that cannot be written to says so when the log is opened.
  }
}
