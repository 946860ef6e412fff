/** Signals to process groups, and who is still in one. Knows no steps. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { currentPlatform } from '../platform/platform.ts';

export interface Member {
  readonly pid: number;
  /** The program's name as the system keeps it (at most 15 characters on Linux). */
  readonly name: string;
}

/** Sends a signal to every process of the group; false when there is none (any more). On Windows TERM and KILL end the tree. */
export function signalGroup(group: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): boolean {
  if (!currentPlatform().hasProcessGroups) {
    spawn('taskkill', ['/pid', String(group), '/t', '/f'], { stdio: 'ignore' }).on('error', () => {});
    return true;
  }
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false; // ESRCH: gone; EPERM: only processes of another user are left, which cannot be stopped from here
  }
}

/** The living processes of a group. Processes that have ended and wait to be collected do not count. */
export function groupMembers(group: number): readonly Member[] {
  const platform = currentPlatform();
  if (!platform.hasProcessGroups || !groupExists(group)) return [];
  return platform.hasProc ? membersByProc(group) : membersByPs(group);
}

function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** State and group of one process out of `/proc/PID/stat`, or null when it is gone. The name may hold blanks and brackets. */
export function parseStat(
  stat: string,
): { readonly name: string; readonly state: string; readonly group: number } | null {
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const [state = '', , group = ''] = stat.slice(close + 2).split(' ');
  return { name: stat.slice(open + 1, close), state, group: Number(group) };
}

/** What `/proc` says of one process; null when it is gone. */
export function processStat(pid: number): ReturnType<typeof parseStat> {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

function membersByProc(group: number): readonly Member[] {
  const members: Member[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const stat = processStat(pid);
    if (stat !== null && stat.group === group && stat.state !== 'Z' && stat.state !== 'X')
      members.push({ pid, name: stat.name });
  }
  return members;
}

function membersByPs(group: number): readonly Member[] {
  const listing = spawnSync('ps', ['-axo', 'pid=,pgid=,stat=,comm='], { encoding: 'utf8' }).stdout ?? '';
  const members: Member[] = [];
  for (const line of listing.split('\n')) {
    const [, pid, pgid, state = '', name = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (Number(pgid) === group && !state.startsWith('Z'))
      members.push({ pid: Number(pid), name: name.split('/').at(-1) ?? name });
  }
  return members;
}
