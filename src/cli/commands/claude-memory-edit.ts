/** `giga claude memory edit STORE NOTE`: in an editor, or from stdin. */
import type { Project } from '../../app/project.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Call } from '../command-spec.ts';
import { editText } from '../edit-text.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { userName } from '../user-name.ts';

/** More than any note has. */
const MOST_BYTES = 1_048_576;

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { noteToEdit } = await import('../../app/commands/notes.ts');
  const [store = '', path = ''] = call.args;
  const before = take(call, await noteToEdit(project.value, store, path));
  if (!before.ok) return before.code;
  if (!call.io.canAsk) return keep(call, project.value, before.value, await readStdin());
  const edited = await editText(before.value ?? '', path, call.io.env);
  if (typeof edited !== 'string') return refuse(call, [edited.error]);
  return keep(call, project.value, before.value, edited);
}

async function keep(call: Call, project: Project, was: string | null, text: string | null): Promise<number> {
  const [store = '', path = ''] = call.args;
  if (text === null)
    return refuse(call, [problem('CLI_NOTE_REFUSED', 'What came from stdin is no text in UTF-8, or too long.')]);
  const isSame = text === (was ?? '');
  if (!isSame) {
    const { editNote } = await import('../../app/commands/notes.ts');
    const by = { kind: 'person', at: Date.now(), name: userName() } as const;
    const done = take(call, await editNote(project, { store, path, was, text }, by));
    if (!done.ok) return done.code;
  }
  const done = isSame ? 'unchanged' : was === null ? 'made' : 'changed';
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'claude.note.edited', store, path, done })}\n`);
  else call.io.err.write(`${store}: ${path} ${done}\n`);
  return EXIT.done;
}

async function readStdin(): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk as Uint8Array)); // a stream of bytes
    size += chunks.at(-1)?.length ?? 0;
    if (size > MOST_BYTES) return null;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return null;
  }
}
