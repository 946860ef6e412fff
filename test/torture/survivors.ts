/** Processes that came of a workplace and live: every one of them has the name of its file of marks among its variables. Needs `/proc`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workplace } from './giga.ts';

/** What was told to end, or has lost who it worked for, gets this long. */
const PATIENCE_MS = 10_000;

/** Who still lives when there was time enough to end; by number and command line. */
export async function survivorsOf(
  place: Pick<Workplace, 'marks'>,
  patienceMs = PATIENCE_MS,
): Promise<readonly string[]> {
  if (!existsSync('/proc/self/environ')) return [];
  for (let waitedMs = 0; ; waitedMs += 20) {
    const left = livingOf(place);
    if (left.length === 0 || waitedMs >= patienceMs)
      return left.map((pid) => `${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ')}`);
    await sleep(20);
  }
}

function livingOf({ marks }: Pick<Workplace, 'marks'>): readonly number[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    return Number.isInteger(pid) && isOf(pid, marks) ? [pid] : [];
  });
}

function isOf(pid: number, marks: string): boolean {
  if (!read(pid, 'environ').split('\0').includes(`MARKS=${marks}`)) return false;
  const stat = read(pid, 'stat');
  return stat !== '' && !'ZX'.includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
}

/** Empty for one that is gone, or someone else's. */
function read(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return '';
  }
}
