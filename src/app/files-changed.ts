/** Whether files that finished steps say they read are others today. Reads files; knows no plan. */
import { isJsonObject, type Json } from '../core/json.ts';
import { readFilesRead } from '../core/plan/files.ts';
import { filesAsked } from '../core/run/files-read.ts';
import type { Run } from '../core/run/run.ts';
import type { Project } from './project.ts';

/** Of a run that was just folded. What cannot be looked at counts as changed: the step that reads it says why. */
export async function filesChanged(project: Project, { memory }: Run): Promise<boolean> {
  const asked = new Map<string, { readonly args: readonly string[]; readonly value: Json }>();
  for (const { captured, success } of memory?.values() ?? []) {
    if (success === null) continue;
    for (const [key, value] of captured ?? []) {
      const args = filesAsked(key);
      if (args !== null) asked.set(`${key} ${readFilesRead(value).digest}`, { args, value });
    }
  }
  if (asked.size === 0) return false;
  const { lookAtFiles } = await import('../host/capture/index.ts');
  for (const { args, value } of asked.values()) {
    const now = await lookAtFiles(project.root, args, AbortSignal.timeout(PATIENCE_MS)).catch(() => null);
    if (!isJsonObject(now) || readFilesRead(now).digest !== readFilesRead(value).digest) return true;
  }
  return false;
}

const PATIENCE_MS = 10 * 60_000;
