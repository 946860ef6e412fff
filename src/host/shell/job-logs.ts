/** The output of a job: written to the worker's files, and moved to where the logs of the step belong. */
import { closeSync, openSync, renameSync } from 'node:fs';
import { type Captured, NOTHING, type ProcessSpec } from '../../core/process.ts';
import { writeWholeFile } from '../files.ts';
import { logPath, readLog, removeFile } from '../process/logs.ts';
import { followLastLine, type Tails, type Tick } from '../process/tails.ts';

export interface JobLogs {
  /** Moves what there is and gives its beginning. Without `has` it is looked up whether there is something. */
  take(has?: { readonly out: boolean; readonly err: boolean }): {
    readonly stdout: Captured;
    readonly stderr: Captured;
  };
}

interface StreamFile {
  readonly from: string;
  readonly to: string;
  /** Moved while the job still writes. */
  isMoved: boolean;
}

/**
 * A job that runs for more than a moment has its files moved at once: bash keeps writing to them, and who looks at the logs finds
 * them. Most jobs are over before, and most have no output: for those, no file is made or removed.
 */
export function openJobLogs(scratch: string, spec: ProcessSpec, tails: Tails): JobLogs {
  const files = (['out', 'err'] as const).map((stream) => ({
    from: `${scratch}.${stream}`,
    to: logPath(spec.log, stream),
    isMoved: false,
  }));
  const open: number[] = [];
  let ticks: readonly Tick[] | null = null;
  const begin = (): readonly Tick[] => {
    for (const file of files) move(file);
    const { onLine } = spec;
    if (onLine === undefined) return [];
    for (const file of files) if (file.isMoved) open.push(openSync(file.to, 'r'));
    return open.map((fd) => followLastLine(fd, onLine));
  };
  const unwatch = tails.watch(() => {
    ticks ??= begin();
    for (const tick of ticks) tick();
  });
  const takeFile = (file: StreamFile | undefined, has: boolean): Captured => {
    if (file === undefined) return NOTHING;
    if (!has) {
      putBack(file);
      return NOTHING;
    }
    move(file);
    if (!file.isMoved) return NOTHING;
    const captured = readLog(file.to, spec.maxOutput);
    if (captured.bytes === 0) removeFile(file.to);
    return captured;
  };
  return {
    take(has = { out: true, err: true }) {
      unwatch();
      for (const fd of open) closeSync(fd);
      return {
        stdout: takeFile(files[0], has.out),
        stderr: likeFreshShell(logPath(spec.log, 'err'), takeFile(files[1], has.err)),
      };
    },
  };
}

/** A worker evaluates the script, so bash names `eval` in front of syntax errors; a shell of its own says `-c` there. */
function likeFreshShell(path: string, captured: Captured): Captured {
  if (captured.truncated || !captured.text.includes('bash: eval: line ')) return captured;
  const text = captured.text.replaceAll(/^bash: eval: line /gm, 'bash: -c: line ');
  writeWholeFile(path, text);
  return { text, truncated: false, bytes: Buffer.byteLength(text) };
}

function move(file: StreamFile): void {
  if (file.isMoved) return;
  try {
    renameSync(file.from, file.to);
    file.isMoved = true;
  } catch {
    // The worker has not made it, or it is gone with the folder of the run: then there is nothing to show.
  }
}

/**
 * A file may have been moved after the worker had seen that there is nothing in it: the worker will write the output of its
 * next job to it, and has to find it where it was.
 */
function putBack(file: StreamFile): void {
  if (!file.isMoved) return;
  try {
    renameSync(file.to, file.from);
    file.isMoved = false;
  } catch {
    // It is gone with the folder of the run.
  }
}
