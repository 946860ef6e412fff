/** Looks at the notes of agents of a project, and changes them for a person. Prints nothing. */
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { notePath, STORE_NAME } from '../../core/memory/bounds.ts';
import type { Note, NoteOrigin, Notes, NotesEnd } from '../../core/memory/store.ts';
import { similarHint } from '../../core/nearest.ts';
import { realDisk } from '../../host/files.ts';
import { stateFailure } from '../../host/store/file/disk-failure.ts';
import { layoutOf } from '../../host/store/file/layout.ts';
import { openNotes, removeStore, storesIn } from '../../host/store/file/notes.ts';
import { checkState, prepareState } from '../../host/store/file/state-folder.ts';
import type { Project } from '../project.ts';

export interface StoreOfNotes extends Notes {
  readonly store: string;
}

/** All stores, or the one of a name. */
export async function listNotes(project: Project, name?: string): Promise<Result<readonly StoreOfNotes[]>> {
  const layout = layoutOf(project.state);
  const checked = checkState(realDisk, layout);
  if (!checked.ok) return checked;
  const stores = storesIn(layout.memory);
  if (name !== undefined && !stores.includes(name))
    return refuse(
      'CLI_NOTE_NOT_FOUND',
      `There is no store of notes \`${name}\`.`,
      similarHint('a store', name, stores).hint,
    );
  const listed: StoreOfNotes[] = [];
  for (const store of name === undefined ? stores : [name]) {
    const read = await openNotes(layout.memory, store).read();
    if ('code' in read) return { ok: false, diagnostics: [read] };
    listed.push({ store, ...read });
  }
  return { ok: true, value: listed };
}

/** The note of a path, all in the folder of it, or all that there are. */
export async function findNotes(project: Project, store: string, path?: string): Promise<Result<readonly Note[]>> {
  const listed = await listNotes(project, store);
  if (!listed.ok) return listed;
  const notes = listed.value[0]?.notes ?? [];
  const found = notes.filter((note) => path === undefined || note.path === path || note.path.startsWith(`${path}/`));
  if (path === undefined || found.length > 0) return { ok: true, value: found };
  const near = similarHint(
    'a note',
    path,
    notes.map((note) => note.path),
  );
  return refuse('CLI_NOTE_NOT_FOUND', `There is no note \`${path}\` in \`${store}\`.`, near.hint);
}

/** The text of a note as it is, null where there is none yet: for who wants to change it. */
export async function noteToEdit(project: Project, store: string, path: string): Promise<Result<string | null>> {
  if (!STORE_NAME.test(store))
    return refuse(
      'CLI_NOTE_REFUSED',
      `\`${store}\` cannot be the name of a store.`,
      'Small letters, digits and `-`, such as `reviews`.',
    );
  if (notePath(path) !== path)
    return refuse('CLI_NOTE_REFUSED', `\`${path}\` cannot be the path of a note.`, 'Such as `style/commits.md`.');
  const read = await openNotes(layoutOf(project.state).memory, store).read();
  if ('code' in read) return { ok: false, diagnostics: [read] };
  return { ok: true, value: read.notes.find((note) => note.path === path)?.text ?? null };
}

export interface Edited {
  readonly store: string;
  readonly path: string;
  /** What it was. */
  readonly was: string | null;
  readonly text: string;
}

export async function editNote(
  project: Project,
  { store, path, was, text }: Edited,
  by: NoteOrigin,
): Promise<Result<void>> {
  const layout = layoutOf(project.state);
  const prepared = prepareState({ disk: realDisk, layout, fresh: new Set() });
  if (!prepared.ok) return prepared;
  return resultOf(await openNotes(layout.memory, store).change([{ path, was, text }], by), store);
}

/** Removes notes, from the disk as well; all of a store where none are named. */
export async function forgetNotes(
  project: Project,
  store: string,
  notes: readonly Note[] | null,
  by: NoteOrigin,
): Promise<Result<void>> {
  const { memory } = layoutOf(project.state);
  if (notes === null) {
    try {
      removeStore(memory, store);
      return { ok: true, value: undefined };
    } catch (error) {
      return { ok: false, diagnostics: [stateFailure(error, memory)] };
    }
  }
  const open = openNotes(memory, store);
  const gone = notes.map(({ path, text }) => ({ path, was: text, text: null }));
  const done = resultOf(await open.change(gone, by), store);
  if (!done.ok) return done;
  const fault = await open.purge();
  return fault === null ? done : { ok: false, diagnostics: [fault] };
}

function resultOf(end: NotesEnd, store: string): Result<void> {
  switch (end.kind) {
    case 'done':
      return { ok: true, value: undefined };
    case 'changed':
      return refuse(
        'CLI_NOTE_REFUSED',
        `Somebody else changed \`${store}\` at the same time. Nothing was done.`,
        'Look at it, and try again.',
      );
    case 'refused':
      return refuse('CLI_NOTE_REFUSED', `Nothing was done: ${end.why}.`);
    case 'failed':
      return { ok: false, diagnostics: [end.error] };
    default:
      return end satisfies never;
  }
}

function refuse(code: 'CLI_NOTE_NOT_FOUND' | 'CLI_NOTE_REFUSED', message: string, hint?: string): Result<never> {
  return { ok: false, diagnostics: [problem(code, message, hint === undefined ? {} : { hint })] };
}
