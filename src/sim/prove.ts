/**
 * Kills a run at its records and lets another process go on, over the real core and in virtual time: does it come to the same end?
 * Whatever was written up to the kill point is kept; what was not, and all work under way, is lost. Knows no files and no fakes.
 */
import type { Recorded } from '../core/run/event.ts';
import { allPoints, chances, choosePoints, type KillPoint } from './kill-points.ts';
import { type Difference, differencesOf, endOf } from './run-end.ts';
import { type Script, type Simulated, type Simulation, simulate } from './simulate.ts';

/** A run, and the world of each process that takes it over. */
export interface Subject extends Omit<Simulation, 'script' | 'before'> {
  /** `before`: what earlier processes have left. */
  script(before: readonly Recorded[]): Script;
}

export interface Effort {
  /** How many kill points are tried at most; null for what a short while allows. */
  readonly most: number | null;
  /** Chooses the points at which a run is killed twice. */
  readonly seed: number;
}

export interface Proof {
  /** The run that nobody disturbed. Where it is endless nothing is tried. */
  readonly whole: Simulated;
  /** How many records a process can be killed after; and after how many it was, once and twice. */
  readonly points: number;
  readonly once: number;
  readonly twice: number;
  /** Kill points that led to another end, those with the fewest kills and the earliest first; at most a few. */
  readonly failures: readonly Failure[];
  /** How many there are. */
  readonly failed: number;
}

export interface Failure {
  readonly at: KillPoint;
  readonly differences: readonly Difference[];
  readonly journal: readonly Recorded[];
}

/** Records that are simulated in all where nobody says how many points: about two seconds. */
const USUAL_RECORDS = 300_000;
const LEAST_POINTS = 40;
/** Pairs of kill points beside the single ones. */
const MOST_PAIRS = 200;
const MOST_FAILURES = 3;

export function prove(subject: Subject, { most, seed }: Effort): Proof {
  const whole = simulate({ ...subject, script: subject.script([]) });
  const end = endOf(whole);
  const { journal } = whole;
  if (whole.stopped === 'endless') return { whole, points: 0, once: 0, twice: 0, failures: [], failed: 0 };
  const bound = most ?? Math.max(LEAST_POINTS, Math.floor(USUAL_RECORDS / journal.length));
  const points = choosePoints(journal, bound);
  const failures: Failure[] = [];
  let failed = 0;
  const attempt = (at: KillPoint, before: readonly Recorded[]): readonly Recorded[] => {
    const killed = takeOver(subject, before, at.at(-1) ?? 0);
    const differences = differencesOf(end, endOf(killed));
    if (differences.length === 0) return killed.journal;
    failed++;
    if (failures.length < MOST_FAILURES) failures.push({ at, differences, journal: killed.journal });
    return killed.journal;
  };
  for (const at of points) attempt([at], journal);
  const tried = failed > 0 ? 0 : tryTwice(subject, journal, Math.min(MOST_PAIRS, bound - points.length), seed, attempt);
  return { whole, points: allPoints(journal).length, once: points.length, twice: tried, failures, failed };
}

/** As `prove`, for one kill point; null where a process wrote no such record. */
export function proveAt(subject: Subject, at: KillPoint): Proof | null {
  const whole = simulate({ ...subject, script: subject.script([]) });
  let last = whole;
  for (const [index, seq] of at.entries()) {
    if (!allPoints(last.journal).includes(seq) || seq <= (at[index - 1] ?? -1)) return null;
    last = takeOver(subject, last.journal, seq);
  }
  const differences = differencesOf(endOf(whole), endOf(last));
  const failures = differences.length === 0 ? [] : [{ at, differences, journal: last.journal }];
  const counts = {
    points: allPoints(whole.journal).length,
    once: at.length === 1 ? 1 : 0,
    twice: at.length > 1 ? 1 : 0,
  };
  return { whole, ...counts, failures, failed: failures.length };
}

function takeOver(subject: Subject, journal: readonly Recorded[], at: number): Simulated {
  const before = journal.slice(0, at + 1);
  return simulate({ ...subject, script: subject.script(before), before });
}

/** Different pairs of moments, as many as are found soon; the second one of the life that followed the first. */
function tryTwice(
  subject: Subject,
  journal: readonly Recorded[],
  most: number,
  seed: number,
  attempt: (at: KillPoint, before: readonly Recorded[]) => void,
): number {
  const points = allPoints(journal);
  const chance = chances(seed);
  const tried = new Set<string>();
  for (let count = 0; count < most; count++) {
    const first = points[chance(points.length)] ?? 0;
    const { journal: before } = takeOver(subject, journal, first);
    const later = allPoints(before).filter((seq) => seq > first);
    const second = later[chance(later.length)] ?? first;
    const pair = `${first} ${second}`;
    if (second === first || tried.has(pair)) continue;
    tried.add(pair);
    attempt([first, second], before);
  }
  return tried.size;
}

export type { Difference };
