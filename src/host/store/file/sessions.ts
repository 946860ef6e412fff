/**
 * Conversations of agents as files: `sessions/NAME/N.jsonl`, one for each process that wrote, never truncated; each line with its checksum.
 * The last line of a file may be torn by a crash: nobody was told that it is there. Knows nothing of what the lines say.
 */
import { join } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../../core/diagnostic/diagnostic.ts';
import { crc32OfText } from '../../../core/journal/crc32.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { Session, SessionEntry, SessionStore } from '../../../core/sessions.ts';
import { type Disk, errorCode, realDisk, writeAll } from '../../files.ts';
import { numbersIn } from './layout.ts';

/** `folder` is absolute, and made when the first session is. */
export function createSessions(folder: string, disk: Disk = realDisk): SessionStore {
  const list = (beginning: string): Result<readonly SessionEntry[]> =>
    orRefuse(beginning, () => {
      const names = disk.exists(folder) ? disk.names(folder) : [];
      const found = names.filter((name) => name.startsWith(beginning) && !name.endsWith(GONE)).toSorted();
      return found.map((name) => entryOf(join(folder, name), name, disk));
    });
  return {
    async open(name) {
      try {
        return openSession(join(folder, name), folder, name, disk);
      } catch (error) {
        return refuse(failure(name, error));
      }
    },
    list: () => list(''),
    ofRun: (run) => list(`${run}-`),
    remove: (name) =>
      orRefuse(name, () => {
        const gone = join(folder, `${name}${GONE}`);
        disk.rename(join(folder, name), gone);
        disk.removeFolder(gone);
      }),
  };
}

/** What is being removed. */
const GONE = '.gone';

function orRefuse<T>(name: string, work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return refuse(failure(name, error));
  }
}

function entryOf(place: string, name: string, disk: Disk): SessionEntry {
  const paths = numbersIn(disk.names(place), '', '.jsonl').map((part) => join(place, `${part}.jsonl`));
  const bytes = paths.reduce((sum, path) => sum + disk.read(path).length, 0);
  return { name, bytes, changedAt: Math.max(0, ...paths.map((path) => disk.changedAt(path))) };
}

function openSession(place: string, folder: string, name: string, disk: Disk): Result<Session> {
  const parts = disk.exists(place) ? numbersIn(disk.names(place), '', '.jsonl') : [];
  const lines: JsonObject[] = [];
  let wasTorn = false;
  // Each part is made after the one before it: where one is missing, what was said in it is, too.
  const missing = parts.findIndex((part, index) => part !== index + 1);
  if (missing >= 0) return refuse(damaged(name, missing + 1));
  for (const part of parts) {
    const read = readLines(Buffer.from(disk.read(join(place, `${part}.jsonl`))).toString('utf8'));
    if (read === null) return refuse(damaged(name, part));
    lines.push(...read.lines);
    wasTorn ||= read.isTorn;
  }
  const path = join(place, `${(parts.at(-1) ?? 0) + 1}.jsonl`);
  return { ok: true, value: { lines, wasTorn, ...writer({ path, place, folder, name, disk }) } };
}

interface Target {
  readonly path: string;
  readonly place: string;
  readonly folder: string;
  readonly name: string;
  readonly disk: Disk;
}

/** The file is made with the first lines; after a failure nothing more is written, so that no line ever follows half of one. */
function writer({ path, place, folder, name, disk }: Target): Pick<Session, 'append' | 'close'> {
  let fd: number | null = null;
  let broken: Diagnostic | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (lines: readonly JsonObject[]): Promise<Diagnostic | null> => {
    if (broken !== null) return broken;
    try {
      const isNew = fd === null;
      if (isNew) disk.makeFolders(place);
      fd ??= disk.createFile(path);
      writeAll(disk, fd, Buffer.from(lines.map(encoded).join('')));
      await disk.sync(fd);
      if (isNew) await Promise.all([place, folder].map((one) => disk.syncFolder(one)));
      return null;
    } catch (error) {
      broken = failure(name, error);
      return broken;
    }
  };
  return {
    append(lines) {
      const turn = last.then(() => write(lines));
      last = turn;
      return turn;
    },
    close() {
      void last.then(() => {
        if (fd !== null) disk.close(fd);
        fd = null;
        broken ??= problem('STEP_SESSION_FAILED', `The conversation \`${name}\` was closed.`);
      });
    },
  };
}

function encoded(line: JsonObject): string {
  const text = JSON.stringify(line);
  return `${checksum(text)} ${text}\n`;
}

function checksum(text: string): string {
  return crc32OfText(text, 0).toString(16).padStart(8, '0');
}

/** Null where a line that was written whole is not what it was. */
function readLines(text: string): { readonly lines: readonly JsonObject[]; readonly isTorn: boolean } | null {
  const rows = text.split('\n');
  const rest = rows.pop() ?? '';
  const lines: JsonObject[] = [];
  for (const [at, row] of rows.entries()) {
    const line = readLine(row);
    if (line !== null) lines.push(line);
    else if (at === rows.length - 1 && rest === '') return { lines, isTorn: true };
    else return null;
  }
  return { lines, isTorn: rest !== '' };
}

function readLine(row: string): JsonObject | null {
  const text = row.slice(9);
  if (row.slice(0, 9) !== `${checksum(text)} `) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function damaged(name: string, part: number): Diagnostic {
  return problem('STEP_SESSION_LOST', `The conversation \`${name}\` is damaged, in its part ${part}.`, {
    hint: 'Look at what the agent has done, then begin the step anew: `giga resume --from STEP`.',
  });
}

function failure(name: string, error: unknown): Diagnostic {
  const code = errorCode(error) ?? String(error);
  return problem('STEP_SESSION_FAILED', `The conversation \`${name}\` could not be kept: ${code}.`, {
    hint: code === 'ENOSPC' ? 'Free some space, then resume.' : 'Check the state folder, then resume.',
  });
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [diagnostic] };
}
