/** Ends what a program left behind in its process group. Knows no step; gives names to report. */
import { setTimeout as delay } from 'node:timers/promises';
import { groupMembers, type Member, signalGroup } from './group.ts';

/** Children that are just about to end (of a pipeline, of `>(…)`) get this long before they count as left behind. */
const SETTLE_MS = 60;
/** From TERM to KILL; nobody waits for these processes, so it is short. */
const LEFTOVER_GRACE_MS = 1_000;
const POLL_MS = 15;

/** Waits until the group is empty but for `except`, at most `limitMs`; gives who is still there. */
async function emptied(group: number, limitMs: number, except?: number): Promise<readonly Member[]> {
  const others = (): readonly Member[] => groupMembers(group).filter(({ pid }) => pid !== except);
  let members = others();
  for (let waited = 0; members.length > 0 && waited < limitMs; waited += POLL_MS) {
    await delay(POLL_MS);
    members = others();
  }
  return members;
}

/**
 * Stops the processes that are left in the group and gives their names; resolves when they are gone. `except`, which must
 * survive TERM, belongs there; it goes too when the others do not mind TERM.
 */
export async function stopLeftovers(group: number, except?: number): Promise<readonly string[]> {
  const left = await emptied(group, SETTLE_MS, except);
  if (left.length === 0) return [];
  signalGroup(group, 'SIGTERM');
  await killAfter(group, LEFTOVER_GRACE_MS, except);
  return left.map((member) => member.name);
}

/** Waits until a group that has got TERM is gone, and sends KILL to all of it if more than `except` is left after `graceMs`. */
export async function killAfter(group: number, graceMs: number, except?: number): Promise<void> {
  if ((await emptied(group, graceMs, except)).length === 0) return;
  signalGroup(group, 'SIGKILL');
  await emptied(group, LEFTOVER_GRACE_MS);
}
