/**
 * What the lines of a store of notes come to. Their order decides: a change counts where every note that it names is what its writer took
 * it for, and where the store can hold what it makes of them, so that no lock is needed and every reader finds the same. Pure.
 *
 *     { note }              as it stood in the part before this one
 *     { done: [id] }        what had come to its end in it, so that who wrote it finds it here
 *     { id, by, changes }   all of them or none
 *     { seal: true }        what follows does not count: the next part goes on
 */
import { crc32OfText } from '../../../core/journal/crc32.ts';
import { isJsonObject, type Json, type JsonObject, sha256 } from '../../../core/json.ts';
import { noteFault, notePath, storeFault } from '../../../core/memory/bounds.ts';
import type { Note, NoteChange, NoteOrigin, NotesEnd } from '../../../core/memory/store.ts';

export interface NotesState {
  readonly notes: ReadonlyMap<string, Note>;
  /** What became of each change, by its id. */
  readonly ends: ReadonlyMap<string, NotesEnd>;
  readonly damaged: number;
  readonly isSealed: boolean;
}

const PREFIX = /^([0-9a-f]{8}) ([0-9a-f]{6}) /;

/** With a line break before it as well: a process that was killed may have left half a line. The length tells half a line from a damaged one. */
export function encodedLine(line: JsonObject): string {
  const text = JSON.stringify(line);
  const length = Buffer.byteLength(text).toString(16).padStart(6, '0');
  return `\n${crc32OfText(text, 0).toString(16).padStart(8, '0')} ${length} ${text}\n`;
}

export function changeLine(id: string, changes: readonly NoteChange[], by: NoteOrigin): JsonObject {
  const plain = changes.map(({ path, was, text }) => ({ path, was: was === null ? null : sha256(was), text }));
  return { id, by, changes: plain };
}

function noteLine(note: Note): JsonObject {
  return { note: note as unknown as JsonObject }; // plain JSON
}

/** What the next part begins with. */
export function nextPart({ notes, ends }: NotesState): string {
  const done = [...ends].flatMap(([id, { kind }]) => (kind === 'done' ? [id] : [])).slice(-MOST_ENDS);
  return [...notes.values()].map(noteLine).concat({ done }).map(encodedLine).join('');
}

/** More changes are not under way when a part is followed by another. */
const MOST_ENDS = 256;

export function stateOf(text: string): NotesState {
  const ends = new Map<string, NotesEnd>();
  let notes: ReadonlyMap<string, Note> = new Map();
  let damaged = 0;
  for (const row of text.split('\n')) {
    const line = lineIn(row);
    if (line === 'damaged') damaged += 1;
    if (line === null || line === 'damaged') continue;
    if (Array.isArray(line.done)) {
      for (const id of line.done) ends.set(String(id), { kind: 'done' });
      continue;
    }
    if (line.seal === true) return { notes, ends, damaged, isSealed: true };
    const after = withNote(notes, line) ?? withChanges(notes, line);
    if (after === null) damaged += 1;
    else if ('end' in after) ends.set(after.id, after.end);
    else {
      notes = after.notes;
      if (after.id !== null) ends.set(after.id, { kind: 'done' });
    }
  }
  return { notes, ends, damaged, isSealed: false };
}

/** Null where there is none, or only the beginning of one: a crash cut it off, and nobody was told that it is there. */
function lineIn(row: string): JsonObject | 'damaged' | null {
  const [prefix = '', crc = '', length = ''] = PREFIX.exec(row) ?? [];
  if (prefix === '') return row.length < 16 ? null : 'damaged';
  const text = row.slice(prefix.length);
  if (Buffer.byteLength(text) < Number.parseInt(length, 16)) return null;
  if (crc32OfText(text, 0).toString(16).padStart(8, '0') !== crc) return 'damaged';
  try {
    const value = JSON.parse(text) as Json; // JSON.parse gives Json
    return isJsonObject(value) ? value : 'damaged';
  } catch {
    return 'damaged';
  }
}

type Counted =
  | { readonly notes: ReadonlyMap<string, Note>; readonly id: string | null }
  | { readonly id: string; readonly end: NotesEnd };

function withNote(notes: ReadonlyMap<string, Note>, { note }: JsonObject): Counted | null {
  if (!isJsonObject(note)) return null;
  const { path, text } = note;
  const [made, changed] = [originIn(note.made), originIn(note.changed)];
  if (typeof path !== 'string' || notePath(path) !== path || typeof text !== 'string') return null;
  if (made === null || changed === null) return null;
  return { notes: new Map([...notes, [path, { path, text, made, changed }]]), id: null };
}

function withChanges(notes: ReadonlyMap<string, Note>, { id, by, changes }: JsonObject): Counted | null {
  const origin = originIn(by);
  if (typeof id !== 'string' || origin === null || !Array.isArray(changes)) return null;
  const after = new Map(notes);
  for (const change of changes) {
    if (!isJsonObject(change)) return null;
    const { path, was, text } = change;
    if (typeof path !== 'string' || !(text === null || typeof text === 'string')) return null;
    const before = notes.get(path);
    if ((before === undefined ? null : sha256(before.text)) !== was) return { id, end: { kind: 'changed' } };
    if (text === null) after.delete(path);
    else {
      const fault = notePath(path) === path ? noteFault(text) : 'its name is none';
      if (fault !== null) return { id, end: { kind: 'refused', why: `\`${path}\` cannot be kept: ${fault}` } };
      after.set(path, { path, text, made: before?.made ?? origin, changed: origin });
    }
  }
  const fault = storeFault(new Map([...after].map(([path, { text }]) => [path, text])));
  return fault === null ? { notes: after, id } : { id, end: { kind: 'refused', why: fault } };
}

/** Null for what says of nobody. */
function originIn(value: Json | undefined): NoteOrigin | null {
  if (!isJsonObject(value) || typeof value.at !== 'number') return null;
  const { kind, at, name, run, step, model, sources } = value;
  if (kind === 'person') return typeof name === 'string' ? { kind, at, name } : null;
  if (kind !== 'model' || typeof run !== 'string' || typeof step !== 'string' || typeof model !== 'string') return null;
  const list = Array.isArray(sources) ? sources.filter((one) => typeof one === 'string') : [];
  return { kind, at, run, step, model, sources: list };
}
