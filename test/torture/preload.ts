/** Builds faults.c, which makes calls of the system fail inside giga. Null where that cannot be done: no Linux, or no C compiler. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Workplace } from './giga.ts';

/** One call of the system that is to fail, or at which the process is killed. */
export interface Fault {
  /** `any`, or one of `write fdatasync fsync rename link open mkdir unlink`. */
  readonly call: string;
  /** Which of those on files of the state folder, from 1. */
  readonly at: number;
  /** How many from there on; 0 for all. */
  readonly times: number;
  /** The error; `NOTHING`: nothing is written, and that is no error. `KILL`: the process dies there. */
  readonly how: keyof typeof HOW;
}

const HOW = { EIO: 5, EACCES: 13, EFBIG: 27, ENOSPC: 28, EROFS: 30, EDQUOT: 122, NOTHING: 0, KILL: -1 } as const;

export function buildPreload(): string | null {
  if (process.platform !== 'linux') return null;
  const folder = mkdtempSync(join(tmpdir(), 'giga-preload-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'faults.so');
  const source = resolve('test/torture/faults.c');
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'inherit' });
  return status === 0 ? library : null;
}

/** The variables that bring a fault into the next giga. */
export function environmentOf(library: string, place: Workplace, fault: Fault): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: library,
    FAULT_BELOW: join(place.folder, '.giga'),
    FAULT_CALL: fault.call,
    FAULT_AT: String(fault.at),
    FAULT_TIMES: String(fault.times),
    FAULT_WITH: String(HOW[fault.how]),
    FAULT_LOG: `${place.marks}.calls`,
  };
}

/** The calls that counted, and those of them that were hit; forgets them. */
export function takeCalls(place: Workplace): { readonly all: readonly string[]; readonly hit: readonly string[] } {
  const path = `${place.marks}.calls`;
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  rmSync(path, { force: true });
  const named = lines.map((line) => line.replace(`${place.folder}/.giga`, ''));
  return {
    all: named.filter((line) => !line.startsWith('HIT ')),
    hit: named.flatMap((line) => (line.startsWith('HIT ') ? [line.slice(4)] : [])),
  };
}
