/** Prepares the state folder, and refuses one of a later layout. Knows nothing of what runs keep in it. */
import { dirname } from 'node:path';
import { problem, type Result } from '../../../core/diagnostic/diagnostic.ts';
import { type Disk, errorCode, placeFile } from '../../files.ts';
import { stateFailure } from './disk-failure.ts';
import { LAYOUT, type Layout } from './layout.ts';
import type { Store } from './store.ts';

/** Makes what is missing of the state folder, and notes in `store.fresh` where new names are not synced yet. */
export function prepareState({ disk, layout, fresh }: Pick<Store, 'disk' | 'layout' | 'fresh'>): Result<void> {
  try {
    const known = readVersion(disk, layout);
    if (known !== null && known !== LAYOUT) return tooNew(layout, known);
    if (known === LAYOUT && disk.exists(layout.runs)) return { ok: true, value: undefined };
    const first = disk.makeFolders(layout.state);
    const top = first === undefined ? layout.state : dirname(first);
    for (const folder of foldersUpTo(layout.state, top)) fresh.add(folder);
    disk.makeFolders(layout.runs);
    disk.makeFolders(layout.plans);
    placeFile(disk, layout.gitignore, Buffer.from('*\n'));
    placeFile(disk, layout.version, Buffer.from(`${JSON.stringify({ layout: LAYOUT })}\n`));
    return { ok: true, value: undefined };
  } catch (error) {
    return { ok: false, diagnostics: [stateFailure(error, layout.state)] };
  }
}

function foldersUpTo(folder: string, top: string): string[] {
  return folder === top || dirname(folder) === folder ? [folder] : [folder, ...foldersUpTo(dirname(folder), top)];
}

/** Refuses a state folder of a later layout before anything in it is read; a missing one is empty, not wrong. */
export function checkState(disk: Disk, layout: Layout): Result<void> {
  try {
    const known = readVersion(disk, layout);
    return known === null || known === LAYOUT ? { ok: true, value: undefined } : tooNew(layout, known);
  } catch (error) {
    return { ok: false, diagnostics: [stateFailure(error, layout.state)] };
  }
}

/** Null where there is no version, or one that cannot be read as a number: the file is made last and whole. */
function readVersion(disk: Disk, layout: Layout): number | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(disk.read(layout.version)).toString());
    const number = typeof value === 'object' && value !== null && 'layout' in value ? value.layout : null;
    return typeof number === 'number' ? number : null;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function tooNew(layout: Layout, known: number): Result<never> {
  const message = `The state folder ${layout.state} has layout ${known}; this giga knows layout ${LAYOUT}.`;
  return {
    ok: false,
    diagnostics: [
      problem('RUN_STATE_NEWER', message, {
        hint: 'Use the giga that made it, or name another folder with `--state`.',
      }),
    ],
  };
}
