/** `--junit FILE`: writes what a run came to as JUnit XML. Knows where the run and the file are, not what is in them. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Project } from '../app/project.ts';
import { problem } from '../core/diagnostic/diagnostic.ts';
import type { Call } from './command-spec.ts';
import { refuse, take } from './open-project.ts';

/** Gives the exit code of the command: that of the run, unless the file was asked for and could not be written. */
export async function reportRun(call: Call, { store }: Project, id: string, code: number): Promise<number> {
  const file = call.flags.text('junit');
  if (file === undefined) return code;
  const [{ readRun }, { stateOf }, { junitXml }] = await Promise.all([
    import('../app/commands/find-run.ts'),
    import('../app/commands/run-history.ts'),
    import('./render/junit.ts'),
  ]);
  const run = take(call, await readRun(store, id));
  if (!run.ok) return code === 0 ? run.code : code;
  const { story, plan } = run.value;
  if (plan === null) return code;
  const unplaced = placeReport(call, file, junitXml(story, plan, stateOf(story, false)));
  return unplaced === null || code !== 0 ? code : unplaced;
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where it could not be, it is not.
  }
}

/** Whole or not at all: whoever collects reports may look at any time. Null when it is there. */
export function placeReport(call: Call, file: string, text: string): number | null {
  const path = resolve(call.cwd, file);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, path);
    return null;
  } catch (error) {
    removeIfThere(temporary);
    const why = error instanceof Error ? error.message.replace(/, .*/s, '') : String(error);
    return refuse(call, [
      problem('CLI_FILE_NOT_WRITTEN', `The file "${file}", which --junit names, cannot be written: ${why}.`),
    ]);
  }
}
