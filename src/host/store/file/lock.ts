/**
 * Who may write a run. `lock.EPOCH` is made once, by `link`, and never changed or removed: whoever makes the next one has the
 * run, and its number is the fencing token. Nobody is pushed out by age, only by being dead, by having sealed, or by `takeover`.
 *
 *     newest lock            becomes
 *     none                   the run was never made
 *     sealed, holder dead    link lock.(n+1); EEXIST: look again
 *     holder alive           refused
 *     holder elsewhere       refused, but for `takeover`
 *
 * A holder that was pushed out finds lock.(n+1) after its next sync, before it acknowledges anything.
 */
import { type Diagnostic, problem, type Result } from '../../../core/diagnostic/diagnostic.ts';
import { endsWithSeal } from '../../../core/journal/parse.ts';
import { type Disk, placeFile } from '../../files.ts';
import { type Holder, type Liveness, type Processes, parseHolder } from './holder.ts';
import { numbersIn, type RunLayout } from './layout.ts';

/** The newest lock of a run. `holder` is null where its file cannot be read. */
export interface Held {
  readonly epoch: number;
  readonly holder: Holder | null;
  readonly liveness: Liveness;
}

export interface Locks {
  /** The newest lock of a run, and whether its holder still counts; null for a run that was never made. */
  newest(run: RunLayout): Held | null;
  /** Its number alone, which can be had of a run that cannot be read; 0 for one that was never made. */
  newestEpoch(run: RunLayout): number;
  /** Makes the lock of the first epoch. False where there is one. */
  takeFirst(run: RunLayout): boolean;
  /** Makes the next lock. */
  take(id: string, run: RunLayout, takeover: boolean): Result<number>;
  /** This process gives `epoch` up without a seal. */
  forget(run: RunLayout, epoch: number): void;
  isSuperseded(run: RunLayout, epoch: number): boolean;
}

/** How many others may win before giving up. */
const ROUNDS_LIMIT = 100;
/** More than the longest seal. */
const SEAL_BYTES = 256;

export function createLocks(disk: Disk, processes: Processes): Locks {
  /** What this process gave up though its lock and its process live on. */
  const forgotten = new Set<string>();
  const isSealed = (run: RunLayout, epoch: number): boolean =>
    disk.exists(run.segment(epoch)) && endsWithSeal(disk.readEnd(run.segment(epoch), SEAL_BYTES));
  const place = (run: RunLayout, epoch: number): boolean =>
    placeFile(disk, run.lock(epoch), Buffer.from(`${JSON.stringify({ epoch, ...processes.self() })}\n`));

  const newest = (run: RunLayout): Held | null => {
    const epoch = newestEpoch(disk, run);
    if (epoch === null) return null;
    const holder = readHolder(disk, run.lock(epoch));
    const isGivenUp = forgotten.has(run.lock(epoch)) || isSealed(run, epoch);
    return { epoch, holder, liveness: isGivenUp ? 'dead' : holder ? processes.liveness(holder) : 'elsewhere' };
  };
  const take = (id: string, run: RunLayout, takeover: boolean): Result<number> => {
    for (let round = 0; round < ROUNDS_LIMIT; round++) {
      const held = newest(run);
      if (!held) return { ok: false, diagnostics: [notFound(id)] };
      const mayTake = held.liveness === 'dead' || takeover;
      if (!mayTake) return { ok: false, diagnostics: [refusal(id, held)] };
      if (place(run, held.epoch + 1)) return { ok: true, value: held.epoch + 1 };
    }
    return {
      ok: false,
      diagnostics: [problem('RUN_HELD', `Other processes keep taking run ${id}.`, { hint: 'Try again later.' })],
    };
  };
  return {
    newest,
    newestEpoch: (run) => newestEpoch(disk, run) ?? 0,
    take,
    takeFirst: (run) => place(run, 1),
    forget: (run, epoch) => void forgotten.add(run.lock(epoch)),
    isSuperseded: (run, epoch) => disk.exists(run.lock(epoch + 1)),
  };
}

/** A power loss may have kept a segment and lost its lock: both count. */
function newestEpoch(disk: Disk, run: RunLayout): number | null {
  if (!disk.exists(run.lock(1))) return null;
  const locks = numbersIn(disk.names(run.folder), 'lock.', '');
  const segments = disk.exists(run.journal) ? numbersIn(disk.names(run.journal), '', '.jsonl') : [];
  return Math.max(locks.at(-1) ?? 1, segments.at(-1) ?? 1);
}

function readHolder(disk: Disk, path: string): Holder | null {
  if (!disk.exists(path)) return null;
  try {
    return parseHolder(JSON.parse(Buffer.from(disk.read(path)).toString()));
  } catch {
    return null;
  }
}

export function notFound(id: string): Diagnostic {
  return problem('RUN_NOT_FOUND', `There is no run ${JSON.stringify(id)} here.`, { hint: 'See `giga runs list`.' });
}

/** Names who has the run, for a command that may not have it. */
export function refusal(id: string, held: Held): Diagnostic {
  const who = held.holder
    ? `process ${held.holder.pid} on ${held.holder.host}`
    : 'a process that cannot be told from its lock';
  if (held.liveness === 'alive') {
    return problem('RUN_HELD', `Run ${id} is held by ${who}, which is alive.`, {
      hint: 'Wait until it ends, or end it, and try again.',
    });
  }
  return problem(
    'RUN_HELD_ELSEWHERE',
    `Run ${id} was last held by ${who}; from here nobody can tell whether it still lives.`,
    {
      hint: 'If you know that it has ended, try again with `--takeover`.',
    },
  );
}
