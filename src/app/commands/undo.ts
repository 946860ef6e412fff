/**
 * Brings the files of a workspace back to before a step, with the history of its run; and takes that back. What is about to be done is
 * recorded first, so that it can be completed when it is cut off. Knows no terminal.
 */
import { type Diagnostic, hasErrors, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { nearest } from '../../core/nearest.ts';
import type { JournalReading, JournalWriter } from '../../core/ports.ts';
import type { Path, Recorded, RunEvent } from '../../core/run/event.ts';
import { fold } from '../../core/run/fold.ts';
import { triedFrom } from '../../core/run/rewind.ts';
import {
  cutOff,
  intentOf,
  pointsOf,
  type Rewound,
  type UndoPoint,
  undone,
  unfinished,
  type Word,
} from '../../core/run/undo.ts';
import { voidsOf, withRange } from '../../core/run/voids.ts';
import type { Project } from '../project.ts';
import { treesOf } from '../saved-trees.ts';
import { surroundingsOf } from '../wire.ts';
import { changedSince, noteWorkspace } from '../workspace-note.ts';
import { lostWorktree, placeOfRun } from '../worktrees.ts';
import { giveUp } from './resume.ts';
import { plansOf } from './run-plans.ts';

export interface UndoOptions {
  /** Id of the run or its beginning; default: the latest. */
  readonly run?: string;
  /** Back to before this step; default: the last before which files were saved. */
  readonly to?: Path;
  /** Also over changes that others made since the run stopped. */
  readonly force?: boolean;
  readonly by: string;
}

export interface Undone {
  readonly id: string;
  readonly word: Word;
  /** Of an undo: the step before which the workspace is now. */
  readonly to?: Path;
  /** Paths that were changed back, relative to the root. */
  readonly files: readonly string[];
  /** The files as they were right before. */
  readonly before: string;
  readonly tree: string;
}

export async function listUndo(
  project: Project,
  run: string | undefined,
): Promise<Result<{ readonly id: string; readonly points: readonly UndoPoint[] }>> {
  const found = await project.store.find(run);
  if (!found.ok) return found;
  const read = await project.store.read(found.value);
  if (!read.ok) return read;
  return { ok: true, value: { id: found.value, points: pointsOf(read.value.records) } };
}

export async function undoRun(project: Project, options: UndoOptions): Promise<Result<Undone>> {
  return change(project, 'undo', options, async (id, records) => {
    const points = pointsOf(records);
    const point = points.findLast(({ path }) => options.to === undefined || path === options.to);
    if (point === undefined) return refused(nothingSaved(id, points, options.to));
    const { path, seq, tree } = point;
    const asked = await askedIn(project, id, records);
    if (!asked.ok) return asked;
    const voids = withRange(voidsOf(records), seq, records.at(-1)?.seq ?? seq);
    return { ok: true, value: { tree, voids, to: path, tried: triedFrom(records, seq, asked.value) } };
  });
}

export async function redoRun(project: Project, options: UndoOptions): Promise<Result<Undone>> {
  return change(project, 'redo', options, async (id, records) => {
    const last = undone(records);
    if (last?.event.before === undefined) return refused(nothingUndone(id));
    return { ok: true, value: { tree: last.event.before, voids: last.voids } };
  });
}

type Aim = Omit<Rewound, 'type' | 'before'> & { readonly tree: string };

/** Holds the run, so that nobody goes on with it meanwhile: intent, files, record. */
async function change(
  project: Project,
  word: Word,
  options: UndoOptions,
  aimOf: (id: string, records: readonly Recorded[]) => Promise<Result<Aim>>,
): Promise<Result<Undone>> {
  const found = await project.store.find(options.run);
  if (!found.ok) return found;
  const id = found.value;
  const looked = await project.store.read(id);
  if (!looked.ok) return looked;
  const hopeless = unfinished(looked.value.records) === null ? await aimOf(id, looked.value.records) : null;
  if (hopeless?.ok === false) return hopeless; // before anything is written
  const opened = await project.store.open(id);
  if (!opened.ok) return opened;
  const { writer, reading } = opened.value;
  try {
    return await changeHeld({ project, id, word, options, writer, reading }, aimOf);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = `Say \`giga ${word} ${id}\` again once it is mended.`;
    return await giveUp(
      writer,
      refused(problem('RUN_UNDO_FAILED', `The files could not be restored: ${why}.`, { hint })),
    );
  }
}

interface Held {
  readonly project: Project;
  readonly id: string;
  readonly word: Word;
  readonly options: UndoOptions;
  readonly writer: JournalWriter;
  readonly reading: JournalReading;
}

async function changeHeld(
  { project, id, word, options, writer, reading }: Held,
  aimOf: (id: string, records: readonly Recorded[]) => Promise<Result<Aim>>,
): Promise<Result<Undone>> {
  const { records, diagnostics } = reading;
  if (hasErrors(diagnostics)) return giveUp(writer, { ok: false, diagnostics });
  const plans = await plansOf(project, records);
  if (!plans.ok) return giveUp(writer, plans);
  const lost = lostWorktree(project, id, [...plans.value.values()].at(-1));
  if (lost !== null) return giveUp(writer, refused(lost));
  const place = await placeOfRun(project, id);
  const trees = treesOf(place);
  const begun = unfinished(records);
  if (begun !== null && begun.word !== word) return giveUp(writer, refused(cutOff(id, begun.word)));
  const event = begun === null ? await begin() : { ok: true as const, value: begun.event };
  if (!event.ok) return giveUp(writer, event);
  const { tree = '', before = '' } = event.value;
  const files = await trees.changed(before, tree);
  await trees.restore(tree, before);
  const seq = await write(writer, event.value);
  await noteWorkspace(place, id, seq);
  await writer.close();
  const to = event.value.to === undefined ? {} : { to: event.value.to };
  return { ok: true, value: { id, word, ...to, tree, before, files } };

  async function begin(): Promise<Result<Rewound>> {
    const aim = await aimOf(id, records);
    if (!aim.ok) return aim;
    const others = options.force === true ? [] : await changedSince(place, id, records);
    if (others === null || others.length > 0) return refused(changedByOthers(id, word, others));
    const rewound: Rewound = { type: 'run.rewound', ...aim.value, before: await trees.save(aim.value.tree) };
    await write(writer, intentOf(word, options.by, rewound));
    return { ok: true, value: rewound };
  }
}

/** Resolves when it is on disk. */
async function write(writer: JournalWriter, event: RunEvent): Promise<number> {
  const seq = writer.append([event]).at(-1)?.seq ?? -1;
  await writer.synced(seq);
  return seq;
}

async function askedIn(
  project: Project,
  id: string,
  records: readonly Recorded[],
): Promise<Result<ReadonlyMap<Path, number>>> {
  if (!records.some((record) => record.type === 'wait.started' && record.purpose === 'approval'))
    return { ok: true, value: new Map() };
  const plans = await plansOf(project, records);
  return plans.ok ? { ok: true, value: fold(surroundingsOf(project, id, plans.value), records).asked } : plans;
}

function refused(diagnostic: Diagnostic): Result<never> & { readonly ok: false } {
  return { ok: false, diagnostics: [diagnostic] };
}

function nothingSaved(id: string, points: readonly UndoPoint[], to: Path | undefined): Diagnostic {
  if (points.length === 0)
    return problem('RUN_NOTHING_TO_UNDO', `Run ${id} saved no files to go back to.`, {
      hint: 'Say `workspace: { save: true }` in the workflow: files are then saved before each step that may write.',
    });
  const similar = nearest(
    to ?? '',
    points.map(({ path }) => path),
  );
  const hint = similar === null ? `\`giga undo ${id} --list\` shows the steps.` : `Did you mean \`${similar}\`?`;
  return problem('RUN_NOTHING_TO_UNDO', `No files were saved before a step \`${to}\` of run ${id}.`, { hint });
}

function nothingUndone(id: string): Diagnostic {
  return problem('RUN_NOTHING_TO_UNDO', `In run ${id} nothing was undone that could be redone.`, {
    hint: 'A redo comes right after the undo: once the run has gone on, what it undid is over.',
  });
}

const FILES_SAID = 5;

function changedByOthers(id: string, word: Word, files: readonly string[] | null): Diagnostic {
  const hint = `\`giga ${word} ${id} --force\` saves the files as they are and goes on.`;
  if (files === null)
    return problem(
      'RUN_WORKSPACE_CHANGED',
      `Run ${id} was cut off: nobody can tell its changes from those of others.`,
      { hint },
    );
  const named = files.slice(0, FILES_SAID).join(', ');
  const more = files.length > FILES_SAID ? ` and ${files.length - FILES_SAID} more` : '';
  return problem('RUN_WORKSPACE_CHANGED', `Since run ${id} stopped, someone else changed ${named}${more}.`, { hint });
}
