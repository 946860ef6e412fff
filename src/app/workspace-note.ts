/** What giga notes of the workspace when a run stops, and what others have changed by the time it goes on. An aid: without it nothing is known of that. */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Json } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import { partsOf } from '../core/plan/plan.ts';
import { FILES_NAMED } from '../core/run/drift.ts';
import type { ChangedFiles, Recorded } from '../core/run/event.ts';
import { writeWholeFile } from '../host/files.ts';
import {
  changedBetween,
  readWorkspaceState,
  type WorkspaceState,
  workspaceState,
} from '../host/git/workspace-state.ts';
import type { Project } from './project.ts';

/** Writes down how the workspace stands after the record `seq` of a run, the last one. Never rejects. */
export async function noteWorkspace(project: Project, id: string, seq: number): Promise<void> {
  const state = await workspaceState(project.root);
  if (state === null) return;
  const path = noteOf(project, id);
  try {
    writeWholeFile(`${path}.tmp`, JSON.stringify({ seq, ...state }));
    await rename(`${path}.tmp`, path);
  } catch {
    // What cannot be noted is not known later, and nothing is said of it.
  }
}

/** The paths, relative to the root, that changed since the run of these records stopped; null where nobody can say. */
export async function changedSince(
  project: Project,
  id: string,
  records: readonly Recorded[],
): Promise<readonly string[] | null> {
  const before = await readNote(noteOf(project, id), records);
  if (before === null) return null;
  const now = await workspaceState(project.root);
  return now === null ? null : changedBetween(project.root, before, now);
}

/** As an event tells of it. Files that the plan is made of are compared with it in another way. */
export function changedFiles(paths: readonly string[] | null, plans: readonly Plan[]): ChangedFiles | undefined {
  const own = new Set(plans.flatMap(filesOf));
  const files = (paths ?? []).filter((path) => !own.has(path));
  return files.length === 0 ? undefined : { count: files.length, files: files.slice(0, FILES_NAMED) };
}

function noteOf({ store }: Project, id: string): string {
  return join(store.layout.run(id).folder, 'workspace.json');
}

/** A note from before a step that began since says nothing of what that step did. */
async function readNote(path: string, records: readonly Recorded[]): Promise<WorkspaceState | null> {
  try {
    const note = JSON.parse(await readFile(path, 'utf8')) as Json; // JSON.parse gives nothing else
    if (!isJsonObject(note) || typeof note.seq !== 'number') return null;
    const { seq } = note;
    const isOld = records.some((record) => record.seq > seq && /^(?:attempt\.started|run\.rewound)$/.test(record.type));
    return isOld ? null : readWorkspaceState(note);
  } catch {
    return null;
  }
}

/** The workflow's own file, those of its child workflows, and the configuration. */
function filesOf(plan: Plan): readonly string[] {
  const files = ['giga.yaml', plan.file];
  const open = [...partsOf(plan.root)];
  for (let part = open.pop(); part !== undefined; part = open.pop())
    for (const node of part[1].nodes) {
      if ('child' in node) for (const { file } of node.child?.files ?? []) files.push(file);
      open.push(...partsOf(node));
    }
  return files;
}
