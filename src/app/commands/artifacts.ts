/** The files that the steps of a run made and that were kept with it. Knows where they lie, not how they are shown. */
import { dirname, join } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { type Artifact, artifactsIn } from '../../core/plan/artifacts.ts';
import type { RunStore } from '../../core/ports.ts';
import type { Path } from '../../core/run/event.ts';
import { handOut } from '../../host/artifacts/hand-out.ts';
import type { RunStory, StepStory } from './run-history.ts';

export interface KeptFile extends Artifact {
  readonly step: Path;
}

/** In the order of the steps; `step` limits them to one step and what is in it. */
export function keptFiles(store: RunStore, story: RunStory, step?: Path): readonly KeptFile[] {
  const folder = dirname(store.logFolder(story.id));
  return [...story.steps.values()].flatMap((one) => {
    if (step !== undefined && one.path !== step && !isInside(step, one.path)) return [];
    return artifactsIn(outputsOf(one)).flatMap((artifact) => {
      const file = fileIn(folder, story.id, artifact.file);
      return file === null ? [] : [{ step: one.path, ...artifact, file }];
    });
  });
}

function isInside(outer: Path, path: Path): boolean {
  return path.startsWith(outer) && '/[#'.includes(path.charAt(outer.length) || ' ');
}

function outputsOf({ settled, attempts }: StepStory) {
  if (settled?.result === 'kept') return settled.outputs;
  return settled?.result === 'succeeded' ? attempts.at(-1)?.outputs : undefined;
}

/** The copy by where the run lies now: the state folder may have been moved. Null for what is none of the run's. */
function fileIn(folder: string, run: string, file: string): string | null {
  const mark = `${run}/artifacts/`;
  const slashed = file.replaceAll('\\', '/');
  const at = slashed.lastIndexOf(mark);
  const inside = slashed.slice(at + mark.length);
  return at < 0 || inside.split('/').includes('..') ? null : join(folder, 'artifacts', inside);
}

/** Where a file goes below the folder of the user. */
export function placeOf({ name, step, path }: KeptFile): string {
  return `${(name ?? step).replaceAll(/[\\/]/g, '.')}/${path}`;
}

/** Copies them below a folder; gives those that could not be, with why. */
export async function copyOut(
  files: readonly KeptFile[],
  folder: string,
  isForced: boolean,
): Promise<readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  for (const file of files) {
    const path = placeOf(file);
    const why = await handOut({ file: file.file, sha256: file.sha256, folder, path, isForced });
    if (why !== null)
      problems.push(
        problem('RUN_ARTIFACT_NOT_COPIED', `\`${path}\` was not copied: ${why}.`, {
          ...(why === 'there is such a file' && { hint: 'Name another folder, or replace files with `--force`.' }),
        }),
      );
  }
  return problems;
}
