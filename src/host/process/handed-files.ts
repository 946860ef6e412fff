/** The files by which a program hands over more than its output: where they are, and what is in them afterwards. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bareObject } from '../../core/json.ts';
import type { Mask } from '../../core/ports.ts';
import type { Captured, HandedFile, ProcessSpec } from '../../core/process.ts';
import { writeWholeFile } from '../files.ts';
import { readLog, removeFile } from './logs.ts';

const NO_FILES: Readonly<Record<string, Captured>> = Object.freeze({});

function pathOf(spec: ProcessSpec, file: HandedFile): string {
  return join(spec.log.folder, `${spec.log.name}.${file.suffix}`);
}

/** The variables that hold the paths. No file is made: most programs write none. */
export function handedVariables(spec: ProcessSpec): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const file of spec.files ?? []) variables[file.variable] = pathOf(spec, file);
  return variables;
}

/** Removes what an attempt of the same name left that was cut off. */
export function clearHandedFiles(spec: ProcessSpec): void {
  for (const file of spec.files ?? []) removeFile(pathOf(spec, file));
}

/** Reads what is there, and leaves nothing behind that is not to be kept, nor a secret in what is. */
export function takeHandedFiles(spec: ProcessSpec, mask: Mask): Readonly<Record<string, Captured>> {
  let taken: Record<string, Captured> | null = null;
  for (const file of spec.files ?? []) {
    const path = pathOf(spec, file);
    if (!existsSync(path)) continue;
    taken ??= bareObject<Captured>();
    const content = readLog(path, file.maxBytes);
    taken[file.variable] = content;
    if (!file.isKept) removeFile(path);
    else if (mask.active) writeWholeFile(path, mask.text(content.text));
  }
  return taken ?? NO_FILES;
}
