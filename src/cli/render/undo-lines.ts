/** Says what an undo or a redo did, and to where a run can go back. Pure. */
import type { Undone } from '../../app/commands/undo.ts';
import type { UndoPoint } from '../../core/run/undo.ts';
import { harmless } from './text.ts';
import { timeOfDay } from './time.ts';

const FILES_SHOWN = 20;
const DIGITS = 12;

export function pointLine({ path, tree, at }: UndoPoint): string {
  return `${timeOfDay(at)}  tree ${tree.slice(0, DIGITS)}  before ${harmless(path)}`;
}

export function undoneLines({ id, word, to, files }: Undone, where: string): readonly string[] {
  const what = word === 'redo' ? 'what was undone is back' : `before step ${harmless(to ?? '')}`;
  const more = files.length > FILES_SHOWN ? [`  … and ${files.length - FILES_SHOWN} more`] : [];
  return [
    `run ${id} · ${what} · ${files.length} ${files.length === 1 ? 'file' : 'files'} changed`,
    ...files.slice(0, FILES_SHOWN).map((file) => `  ${harmless(file)}`),
    ...more,
    ...(word === 'undo' ? [`redo   giga redo ${id}${where}`] : []),
    `resume giga resume ${id}${where}`,
  ];
}
