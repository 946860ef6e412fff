/** `giga claude memory show STORE [NOTE]`: one note as it is, several under their names. */
import type { Note } from '../../core/memory/store.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { noteJson, whoText } from '../render/memory-lines.ts';
import { undiminished } from '../render/text.ts';
import { dateAndTime } from '../render/time.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { findNotes } = await import('../../app/commands/notes.ts');
  const [store = '', path] = call.args;
  const found = take(call, await findNotes(project.value, store, path));
  if (!found.ok) return found.code;
  const { out } = call.io;
  const isOne = found.value.length === 1 && found.value[0]?.path === path;
  for (const note of found.value) {
    if (call.json) await out.writeAll(`${JSON.stringify({ ...noteJson(store, note), text: note.text })}\n`);
    else await out.writeAll(`${isOne ? '' : headOf(note)}${textOf(note, out.isTerminal)}`);
  }
  return EXIT.done;
}

function headOf({ path, changed }: Note): string {
  return `── ${path} · ${dateAndTime(changed.at)} · ${whoText(changed)}\n`;
}

/** On a screen nothing of it acts; elsewhere it is as it was kept. */
function textOf({ text }: Note, isTerminal: boolean): string {
  const shown = isTerminal ? undiminished(text).join('\n') : text;
  return shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`;
}
