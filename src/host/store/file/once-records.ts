/**
 * What is done once, by key, for all runs of a state folder: who means to do it, or who has done it. Whoever looks holds the name of
 * the key. The journal of the run that is named is the truth; the record is found fast, and outlives that run. Knows no steps.
 *
 *     once/HASH.json   { key, run, node, startedAt }            an intent, on disk before the attempt begins
 *                      { key, run, node, endedAt, outputs }     done
 */
import { type Diagnostic, problem } from '../../../core/diagnostic/diagnostic.ts';
import { RECORD_DEPTH_LIMIT } from '../../../core/journal/round-trip.ts';
import { isJsonObject, type Json, type JsonObject, sha256 } from '../../../core/json.ts';
import { isDeeper } from '../../../core/json-depth.ts';
import type { OnceDone, Recorded } from '../../../core/run/event.ts';
import { type OnceFacts, onceFacts } from '../../../core/run/once-facts.ts';
import { type Disk, writeDurably } from '../../files.ts';
import type { Layout } from './layout.ts';

/** Larger outputs are not kept with the key. */
const MAX_OUTPUT_BYTES = 65_536;

export interface OnceRecordsParts {
  readonly disk: Disk;
  readonly layout: Pick<Layout, 'once' | 'state'>;
  /** What a run has written down; null where that cannot be read: it was removed, or is damaged. */
  readonly journalOf: (run: string) => readonly Recorded[] | null;
  /** Whether a process may be at it. */
  readonly isHeld: (run: string) => boolean;
}

/** `mine`: it may be done, and a record says that it is about to be. `theirs`: a process that lives is at it, or will say what became of it. */
export type OnceLook =
  | { readonly kind: 'mine' }
  | { readonly kind: 'done'; readonly done: OnceDone }
  | { readonly kind: 'theirs'; readonly run: string; readonly node: string }
  | { readonly kind: 'doubt'; readonly error: Diagnostic };

/** All of it throws (or rejects with) what the disk throws. */
export interface OnceRecords {
  look(key: string, asker: { readonly run: string; readonly node: string }, nowMs: number): Promise<OnceLook>;
  /** The success that the key has by now, for a preview: nobody holds it. */
  doneBefore(key: string): OnceDone | null;
  /** The copy that outlives the run. */
  done(key: string, done: OnceDone): Promise<void>;
  /** Every key of which the record names a run. */
  keysOf(run: string): readonly string[];
  /** A run is about to be removed: its intents become what its journal says, but for what is in doubt. */
  conclude(key: string, run: string): Promise<void>;
}

interface Kept {
  readonly key: string;
  readonly run: string;
  readonly node: string;
  /** Null for an intent. */
  readonly done: OnceDone | null;
}

