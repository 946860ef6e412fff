/** The commands of the memory tool of the Messages API, on notes as they stand: what they answer, and what is to change. Pure. */
import type { JsonObject } from '../../../core/json.ts';
import { notePath } from '../../../core/memory/bounds.ts';
import type { Note, NoteChange } from '../../../core/memory/store.ts';

export type Answered =
  | { readonly kind: 'answer'; readonly text: string }
  /** Said where the changes were made. */
  | { readonly kind: 'change'; readonly changes: readonly NoteChange[]; readonly text: string }
  | { readonly kind: 'failure'; readonly text: string };

/** As the API has it: all notes stand below one folder. */
const ROOT = '/memories';

type Notes = ReadonlyMap<string, Note>;
type Command = (notes: Notes, args: JsonObject) => Answered;

export const COMMANDS: Readonly<Record<string, Command>> = {
  view: (notes, args) => on(args, 'path', (path) => view(notes, path, args)),
  create: (notes, args) => on(args, 'path', (path) => create(notes, path, textIn(args, 'file_text'))),
  str_replace: (notes, args) => on(args, 'path', (path) => replace(notes, path, args)),
  insert: (notes, args) => on(args, 'path', (path) => insert(notes, path, args)),
  delete: (notes, args) => on(args, 'path', (path) => remove(notes, path)),
  rename: (notes, args) =>
    on(args, 'old_path', (from) => on(args, 'new_path', (to) => (to === '' ? taken(to) : rename(notes, from, to)))),
};

export const MEMORY_SCHEMA: JsonObject = {
  type: 'object',
  required: ['command'],
  properties: {
    command: { enum: Object.keys(COMMANDS) },
    path: { type: 'string' },
    view_range: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
    file_text: { type: 'string' },
    old_str: { type: 'string' },
    new_str: { type: 'string' },
    insert_line: { type: 'integer' },
    insert_text: { type: 'string' },
    old_path: { type: 'string' },
    new_path: { type: 'string' },
  },
};

/** The path below the root, '' for the root itself; what leads elsewhere is none. */
function on(args: JsonObject, key: string, then: (path: string) => Answered): Answered {
  const given = args[key];
  if (typeof given !== 'string') return failure(`\`${key}\` is missing.`);
  const inner = given === ROOT || given === `${ROOT}/` ? '' : given.startsWith(`${ROOT}/`) ? given.slice(10) : null;
  const path = inner === '' || inner === null ? inner : notePath(inner.replace(/\/$/, ''));
  return path === null
    ? failure(
        `\`${given.slice(0, 200)}\` is no path of a note: they are such as ${ROOT}/style/commits.md, of letters, digits, blanks and _.,+@()-.`,
      )
    : then(path);
}

function view(notes: Notes, path: string, args: JsonObject): Answered {
  const note = notes.get(path);
  if (note !== undefined) return answer(numbered(note, args.view_range));
  const inside = below(notes, path);
  if (inside.length === 0 && path !== '') return absent(path);
  const lines = inside.map(({ path: at, text }) => `${Buffer.byteLength(text)}B\t${ROOT}/${at}`);
  return answer(
    lines.length === 0
      ? `There are no notes in ${shown(path)} yet.`
      : `All notes in ${shown(path)}:\n${lines.join('\n')}`,
  );
}

function numbered({ path, text }: Note, range: JsonObject[string] | undefined): string {
  const lines = text.split('\n');
  const [from = 1, to = -1] = Array.isArray(range) ? range.map(Number) : [];
  const first = Math.max(1, from);
  const some = lines.slice(first - 1, to === -1 ? undefined : Math.max(0, to));
  const rows = some.map((line, at) => `${String(first + at).padStart(6)}\t${line}`);
  return `Here's the content of ${shown(path)} with line numbers:\n${rows.join('\n')}`;
}

function create(notes: Notes, path: string, text: string): Answered {
  if (path === '' || below(notes, path).length > 0) return failure(`${shown(path)} is a folder.`);
  if (notes.has(path)) return failure(`Error: File ${shown(path)} already exists. Change it with str_replace.`);
  return change([{ path, was: null, text }], `File created successfully at: ${shown(path)}`);
}

function replace(notes: Notes, path: string, args: JsonObject): Answered {
  const note = notes.get(path);
  if (note === undefined) return absent(path);
  const [old, text] = [textIn(args, 'old_str'), textIn(args, 'new_str')];
  const parts = old === '' ? [note.text] : note.text.split(old);
  if (parts.length === 1)
    return failure(`No replacement was performed: old_str did not appear verbatim in ${shown(path)}.`);
  if (parts.length > 2)
    return failure(
      `No replacement was performed: old_str appears ${parts.length - 1} times. Give more of what is around it.`,
    );
  return change([{ path, was: note.text, text: parts.join(text) }], 'The memory file has been edited.');
}

function insert(notes: Notes, path: string, args: JsonObject): Answered {
  const note = notes.get(path);
  if (note === undefined) return absent(path);
  const lines = note.text.split('\n');
  const at = args.insert_line;
  if (typeof at !== 'number' || at < 0 || at > lines.length)
    return failure(`Invalid insert_line: it should be within the lines of the file, [0, ${lines.length}].`);
  const text = lines.toSpliced(at, 0, textIn(args, 'insert_text').replace(/\n$/, '')).join('\n');
  return change([{ path, was: note.text, text }], `The file ${shown(path)} has been edited.`);
}

function remove(notes: Notes, path: string): Answered {
  if (path === '') return failure(`${ROOT} itself cannot be deleted.`);
  const gone = notesAt(notes, path);
  if (gone.length === 0) return absent(path);
  return change(
    gone.map((note) => ({ path: note.path, was: note.text, text: null })),
    `Successfully deleted ${shown(path)}`,
  );
}

function rename(notes: Notes, from: string, to: string): Answered {
  const moved = from === '' ? [] : notesAt(notes, from);
  if (moved.length === 0) return from === '' ? failure(`${ROOT} itself cannot be renamed.`) : absent(from);
  if (notesAt(notes, to).length > 0 || to.startsWith(`${from}/`)) return taken(to);
  const changes = moved.flatMap(({ path, text }): readonly NoteChange[] => [
    { path, was: text, text: null },
    { path: `${to}${path.slice(from.length)}`, was: null, text },
  ]);
  return change(changes, `Successfully renamed ${shown(from)} to ${shown(to)}`);
}

/** The note of a path, or all in the folder of it. */
function notesAt(notes: Notes, path: string): readonly Note[] {
  const note = notes.get(path);
  return note === undefined ? below(notes, path) : [note];
}

function below(notes: Notes, folder: string): readonly Note[] {
  return [...notes.values()].filter(({ path }) => folder === '' || path.startsWith(`${folder}/`));
}

function textIn(args: JsonObject, key: string): string {
  const value = args[key];
  return typeof value === 'string' ? value : '';
}

function shown(path: string): string {
  return path === '' ? ROOT : `${ROOT}/${path}`;
}

function answer(text: string): Answered {
  return { kind: 'answer', text };
}

function change(changes: readonly NoteChange[], text: string): Answered {
  return { kind: 'change', changes, text };
}

function failure(text: string): Answered {
  return { kind: 'failure', text };
}

function absent(path: string): Answered {
  return failure(`The path ${shown(path)} does not exist. Please provide a valid path.`);
}

function taken(path: string): Answered {
  return failure(`The destination ${shown(path)} already exists.`);
}
