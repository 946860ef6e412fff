/** Lines about notes of agents. Pure. */
import type { StoreOfNotes } from '../../app/commands/notes.ts';
import { MOST_STORE_BYTES } from '../../core/memory/bounds.ts';
import type { Note, NoteOrigin } from '../../core/memory/store.ts';
import { bytes } from './artifact-lines.ts';
import { column, harmless, widthOf } from './text.ts';
import { duration } from './time.ts';

/** `reviews  2 notes, 1.2 KB of 1 MB`, and a line for each note: its path, size, age and who changed it last. */
export function storeLines({ store, notes, damaged }: StoreOfNotes, nowMs: number): string[] {
  const size = notes.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const count = `${notes.length} ${notes.length === 1 ? 'note' : 'notes'}`;
  const rows = notes.map((note) => [
    harmless(note.path),
    bytes(Buffer.byteLength(note.text)),
    `${duration(Math.max(0, nowMs - note.changed.at))} ago`,
    whoText(note.changed),
  ]);
  const widths = [0, 1, 2].map((at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  return [
    `${store}  ${count}, ${bytes(size)} of ${bytes(MOST_STORE_BYTES)}`,
    ...rows.map((row) => `  ${row.map((cell, at) => column(cell, widths[at] ?? widthOf(cell))).join('  ')}`.trimEnd()),
    ...(damaged === 0
      ? []
      : [`  ${damaged} ${damaged === 1 ? 'line of its file is' : 'lines of its file are'} damaged`]),
  ];
}

/** What a model wrote is its output; where else it could have it from is said. */
export function whoText(origin: NoteOrigin): string {
  if (origin.kind === 'person') return harmless(origin.name === '' ? 'somebody here' : origin.name);
  const { model, run, step, sources } = origin;
  const from = sources.length === 0 ? '' : `, with ${sources.join(', ')}`;
  return harmless(`${model} in ${step} of run ${run}${from}`);
}

/** As JSON, with the names of documents. */
export function noteJson(store: string, { path, text, made, changed }: Note) {
  return { type: 'claude.note', store, path, bytes: Buffer.byteLength(text), made, changed };
}
