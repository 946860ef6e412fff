/** Plans as files, named by the hash of their canonical JSON. Knows no runs. */
import type { Diagnostic } from '../../../core/diagnostic/diagnostic.ts';
import { asBuffer } from '../../../core/journal/line.ts';
import { canonicalPieces, type Json, sha256, sha256Of } from '../../../core/json.ts';
import { JournalFailure } from '../../../core/ports.ts';
import { allSettled, type Disk, errorCode, writeDurably } from '../../files.ts';
import { diskFailure } from './disk-failure.ts';
import type { Layout } from './layout.ts';
import { prepareState } from './state-folder.ts';
import type { Store } from './store.ts';

/** Resolves when the plan is on disk under its hash. Rejects with JournalFailure where the disk refuses. */
export async function putPlan(store: Store, hash: string, plan: Json): Promise<void> {
  const { disk, layout, fresh } = store;
  const prepared = prepareState(store);
  if (!prepared.ok) throw new JournalFailure(prepared.diagnostics[0] as Diagnostic); // a refusal names at least one reason
  try {
    disk.makeFolders(layout.plans);
    if (readPlan(disk, layout, hash) === null) await writeDurably(disk, layout.plan(hash), bytesOf(hash, plan));
    // Also where it was there: whoever put it there may not have come so far as to sync the names.
    await allSettled([layout.plans, ...fresh].map((folder) => disk.syncFolder(folder)));
  } catch (error) {
    if (errorCode(error) === null) throw error;
    throw new JournalFailure(diskFailure(error, `store the plan ${hash.slice(0, 8)}`));
  }
}

function bytesOf(hash: string, plan: Json): Uint8Array {
  const pieces = canonicalPieces(plan);
  if (sha256Of(pieces) !== hash)
    throw new Error(`Bug: a plan was to be stored under a hash that is not its own: ${hash}`);
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}

/** The plan of a hash; null where there is none, or where what is stored is not what was put there. */
export function getPlan(disk: Disk, layout: Layout, hash: string): Json | null {
  const text = readPlan(disk, layout, hash);
  return text === null ? null : (JSON.parse(text) as Json); // what JSON.parse gives is Json
}

function readPlan(disk: Disk, layout: Layout, hash: string): string | null {
  if (!/^[0-9a-f]{64}$/.test(hash)) return null;
  try {
    const text = asBuffer(disk.read(layout.plan(hash))).toString();
    return sha256(text) === hash ? text : null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