export function onceRecords({ disk, layout, journalOf, isHeld }: OnceRecordsParts): OnceRecords {
  const folder = layout.once;
  const fileOf = (key: string): string => `${folder}/${sha256(key)}.json`;
  const write = async (key: string, record: JsonObject): Promise<void> => {
    const isNew = disk.makeFolders(folder) !== undefined;
    await writeDurably(disk, fileOf(key), Buffer.from(JSON.stringify({ key, ...record })));
    await disk.syncFolder(folder);
    if (isNew) await disk.syncFolder(layout.state);
  };
  const writeDone = (key: string, { outputs, ...done }: OnceDone): Promise<void> => {
    const isSmall = outputs !== undefined && Buffer.byteLength(JSON.stringify(outputs)) <= MAX_OUTPUT_BYTES;
    return write(key, { ...done, ...(isSmall && { outputs }) });
  };
  const factsOf = ({ key, run }: Kept): OnceFacts | null => {
    const records = journalOf(run);
    return records === null ? null : onceFacts(records, run, key);
  };
  return {
    async look(key, asker, nowMs) {
      const kept = readKept(disk, fileOf(key), key);
      const found = kept === null ? null : lookAt(kept, asker.run);
      if (kept !== null && found?.kind === 'done' && kept.done === null) await writeDone(key, found.done);
      if (found !== null) return found.kind === 'done' ? readDone(found) : found;
      await write(key, { ...asker, startedAt: nowMs });
      return { kind: 'mine' };
    },
    doneBefore(key) {
      const kept = readKept(disk, fileOf(key), key);
      const found = kept === null ? null : lookAt(kept, '');
      return found?.kind === 'done' ? found.done : null;
    },
    done: writeDone,
    keysOf(run) {
      const names = disk.exists(folder) ? disk.names(folder).filter((name) => name.endsWith('.json')) : [];
      return names.flatMap((name) => {
        const kept = readKept(disk, `${folder}/${name}`, null);
        return kept?.run === run ? [kept.key] : [];
      });
    },
    async conclude(key, run) {
      const kept = readKept(disk, fileOf(key), key);
      if (kept?.run !== run) return;
      const facts = factsOf(kept);
      if (facts?.kind === 'done' && kept.done === null) await writeDone(key, facts.done);
      else if (facts?.kind === 'undone' || (facts?.kind === 'free' && kept.done === null)) disk.removeFile(fileOf(key));
    },
  };

  /** Null: nobody has done it, nor may have. */
  function lookAt(kept: Kept, asker: string): Exclude<OnceLook, { kind: 'mine' }> | null {
    const { run, node, done } = kept;
    if (run === '') return { kind: 'doubt', error: unreadable(layout, fileOf(kept.key)) };
    const facts = factsOf(kept);
    if (facts?.kind === 'undone') return null;
    if (facts?.kind === 'done') return { kind: 'done', done: done ?? facts.done };
    if (done !== null) return { kind: 'done', done }; // its journal may have lost its end with the power, or be gone
    if (run === asker || facts?.kind === 'free') return null; // what its own attempt came to the run decides itself
    if (facts !== null && isHeld(run)) return { kind: 'theirs', run, node };
    return { kind: 'doubt', error: inDoubt(kept, facts === null ? fileName(layout, fileOf(kept.key)) : null) };
  }

  function readDone({ done }: Extract<OnceLook, { kind: 'done' }>): OnceLook {
    const { outputs, ...rest } = done;
    const isSmall = outputs !== undefined && Buffer.byteLength(JSON.stringify(outputs)) <= MAX_OUTPUT_BYTES;
    return { kind: 'done', done: { ...rest, ...(isSmall && { outputs }) } };
  }
}

/** A record that says nothing has the run ''. */
function readKept(disk: Disk, file: string, key: string | null): Kept | null {
  if (!disk.exists(file)) return null;
  const record = parsed(Buffer.from(disk.read(file)).toString());
  const { run, node, endedAt } = record;
  const outputs = record.outputs !== undefined && isDeeper(record.outputs, RECORD_DEPTH_LIMIT) ? null : record.outputs;
  const named = key ?? record.key;
  if (typeof named !== 'string' || typeof run !== 'string' || typeof node !== 'string' || record.key !== named)
    return { key: key ?? '', run: '', node: '', done: null };
  if (typeof endedAt !== 'number') return { key: named, run, node, done: null };
  return { key: named, run, node, done: { run, node, endedAt, ...(isJsonObject(outputs) && { outputs }) } };
}

function parsed(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json; // JSON.parse gives JSON
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function fileName({ state }: Pick<Layout, 'state'>, file: string): string {
  return file.slice(state.length + 1);
}

/** `file`: the run cannot be asked, so only a person can say what became of it. */
function inDoubt({ key, run, node }: Kept, file: string | null): Diagnostic {
  const message = `Run ${run} began \`${node}\` under the key ${JSON.stringify(key)}, and nothing says whether it succeeded.`;
  const hint =
    file === null
      ? `\`giga resume ${run}\` decides it; \`giga why ${run} ${node}\` shows how far it came.`
      : `That run was removed, or cannot be read. Find out whether it was done; where it was not, remove \`${file}\` in the state folder.`;
  return problem('STEP_ONCE_IN_DOUBT', message, { hint });
}

function unreadable(layout: Pick<Layout, 'state'>, file: string): Diagnostic {
  const message = `The record \`${fileName(layout, file)}\` of what was done once cannot be read.`;
  return problem('STEP_ONCE_IN_DOUBT', message, {
    hint: 'Find out whether it was done, and remove the file where it was not.',
  });
}
