/** Waits until a file of the workspace is there: told by the system where it tells, and by looking now and then everywhere. Knows no steps. */
import { type FSWatcher, watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Clock, FileWatch } from '../../core/ports.ts';
import { globFiles } from '../capture/file-captures.ts';
import { CaptureRefused } from '../capture/refused.ts';
import { errorCode } from '../files.ts';
import { shown } from './place.ts';

/** How often it looks where nothing is told: not so often where a look takes long. */
const LOOK_MS = 1_000;
const PAUSE_PER_LOOK = 10;
/** More are not named. */
const MAX_PATHS = 1_000;

export interface FileWatchParts {
  /** Workspace root, absolute. */
  readonly root: string;
  readonly clock: Clock;
}

export function createFileWatch({ root, clock }: FileWatchParts): FileWatch {
  return {
    async appears(given, signal) {
      const path = insideOf(root, given);
      if (path === null) return refuse(given, 'it leads out of the workspace');
      const bell = makeBell(join(root, fixedPart(path)), signal);
      try {
        while (!signal.aborted) {
          const since = clock.monotonicMs();
          const found = await lookFor(root, path);
          if (found.length > 0) return { ok: true, value: found.slice(0, MAX_PATHS) };
          const tookMs = clock.monotonicMs() - since;
          await bell.next(clock, Math.max(LOOK_MS, tookMs * PAUSE_PER_LOOK));
        }
        return null;
      } catch (error) {
        return refuse(path, error instanceof Error ? error.message : String(error));
      } finally {
        bell.close();
      }
    },
  };
}

const MARKS = /[*?[\]{}()!+@]/;

/** The path relative to the root, with `/`; null for one that leads out of it, and for the root itself. */
function insideOf(root: string, path: string): string | null {
  const way = path.includes('\0') ? '' : relative(root, resolve(root, path));
  return way === '' || way.split(sep)[0] === '..' || isAbsolute(way) ? null : way.split(sep).join('/');
}

function refuse(path: string, why: string): Result<never> {
  const message = `The file \`${shown(path)}\` cannot be waited for: ${why}.`;
  const hint = 'Name a path or a pattern below the root of the workspace, such as `out/*.json`.';
  return { ok: false, diagnostics: [problem('STEP_WAIT_FILE', message, { hint })] };
}

/** A path may name a folder too, and a name with marks of patterns in it is first taken as it is. */
async function lookFor(root: string, path: string): Promise<readonly string[]> {
  if (await isThere(join(root, path))) return [path];
  if (!MARKS.test(path)) return [];
  try {
    return await globFiles(root, [path]);
  } catch (error) {
    if (error instanceof CaptureRefused) throw error;
    return []; // a folder that goes away while it is looked through
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** The folder that is the same for all that a pattern matches. */
function fixedPart(path: string): string {
  const parts = path.split('/');
  const first = parts.findIndex((part) => MARKS.test(part));
  return parts.slice(0, first < 0 ? -1 : first).join('/');
}

interface Bell {
  /** Resolves when something changed, the time is over, or the signal is aborted. */
  next(clock: Clock, limitMs: number): Promise<void>;
  close(): void;
}

/** Rings when the nearest folder that is there changes. A system that tells nothing is no failure: there is the time. */
function makeBell(folder: string, signal: AbortSignal): Bell {
  let rung = false;
  let wake: () => void = () => {};
  let watcher: FSWatcher | null = null;
  const ring = (): void => {
    rung = true;
    wake();
  };
  const listen = (): void => {
    watcher?.close();
    watcher = watchNearest(folder, ring);
  };
  signal.addEventListener('abort', ring, { once: true });
  listen();
  return {
    async next(clock, limitMs) {
      if (!rung)
        await new Promise<void>((resolve) => {
          const takeBack = clock.after(limitMs, resolve);
          wake = () => {
            takeBack();
            resolve();
          };
        });
      rung = false;
      if (!signal.aborted) listen(); // a nearer folder may be there by now
    },
    close() {
      signal.removeEventListener('abort', ring);
      watcher?.close();
    },
  };
}

function watchNearest(folder: string, ring: () => void): FSWatcher | null {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const watcher = watch(at, { persistent: false }, ring);
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch (error) {
      if (errorCode(error) === null) throw error;
      if (errorCode(error) !== 'ENOENT' || dirname(at) === at) return null;
    }
  }
}
