/** Finds and reads the output of steps, in bounded memory however large it is. Knows where logs lie, not how they are shown. */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunStore } from '../../core/ports.ts';
import type { Path } from '../../core/run/event.ts';
import { logName } from '../../steps/run/log-name.ts';
import type { RunStory } from './run-history.ts';

/** The output of one attempt. The files may be missing: an empty one is not kept. */
export interface AttemptLog {
  readonly path: Path;
  readonly attempt: number;
  readonly startedAt: number;
  /** Absolute paths. */
  readonly out: string;
  readonly err: string;
}

const BLOCK_BYTES = 64 * 1024;

/** The logs of the last attempt of each step, in the order in which they began; `step` limits them to one step and what is in it. */
export function attemptLogs(store: RunStore, story: RunStory, step?: Path): readonly AttemptLog[] {
  const folder = store.logFolder(story.id);
  const logs: AttemptLog[] = [];
  for (const { path, attempts } of story.steps.values()) {
    if (step !== undefined && path !== step && !path.startsWith(`${step}/`)) continue;
    const last = attempts.at(-1);
    if (!last) continue;
    const name = last.log === undefined ? logName(path, last.attempt) : basename(last.log).replace(/\.out$/, '');
    logs.push({
      path,
      attempt: last.attempt,
      startedAt: last.startedAt,
      out: join(folder, `${name}.out`),
      err: join(folder, `${name}.err`),
    });
  }
  return logs.toSorted((a, b) => a.startedAt - b.startedAt);
}

/** The log file that exists and says why a step failed: what went to stderr, else to stdout. `out` is as `attempt.ended` names it. */
export function tellingLog(out: string): string | null {
  const err = out.replace(/\.out$/, '.err');
  return [err, out].find((file) => existsSync(file)) ?? null;
}

/** Size of a file in bytes; 0 when there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Where the last `lines` lines of a file begin, as an offset in bytes. A last line without its newline counts. */
export function tailOffset(file: string, lines: number): number {
  if (!existsSync(file)) return 0;
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    if (lines === 0) return size;
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    let seen = 0;
    for (let end = size; end > 0; end -= BLOCK_BYTES) {
      const from = Math.max(0, end - BLOCK_BYTES);
      const length = readSync(fd, block, 0, end - from, from);
      for (let i = length - 1; i >= 0; i--) {
        if (block[i] !== 10 || from + i === size - 1) continue;
        if (++seen === lines) return from + i + 1;
      }
    }
    return 0;
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a file from `offset` on, in blocks; ends where the file ends now. */
export function* readFrom(file: string, offset: number): Generator<Uint8Array> {
  if (!existsSync(file)) return;
  const fd = openSync(file, 'r');
  try {
    for (let at = offset; ; ) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES);
      const length = readSync(fd, block, 0, BLOCK_BYTES, at);
      if (length === 0) return;
      at += length;
      yield block.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}
