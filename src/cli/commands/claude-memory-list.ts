/** `giga claude memory list [STORE]`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { noteJson, storeLines } from '../render/memory-lines.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { listNotes } = await import('../../app/commands/notes.ts');
  const [store] = call.args;
  const listed = take(call, await listNotes(project.value, store));
  if (!listed.ok) return listed.code;
  for (const one of listed.value) {
    if (call.json) for (const note of one.notes) call.io.out.write(`${JSON.stringify(noteJson(one.store, note))}\n`);
    else call.io.out.write(`${storeLines(one, Date.now()).join('\n')}\n`);
  }
  if (listed.value.length === 0) call.io.err.write('There are no notes: an agent with `memory` keeps some.\n');
  return EXIT.done;
}
