/** The tool `memory`: notes that an agent keeps for later runs. Knows commands and a store of notes, no disk. */
import type { JsonObject } from '../../../core/json.ts';
import type { NoteOrigin, NoteStore, NotesEnd } from '../../../core/memory/store.ts';
import type { Mask } from '../../../core/ports.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';
import { failed } from '../tool-calls.ts';
import { COMMANDS, MEMORY_SCHEMA } from './memory-commands.ts';
import { ok, textArgument } from './workspace.ts';

export interface MemoryMeans {
  readonly store: NoteStore;
  /** No secret is kept. */
  readonly mask: Mask;
  /** Who writes, now. */
  readonly by: () => NoteOrigin;
}

/** How often a change is worked out anew because others were quicker. */
const TRIES = 5;

export function memoryTool({ store, mask, by }: MemoryMeans): Tool {
  return {
    name: 'memory',
    description: 'Notes for later runs, as files below /memories.',
    // Models know it by this type; the API describes it to them.
    known: { type: 'memory_20250818', name: 'memory' },
    inputSchema: MEMORY_SCHEMA,
    async call(given) {
      const args = mask.active ? mask.json(given) : given;
      let end: NotesEnd = { kind: 'changed' };
      for (let tries = 1; tries <= TRIES && end.kind === 'changed'; tries++) {
        const found = await answerFrom(store, args);
        if (!('changes' in found)) return found;
        end = await store.change(found.changes, by());
        if (end.kind === 'done') return ok(found.text);
      }
      return failed(whyNot(end));
    },
  };
}

async function answerFrom(store: NoteStore, args: JsonObject) {
  const read = await store.read();
  if ('code' in read) return failed(read.message);
  const notes = new Map(read.notes.map((note) => [note.path, note]));
  const answered = COMMANDS[textArgument(args, 'command')]?.(notes, args);
  if (answered === undefined) return failed('There is no such command.');
  if (answered.kind === 'change') return answered;
  const say: (text: string) => ToolAnswer = answered.kind === 'answer' ? ok : failed;
  return say(answered.text);
}

function whyNot(end: Exclude<NotesEnd, { kind: 'done' }>): string {
  if (end.kind === 'changed')
    return 'Others changed these notes at the same time. Nothing was done: view them, and try again.';
  if (end.kind === 'failed') return end.error.message;
  return `Nothing was done: ${end.why}. Make notes shorter, or delete what is of no use any more.`;
}
