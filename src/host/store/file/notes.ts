/**
 * Notes of agents as files: `NAME/N.jsonl`, of which the last counts. It is only appended to, by as many processes as there are; one that
 * has grown is sealed, and what it comes to is the beginning of the next. Whoever meets a sealed one does that, with the same result.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, problem } from '../../../core/diagnostic/diagnostic.ts';
import { STORE_NAME } from '../../../core/memory/bounds.ts';
import type { NoteChange, NoteOrigin, NoteStore, Notes, NotesEnd } from '../../../core/memory/store.ts';
import { errorCode, realDisk, removeQuietly, temporaryName, writeWholeFile } from '../../files.ts';
import { numbersIn } from './layout.ts';
import { changeLine, encodedLine, type NotesState, nextPart, stateOf } from './note-lines.ts';

/** A file is begun anew when it has grown so large. */
const MOST_BYTES = 4 * 1_048_576;
/** How often a change is written again that came behind a seal. */
const TRIES = 8;

/** `folder` holds all stores; absolute, and made with the first note. */
export function openNotes(folder: string, name: string): NoteStore {
  const place = join(folder, name);
  return {
    async read(): Promise<Notes | Diagnostic> {
      try {
        const { notes, damaged } = (await current(place)).state;
        const sorted = [...notes.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
        return { notes: sorted, damaged };
      } catch (error) {
        return failure(name, error);
      }
    },
    async change(changes, by): Promise<NotesEnd> {
      try {
        return await change(place, changes, by);
      } catch (error) {
        return { kind: 'failed', error: failure(name, error) };
      }
    },
    async purge(): Promise<Diagnostic | null> {
      try {
        const { path, state } = await current(place);
        if (existsSync(path)) await beginNext(place, path, state);
        return null;
      } catch (error) {
        return failure(name, error);
      }
    },
  };
}

/** The names of the stores in a folder. */
export function storesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => STORE_NAME.test(name))
    .toSorted();
}

/** All of a store is gone at once, and then from the disk. Throws what the system says. */
export function removeStore(folder: string, name: string): void {
  const aside = join(folder, `.${name}-${randomBytes(4).toString('hex')}`);
  renameSync(join(folder, name), aside);
  rmSync(aside, { recursive: true, force: true });
}

interface Part {
  /** The file that counts, also where there is none yet. */
  readonly path: string;
  readonly state: NotesState;
  readonly bytes: number;
}

/** The last part; one that was sealed and not followed yet is followed. */
async function current(place: string): Promise<Part> {
  for (;;) {
    const numbers = existsSync(place) ? numbersIn(readdirSync(place), '', '.jsonl') : [];
    const path = join(place, `${numbers.at(-1) ?? 1}.jsonl`);
    const text = read(path);
    // Another process may have begun the next one, or removed all, since the names were read.
    if (text === null && numbers.length > 0) continue;
    const state = stateOf(text ?? '');
    if (!state.isSealed) return { path, state, bytes: Buffer.byteLength(text ?? '') };
    await writeNext(place, path, state);
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function change(place: string, changes: readonly NoteChange[], by: NoteOrigin): Promise<NotesEnd> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const id = randomBytes(12).toString('hex');
    const line = encodedLine(changeLine(id, changes, by));
    const { path, state, bytes } = await current(place);
    if (bytes > MOST_BYTES && state.damaged === 0) {
      await beginNext(place, path, state);
      continue;
    }
    const foreseen = stateOf(`${nextPart(state)}${line}`).ends.get(id);
    if (foreseen !== undefined && foreseen.kind !== 'done') return foreseen;
    mkdirSync(place, { recursive: true, mode: 0o700 });
    writeWholeFile(path, line, { flag: 'a', mode: 0o600 });
    await synced(path);
    if (bytes === 0) await Promise.all([place, join(place, '..')].map((one) => realDisk.syncFolder(one)));
    const end = (await current(place)).state.ends.get(id);
    if (end !== undefined) return end;
  }
  return { kind: 'changed' };
}

/** A part that another process has followed and removed meanwhile is on disk as the beginning of the next. */
async function synced(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+');
    await handle.datasync().finally(() => handle.close());
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

async function beginNext(place: string, path: string, state: NotesState): Promise<void> {
  if (!state.isSealed) writeWholeFile(path, encodedLine({ seal: true }), { flag: 'a' });
  await synced(path);
  await current(place);
}

/** The next part is there whole or not at all; that another one was quicker is as good. */
async function writeNext(place: string, path: string, state: NotesState): Promise<void> {
  const [number = 1] = numbersIn([path.slice(place.length + 1)], '', '.jsonl');
  const next = join(place, `${number + 1}.jsonl`);
  const temporary = temporaryName(next);
  try {
    writeWholeFile(temporary, nextPart(state), { flag: 'wx', mode: 0o600 });
    await synced(temporary);
    linkSync(temporary, next);
    await realDisk.syncFolder(place);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    removeQuietly(realDisk, temporary);
  }
  removeQuietly(realDisk, path);
}

function failure(name: string, error: unknown): Diagnostic {
  const code = errorCode(error) ?? String(error);
  return problem('STEP_MEMORY_FAILED', `The notes \`${name}\` could not be read or kept: ${code}.`, {
    hint: code === 'ENOSPC' ? 'Free some space, then resume.' : 'Check the folder `memory` of the state folder.',
  });
}
