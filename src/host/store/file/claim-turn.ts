/** Waits for a name until it is held, refused or given up. Knows one name, not who else in this process wants it. */
import { type Diagnostic, problem } from '../../../core/diagnostic/diagnostic.ts';
import type { ClaimAnswer } from '../../../core/ports.ts';
import type { ClaimWork } from '../../../core/run/effect.ts';
import { type Disk, errorCode } from '../../files.ts';
import type { Claimant, Name, Who } from './claim-name.ts';

/** How often the folder of a name is looked at while it is waited for; sooner where the platform tells of changes. */
const LOOK_AGAIN_MS = 250;

/** One who waits for a name. */
export interface Turn {
  readonly work: ClaimWork;
  readonly run: string;
  readonly name: Name;
  readonly waiting: (news: Readonly<Record<string, string | number>>) => void;
  readonly cancelRun: (run: string) => void;
  /** In the queue. */
  place: number | null;
  /** What was said last of who has the name. */
  told: string;
  /** The disk refused when it was looked last. */
  isRefused: boolean;
}
export type TurnAnswer = ClaimAnswer & { readonly taken?: number };

/** Looks at once, and again whenever the folder may have changed, until there is an answer. */
export function follow(disk: Disk, turn: Turn, signal: AbortSignal, done: (answer: TurnAnswer | null) => void): void {
  let stopWatching = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = (answer: TurnAnswer | null): void => {
    if (isOver) return;
    isOver = true;
    stopWatching();
    clearInterval(timer);
    signal.removeEventListener('abort', giveUp);
    turn.name.leave(turn.place);
    done(answer);
  };
  const giveUp = (): void => end(null);
  const look = (): void => {
    if (isOver) return;
    const answer = tryToTake(turn);
    if (answer !== null) end(answer);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) return giveUp();
  look();
  if (isOver) return;
  timer = setInterval(look, LOOK_AGAIN_MS);
  // An attempt that the disk refuses changes the folder by itself: that is no reason to try again at once.
  stopWatching = disk.watch(turn.name.folder, () => {
    if (!turn.isRefused) look();
  });
}

/** Null: not yet. A disk that refuses is asked again: it may let us later, and the run can be stopped meanwhile. */
function tryToTake(turn: Turn): TurnAnswer | null {
  const { name, work } = turn;
  turn.isRefused = false;
  try {
    const who: Claimant = { run: turn.run, node: work.node };
    if (work.onConflict === 'fail') return takeOrFail(turn, who);
    turn.place ??= name.enter(who);
    if (!name.isFirst(turn.place)) {
      tell(turn, name.newest() ?? name.first());
      return null;
    }
    const taken = name.take(who);
    if (taken !== null) return { taken };
    tell(turn, name.newest());
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    turn.isRefused = true;
    say(turn, { problem: code });
  }
  return null;
}

function takeOrFail({ name, work }: Turn, who: Claimant): TurnAnswer | null {
  const taken = name.isFirst(Number.POSITIVE_INFINITY) ? name.take(who) : null;
  if (taken !== null) return { taken };
  const other = name.newest() ?? name.first();
  return other === null ? null : { error: groupHeld(work, other) };
}

function groupHeld({ name }: ClaimWork, { run }: Who): Diagnostic {
  return problem('RUN_GROUP_HELD', `Run ${run} of the group \`${name}\` is under way.`, {
    hint: `Wait for it with \`on-conflict: queue\`, or end it with \`giga runs cancel ${run}\`.`,
  });
}

function tell(turn: Turn, who: Who | null): void {
  if (who === null) return;
  const { run, node, holder } = who;
  const isNew = say(turn, { run, node, pid: holder.pid, host: holder.host });
  if (isNew && turn.work.onConflict === 'cancel-running' && run !== turn.run) turn.cancelRun(run);
}

/** Says it once. */
function say(turn: Turn, news: Readonly<Record<string, string | number>>): boolean {
  const text = JSON.stringify(news);
  if (text === turn.told) return false;
  turn.told = text;
  turn.waiting(news);
  return true;
}
